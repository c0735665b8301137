#!/usr/bin/env bash
# org.apache.httpcomponents.core5:httpcore5 5.4.4, JDK 17.
# Http1Config.setMaxLineLength(n) reads like the longest line that is taken. A header line of n octets, and one of n - 1, is refused; n - 2 octets
# pass: the CR LF behind the line counts. (The classic parser is shown; the non-blocking one wants one octet more still.)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencies><dependency><groupId>org.apache.httpcomponents.core5</groupId><artifactId>httpcore5</artifactId><version>5.4.4</version></dependency></dependencies></project>
POM
mvn -q -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$dir/lib"
cat > "$dir/Lines.java" <<'JAVA'
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;

public class Lines {
  public static void main(String[] args) throws Exception {
    int limit = 64;
    for (int length = limit - 3; length <= limit + 1; length++) {
      String header = "X: " + "a".repeat(length - 3);
      byte[] head = ("HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
      Http1Config config = Http1Config.custom().setMaxLineLength(limit).build();
      String outcome;
      try {
        new DefaultHttpResponseParser(config)
            .parse(new SessionInputBufferImpl(new org.apache.hc.core5.http.impl.BasicHttpTransportMetrics(), 8192, 8192, limit, null), new ByteArrayInputStream(head));
        outcome = "taken";
      } catch (org.apache.hc.core5.http.MessageConstraintException e) {
        outcome = "refused";
      }
      System.out.println("limit " + limit + ", line of " + length + " octets: " + outcome);
    }
  }
}
JAVA
java -cp "$dir/lib/*" "$dir/Lines.java" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
limit 64, line of 61 octets: taken
limit 64, line of 62 octets: taken
limit 64, line of 63 octets: refused
limit 64, line of 64 octets: refused
limit 64, line of 65 octets: refused
OUT
