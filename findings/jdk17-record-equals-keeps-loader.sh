#!/usr/bin/env bash
# JDK 17 (no package is needed; JDK 25 lets go).
# One call of a record's equals, which the compiler makes, and the class loader of that record is kept by the JDK itself, until a record of another loader is compared for the
# first time. A call of toString or hashCode alone does not. So an undeployed application stays in memory whose last new record type was compared once.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/Leak.java" <<'JAVA'
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;

public class Leak {
  static WeakReference<ClassLoader> call(Path classes, String method) throws Exception {
    URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, null);
    var constructor = loader.loadClass("R").getConstructor(String.class);
    Object one = constructor.newInstance("a");
    switch (method) {
      case "toString" -> one.toString();
      case "hashCode" -> one.hashCode();
      case "equals" -> one.equals(constructor.newInstance("b"));
      default -> {}
    }
    return new WeakReference<>(loader);
  }

  static String state(WeakReference<ClassLoader> loader) throws Exception {
    for (int i = 0; i < 20 && loader.get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    return loader.get() == null ? "collected" : "kept";
  }

  public static void main(String[] args) throws Exception {
    Path classes = Path.of(args[0]);
    Files.writeString(classes.resolve("R.java"), "public record R(String value) {}");
    ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", args[0], args[0] + "/R.java");
    for (String method : List.of("nothing", "toString", "hashCode")) {
      System.out.println(method + ": " + state(call(classes, method)));
    }
    WeakReference<ClassLoader> first = call(classes, "equals");
    System.out.println("equals: " + state(first));
    WeakReference<ClassLoader> second = call(classes, "equals");
    System.out.println("equals in another loader: the first is " + state(first) + ", the second " + state(second));
  }
}
JAVA
mkdir "$dir/classes"
# Without soft references, so that only what is kept for good counts.
java -XX:SoftRefLRUPolicyMSPerMB=0 "$dir/Leak.java" "$dir/classes" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
nothing: collected
toString: collected
hashCode: collected
equals: kept
equals in another loader: the first is collected, the second kept
OUT
