#!/usr/bin/env bash
# info.picocli:picocli 4.7.7, JDK 17.
# A Boolean option without an arity takes `-x` and `-x=true`. With arity = "0", which says that it needs no value and changes nothing for `-x`, the same
# `-x=true` is an error, though `=` can mean nothing but a value. Go's flag package, whose command lines one may have to take, allows both.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencies><dependency><groupId>info.picocli</groupId><artifactId>picocli</artifactId><version>4.7.7</version></dependency></dependencies></project>
POM
mvn -q -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$dir/lib"
cat > "$dir/Flags.java" <<'JAVA'
import picocli.CommandLine;
import picocli.CommandLine.Option;

public class Flags {
  static class Free {
    @Option(names = "-x") Boolean x;
  }

  static class Zero {
    @Option(names = "-x", arity = "0") Boolean x;
  }

  static String parse(Object command, String arg) {
    try {
      new CommandLine(command).parseArgs(arg);
      return "taken";
    } catch (CommandLine.ParameterException e) {
      return "refused: " + e.getMessage();
    }
  }

  public static void main(String[] args) {
    for (String arg : new String[] {"-x", "-x=true"}) {
      System.out.println("no arity, " + arg + ": " + parse(new Free(), arg));
      System.out.println("arity 0, " + arg + ": " + parse(new Zero(), arg));
    }
  }
}
JAVA
java -cp "$dir/lib/*" "$dir/Flags.java" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
no arity, -x: taken
arity 0, -x: taken
no arity, -x=true: taken
arity 0, -x=true: refused: option '-x' should be specified without 'true' parameter
OUT
