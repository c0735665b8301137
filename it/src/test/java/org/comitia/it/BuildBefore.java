package org.comitia.it;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * The distribution of the build before there were feature levels, and a data directory of it, put
 * together from the tests' resources (their README says what they are) and from what the present
 * distribution has in the same versions: Open Liberty, the libraries.
 */
final class BuildBefore {
  private static final Path RESOURCES =
      Distribution.root().resolve("it/src/test/resources/build-before");

  /** Its own modules, which are in the resources, unpacked. */
  private static final List<String> MODULES =
      List.of("comitia-ejb.jar", "comitia-web.war", "comitia-cli.jar");

  /** What the present application has and that one had not. */
  private static final List<String> LATER =
      List.of("commons-compress", "commons-io", "commons-lang3");

  private final Path home;

  private BuildBefore(Path home) {
    this.home = home;
  }

  /** Its distribution: starts like the present one, without an archive of classes. */
  Path home() {
    return home;
  }

  /**
   * Puts it together.
   *
   * @param folder where to; emptied
   */
  static BuildBefore assemble(Path folder) throws Exception {
    Agents.deleteTree(folder);
    Path parts = unpack("build.tar.gz", folder.resolve("parts"));
    Path home = folder.resolve("home");
    Files.move(parts.resolve("home"), home);
    Files.createSymbolicLink(home.resolve("wlp"), Distribution.liberty());
    Files.createSymbolicLink(home.resolve("lib/sqlite"), Distribution.home().resolve("lib/sqlite"));
    Path modules = Files.createDirectories(folder.resolve("modules"));
    for (String module : MODULES) {
      jar("cfM0", modules.resolve(module), parts.resolve(module));
    }
    command(home.resolve("lib/cli"), modules);
    application(home.resolve("apps/comitia.ear"), parts.resolve("ear"), modules);
    return new BuildBefore(home);
  }

  private static void command(Path libraries, Path modules) throws IOException {
    Files.createDirectories(libraries);
    try (Stream<Path> present = Files.list(Distribution.home().resolve("lib/cli"))) {
      for (Path library : present.filter(BuildBefore::isShared).toList()) {
        Files.createSymbolicLink(libraries.resolve(library.getFileName()), library);
      }
    }
    Files.copy(modules.resolve("comitia-cli.jar"), libraries.resolve("comitia-cli.jar"));
    Files.copy(modules.resolve("comitia-ejb.jar"), libraries.resolve("comitia-ejb.jar"));
  }

  private static boolean isShared(Path library) {
    String name = library.getFileName().toString();
    return name.endsWith(".jar") && !name.startsWith("comitia-") && !isLater(name);
  }

  private static boolean isLater(String library) {
    return LATER.stream().anyMatch(library::contains);
  }

  /** Its descriptor and modules, and of the present application the libraries. */
  private static void application(Path ear, Path descriptor, Path modules) throws Exception {
    Files.createDirectories(ear.getParent());
    jar("cfM", ear, descriptor);
    try (FileSystem there = FileSystems.newFileSystem(ear, Map.of());
        FileSystem present = FileSystems.newFileSystem(Distribution.ear())) {
      Files.copy(modules.resolve("comitia-ejb.jar"), there.getPath("/comitia-ejb.jar"));
      Path war = there.getPath("/comitia-web.war");
      Files.copy(webModule(modules.resolve("comitia-web.war"), present), war);
      copyLibraries(present.getPath("/lib"), Files.createDirectory(there.getPath("/lib")));
    }
  }

  private static Path webModule(Path war, FileSystem presentApplication) throws IOException {
    try (FileSystem there = FileSystems.newFileSystem(war);
        FileSystem present =
            FileSystems.newFileSystem(presentApplication.getPath("/comitia-web.war"))) {
      Path libraries = Files.createDirectories(there.getPath("/WEB-INF/lib"));
      copyLibraries(present.getPath("/WEB-INF/lib"), libraries);
    }
    return war;
  }

  private static void copyLibraries(Path from, Path to) throws IOException {
    try (Stream<Path> libraries = Files.list(from)) {
      for (Path library : libraries.toList()) {
        String name = library.getFileName().toString();
        if (!isLater(name)) {
          Files.copy(library, to.resolve(name));
        }
      }
    }
  }

  private static void jar(String how, Path archive, Path of) {
    ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
    PrintWriter err = new PrintWriter(System.err, true);
    if (tool.run(err, err, how, archive.toString(), "-C", of.toString(), ".") != 0) {
      throw new AssertionError("jar could not make " + archive);
    }
  }

  /**
   * Unpacks the data directory of a server of that build, which was killed, and what it had
   * answered before.
   *
   * @return a folder with {@code data} and {@code answers}: in that {@code paths.tsv}, with the
   *     name of each answer's file and what was asked, below {@code /v1/}
   */
  static Path saved(Path folder) throws Exception {
    Agents.deleteTree(folder);
    return unpack("data.tar.gz", folder);
  }

  private static Path unpack(String archive, Path folder) throws Exception {
    Files.createDirectories(folder);
    Process tar =
        new ProcessBuilder("tar", "xzf", RESOURCES.resolve(archive).toString())
            .directory(folder.toFile())
            .inheritIO()
            .start();
    if (tar.waitFor() != 0) {
      throw new AssertionError("tar could not unpack " + RESOURCES.resolve(archive));
    }
    return folder;
  }
}
