package org.comitia.boot;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the command in a class loader of its own. The applications of an embedded Liberty see
 * everything on the JVM's class path, and see it first: the command's copies of {@code
 * org.comitia.config} and of its libraries would take the place of those in the EAR. So only this
 * class and Liberty's boot classes are there.
 */
public final class IsolatedMain {
  private IsolatedMain() {}

  /** Starts {@code org.comitia.cli.Comitia} from the jars in {@code <comitia.home>/lib/cli}. */
  public static void main(String[] args) throws Throwable {
    Path libraries = Path.of(System.getProperty("comitia.home"), "lib", "cli");
    ClassLoader loader =
        new URLClassLoader("comitia-cli", jars(libraries), ClassLoader.getSystemClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    try {
      loader
          .loadClass("org.comitia.cli.Comitia")
          .getMethod("main", String[].class)
          .invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static URL[] jars(Path directory) throws IOException {
    List<URL> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "*.jar")) {
      for (Path entry : entries) {
        found.add(entry.toUri().toURL());
      }
    }
    return found.toArray(URL[]::new);
  }
}
