#!/usr/bin/env bash
# org.hibernate.orm:hibernate-core 6.6.49.Final, JDK 17.
# Hibernate keeps what it knows of a class in that class, by a ClassValue, for the JDK's classes too. One question about one class of the JDK, and the class loader
# that Hibernate was loaded by is never collected: an application that brings its own Hibernate leaves itself behind at each undeploy, whatever it closes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencies><dependency><groupId>org.hibernate.orm</groupId><artifactId>hibernate-core</artifactId><version>6.6.49.Final</version></dependency></dependencies></project>
POM
mvn -q -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$dir/lib"
cat > "$dir/Leak.java" <<'JAVA'
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;

public class Leak {
  static WeakReference<ClassLoader> load(Path lib, Class<?> seen) throws Exception {
    URL[] jars;
    try (var files = Files.list(lib)) {
      jars = files.map(Leak::url).toArray(URL[]::new);
    }
    try (URLClassLoader loader = new URLClassLoader(jars, ClassLoader.getPlatformClassLoader())) {
      Class<?> helper = loader.loadClass("org.hibernate.engine.internal.ManagedTypeHelper");
      if (seen == null) {
        helper.getMethods(); // loaded and linked, asked nothing
      } else {
        helper.getMethod("isManagedType", Class.class).invoke(null, seen);
      }
      return new WeakReference<>(loader);
    }
  }

  static URL url(Path file) {
    try {
      return file.toUri().toURL();
    } catch (Exception e) {
      throw new IllegalArgumentException(e);
    }
  }

  public static void main(String[] args) throws Exception {
    for (Class<?> seen : new Class<?>[] {null, Long.class}) {
      WeakReference<ClassLoader> loader = load(Path.of(args[0]), seen);
      for (int i = 0; i < 20 && loader.get() != null; i++) {
        System.gc();
        Thread.sleep(50);
      }
      System.out.println((seen == null ? "asked nothing" : "asked about Long") + ": the loader is " + (loader.get() == null ? "collected" : "kept"));
    }
  }
}
JAVA
# Without soft references, so that only what is kept for good counts.
java -XX:SoftRefLRUPolicyMSPerMB=0 "$dir/Leak.java" "$dir/lib" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
asked nothing: the loader is collected
asked about Long: the loader is kept
OUT
