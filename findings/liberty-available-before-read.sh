#!/usr/bin/env bash
# io.openliberty:openliberty-runtime 26.0.0.5 (feature servlet-6.0), jakarta.servlet-api 6.0.0, JDK 17.
# ServletInputStream.available() is 0 until something was read, though the whole body came in one packet with the head and half a second
# has passed; after one byte was read it is the rest. So a servlet cannot ask whether a body is there: it must read, and may block, or set a
# ReadListener. (isReady() without a listener is true in any case.)
set -euo pipefail
dir=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
copy() { mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact="$1" -DoutputDirectory="$dir" -Dmdep.stripVersion=true; }
copy io.openliberty:openliberty-runtime:26.0.0.5:zip
copy jakarta.servlet:jakarta.servlet-api:6.0.0:jar
mkdir -p "$dir/usr/servers/s/dropins" "$dir/war/WEB-INF/classes"
(cd "$dir" && jar xf openliberty-runtime.zip)
cat > "$dir/Body.java" <<'JAVA'
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.*;
import java.io.IOException;
import java.io.InputStream;

@WebServlet("/*")
public class Body extends HttpServlet {
  @Override
  protected void doPut(HttpServletRequest request, HttpServletResponse response) throws IOException {
    InputStream in = request.getInputStream();
    try {
      Thread.sleep(500);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    int before = in.available();
    int first = in.read();
    response.getWriter().print("of " + request.getContentLength() + ": available " + before + ", after one byte " + in.available());
  }
}
JAVA
cat > "$dir/Send.java" <<'JAVA'
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class Send {
  public static void main(String[] args) throws Exception {
    for (int i = 0; i < 600; i++) {
      try (Socket socket = new Socket("127.0.0.1", Integer.parseInt(args[0]))) {
        socket.getOutputStream().write(("PUT /w/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 64\r\n\r\n" + "v".repeat(64)).getBytes(StandardCharsets.US_ASCII));
        String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        if (answer.startsWith("HTTP/1.1 200")) {
          System.out.println(answer.substring(answer.indexOf("of ")).strip());
          return;
        }
      } catch (java.net.ConnectException starting) {
        // not yet
      }
      Thread.sleep(200);
    }
    System.out.println("the server did not start");
  }
}
JAVA
javac -cp "$dir/jakarta.servlet-api.jar" -d "$dir/war/WEB-INF/classes" "$dir/Body.java"
(cd "$dir/war" && jar cf "$dir/usr/servers/s/dropins/w.war" .)
cat > "$dir/usr/servers/s/server.xml" <<'XML'
<server><featureManager><feature>servlet-6.0</feature></featureManager><httpEndpoint id="defaultHttpEndpoint" host="127.0.0.1" httpPort="19080" httpsPort="-1"/></server>
XML
WLP_USER_DIR="$dir/usr" java -jar "$dir/wlp/bin/tools/ws-server.jar" s >"$dir/log" 2>&1 &
server=$!
java "$dir/Send.java" 19080 | tee "$dir/out"
diff - "$dir/out" <<'OUT'
of 64: available 0, after one byte 63
OUT
