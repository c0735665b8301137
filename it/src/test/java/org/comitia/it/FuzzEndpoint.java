package org.comitia.it;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * A path of the HTTP API with its methods.
 *
 * @param pattern ends with a slash when it takes what is below it
 */
record FuzzEndpoint(String pattern, List<String> methods) {
  private static final String CLASSES = "WEB-INF/classes/";
  private static final String TABLE = CLASSES + "org/comitia/web/http/";
  private static final String ENGINE = "comitia-ejb.jar";

  boolean tree() {
    return pattern.endsWith("/");
  }

  /**
   * Every endpoint that the built application has: its own table, so that a new one is fuzzed
   * without a word here.
   *
   * @param folder where the table's classes are unpacked
   */
  static List<FuzzEndpoint> all(Path folder) throws IOException, ReflectiveOperationException {
    Path engine = folder.resolve(ENGINE);
    unpack(folder.resolve("classes"), engine);
    List<FuzzEndpoint> endpoints = new ArrayList<>();
    URL[] path = {folder.resolve("classes").toUri().toURL(), engine.toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(path, null)) {
      Class<?> type = loader.loadClass("org.comitia.web.http.Endpoint");
      for (Object one : (List<?>) type.getField("ALL").get(null)) {
        String pattern = (String) type.getMethod("pattern").invoke(one);
        List<String> methods = new ArrayList<>();
        for (Object method : (List<?>) type.getMethod("methods").invoke(one)) {
          methods.add((String) method);
        }
        endpoints.add(new FuzzEndpoint(pattern, methods));
      }
    }
    return endpoints;
  }

  /** The table and what it names: its neighbours in the web module, and the engine's module. */
  private static void unpack(Path classes, Path engine) throws IOException {
    try (ZipFile ear = new ZipFile(Distribution.ear().toFile());
        InputStream packed = ear.getInputStream(ear.getEntry("comitia-web.war"));
        InputStream module = ear.getInputStream(ear.getEntry(ENGINE));
        ZipInputStream war = new ZipInputStream(packed)) {
      Files.createDirectories(classes);
      Files.copy(module, engine);
      for (ZipEntry entry = war.getNextEntry(); entry != null; entry = war.getNextEntry()) {
        if (entry.getName().startsWith(TABLE) && entry.getName().endsWith(".class")) {
          Path unpacked = classes.resolve(entry.getName().substring(CLASSES.length()));
          Files.createDirectories(unpacked.getParent());
          Files.write(unpacked, war.readAllBytes());
        }
      }
    }
  }
}
