#!/usr/bin/env bash
# org.apache.maven.plugins:maven-failsafe-plugin 3.5.2, JUnit 5.11.4, JDK 17.
# Of two executions of integration-test, the first writes failsafe-summary.xml anew and the second adds to it. But if the first finds no test to run (as with -Dit.test=, which names
# one of the second) it writes nothing, and the second adds to the summary of the build before. So a test that failed once fails every such build after it, the one in which it
# passes too, until somebody cleans: the console counts no failure, the report has none, and the goal `verify` says that there are test failures.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<properties><maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
<dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.11.4</version><scope>test</scope></dependency></dependencies>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-failsafe-plugin</artifactId><version>3.5.2</version>
<executions>
<execution><id>first</id><goals><goal>integration-test</goal></goals><configuration><includes><include>NoneIT</include></includes></configuration></execution>
<execution><id>second</id><goals><goal>integration-test</goal><goal>verify</goal></goals><configuration><includes><include>OneIT</include></includes></configuration></execution>
</executions></plugin></plugins></build></project>
POM
mkdir -p "$dir/src/test/java"
cat > "$dir/src/test/java/OneIT.java" <<'JAVA'
class OneIT {
  @org.junit.jupiter.api.Test
  void passes() {
    org.junit.jupiter.api.Assertions.assertTrue(Boolean.getBoolean("well"));
  }
}
JAVA
run() {
  local code=0
  mvn -q -B -f "$dir/pom.xml" verify -Dwell="$1" > "$dir/log" 2>&1 || code=$?
  local report
  report=$(grep -o ' failures="[0-9]*"' "$dir/target/failsafe-reports/TEST-OneIT.xml" | head -1)
  echo "$2: exit code $code, the report has$report, the summary $(tr -d ' \n' < "$dir/target/failsafe-reports/failsafe-summary.xml" | grep -o '<completed>.*</failures>')"
}
{ run false "a test fails"; run true "it passes"; rm -r "$dir/target/failsafe-reports"; run true "without the old reports"; } | tee "$dir/out"
diff - "$dir/out" <<'OUT'
a test fails: exit code 1, the report has failures="1", the summary <completed>1</completed><errors>0</errors><failures>1</failures>
it passes: exit code 1, the report has failures="0", the summary <completed>2</completed><errors>0</errors><failures>1</failures>
without the old reports: exit code 0, the report has failures="0", the summary <completed>1</completed><errors>0</errors><failures>0</failures>
OUT
