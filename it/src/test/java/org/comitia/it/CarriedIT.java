package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/carried.tsv} lists everything of others that the EAR and the distribution carry, so
 * that a version with a known fault can be looked for in one place and a new dependency is seen
 * when it comes.
 */
class CarriedIT {
  private static final Path PAGE = Distribution.root().resolve("docs/carried.tsv");
  private static final String HEAD = "where\tname\tversion\n";

  /** {@code lib/group-artifact-version.jar}: a version begins with a digit. */
  private static final Pattern VERSIONED = Pattern.compile("(.+?)-(\\d[\\w.]*)\\.jar");

  private final TreeSet<String> lines = new TreeSet<>();

  /**
   * {@code mvn verify -pl it -am -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false
   * -Dit.test=CarriedIT -Dcomitia.docs.write=true} writes the list anew; then look whether
   * something is known about what is new in it.
   */
  @Test
  void thePageListsWhatIsCarried() throws IOException {
    archive("ear", Distribution.ear());
    folder("distribution");
    server();

    StringBuilder list = new StringBuilder(HEAD);
    lines.forEach(line -> list.append(line).append('\n'));
    if (Boolean.getBoolean("comitia.docs.write")) {
      Files.writeString(PAGE, list);
    }
    assertThat(Files.readString(PAGE))
        .as("the list of what is carried: run CarriedIT with -Dcomitia.docs.write=true")
        .isEqualTo(list.toString());
    assertThat(lines).noneMatch(line -> line.endsWith("\t?"));
  }

  private void archive(String where, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      archive(where, in);
    }
  }

  private void archive(String where, InputStream in) throws IOException {
    ZipInputStream zip = new ZipInputStream(in);
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      String name = entry.getName();
      if (name.endsWith(".war")) {
        archive(where, new ByteArrayInputStream(zip.readAllBytes()));
      } else if (name.endsWith(".jar")) {
        jar(where, name.substring(name.lastIndexOf('/') + 1), zip.readAllBytes());
      }
    }
  }

  private void folder(String where) throws IOException {
    try (Stream<Path> files = Files.walk(Distribution.home().resolve("lib"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".jar")).toList()) {
        jar(where, file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
  }

  private void jar(String where, String name, byte[] bytes) throws IOException {
    if (name.startsWith("comitia-")) {
      return;
    }
    Matcher matcher = VERSIONED.matcher(name);
    boolean versioned = matcher.matches();
    String artifact = versioned ? matcher.group(1) : name.substring(0, name.length() - 4);
    lines.add(where + "\t" + artifact + "\t" + (versioned ? matcher.group(2) : version(bytes)));
  }

  /** What the jar says of itself. */
  private static String version(byte[] jar) throws IOException {
    ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(jar));
    String version = "?";
    for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
      boolean pom = entry.getName().endsWith("/pom.properties");
      if (pom || entry.getName().equals("META-INF/MANIFEST.MF")) {
        Properties said = new Properties();
        said.load(zip);
        String found = said.getProperty(pom ? "version" : "Implementation-Version");
        found = found == null && !pom ? said.getProperty("Bundle-Version") : found;
        version = found != null && (pom || version.equals("?")) ? found.strip() : version;
      }
    }
    return version;
  }

  /** Open Liberty with its features; its parts come and go with it. */
  private void server() throws IOException {
    Properties said = new Properties();
    Path file = Distribution.liberty().resolve("lib/versions/openliberty.properties");
    try (InputStream in = Files.newInputStream(file)) {
      said.load(in);
    }
    lines.add(
        "distribution\topenliberty\t"
            + said.getProperty("com.ibm.websphere.productVersion", "?").strip());
  }
}
