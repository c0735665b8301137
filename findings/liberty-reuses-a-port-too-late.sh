#!/usr/bin/env bash
# io.openliberty:openliberty-runtime 26.0.0.5 (feature servlet-6.0), JDK 17, Linux; needs strace.
# Liberty binds an HTTP port with SO_REUSEADDR off, listens, and switches it on then, also with tcpOptions soReuseAddr="true". A connection
# inherits the switch from its listener at that moment: a client that polls while the server starts and connects between the two has one
# without. When the server is killed, that connection's TIME_WAIT keeps the port for a minute from everybody, SO_REUSEADDR or not: "Address
# already in use" with nobody listening. It takes a client's good aim; here strace makes the moment two seconds long.
set -euo pipefail
dir=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill -9 "$server" 2>/dev/null; rm -rf "$dir"' EXIT
mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=io.openliberty:openliberty-runtime:26.0.0.5:zip \
    -DoutputDirectory="$dir" -Dmdep.stripVersion=true
mkdir -p "$dir/usr/servers/s"
(cd "$dir" && jar xf openliberty-runtime.zip)
cat > "$dir/Port.java" <<'JAVA'
import java.io.IOException;
import java.net.*;

public class Port {
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "free" -> { try (ServerSocket any = new ServerSocket(0)) { System.out.println(any.getLocalPort()); } }
      case "connect" -> {
        Socket held = null;
        for (int i = 0; held == null && i < 6000; i++) {
          try { held = new Socket("127.0.0.1", Integer.parseInt(args[1])); } catch (ConnectException early) { Thread.sleep(10); }
        }
        Thread.sleep(8000); // the switch is on by now, and the connection accepted
        System.out.println("connected");
        held.getInputStream().read(); // until the server is killed
        held.close();
      }
      default -> {
        try (ServerSocket socket = new ServerSocket()) {
          socket.setReuseAddress(true);
          socket.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[1])));
          System.out.println("free");
        } catch (BindException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }
}
JAVA
javac -d "$dir" "$dir/Port.java"
port=$(java -cp "$dir" Port free)
cat > "$dir/usr/servers/s/server.xml" <<XML
<server>
  <featureManager><feature>servlet-6.0</feature></featureManager>
  <tcpOptions id="tcp" soReuseAddr="true"/>
  <httpEndpoint id="defaultHttpEndpoint" host="127.0.0.1" httpPort="$port" httpsPort="-1" tcpOptionsRef="tcp"/>
</server>
XML
export WLP_USER_DIR="$dir/usr"
strace -f -qq -o "$dir/trace" -e trace=setsockopt,bind,listen -e inject=listen:delay_exit=2000000 \
    java -javaagent:"$dir/wlp/bin/tools/ws-javaagent.jar" -jar "$dir/wlp/bin/tools/ws-server.jar" s >"$dir/out" 2>&1 &
strace=$!
java -cp "$dir" Port connect "$port" >"$dir/client" &
client=$!
for _ in $(seq 600); do grep -q connected "$dir/client" && break; sleep 0.1; done
server=$(pgrep -P "$strace")
kill -9 "$server"
server=
wait "$strace" 2>/dev/null || true
wait "$client" || true
after=$(java -cp "$dir" Port try "$port")
order=$(awk -v port="htons($port)" '
    /SO_REUSEADDR, \[[01]\]/ { on = index($0, "[1]") ? "on" : "off" }
    index($0, port) && /bind\(/ { found = 1; printf "%s, bind", on }
    found == 1 && /listen\(/ { printf ", listen"; found = 2 }
    found == 2 && /SO_REUSEADDR, \[1\]/ { printf ", on"; found = 3 }' "$dir/trace")
echo "SO_REUSEADDR: $order"
echo "a second after the kill, nobody listens: $after"
[ "$order" = "off, bind, listen, on" ] && [ "$after" = "Address already in use" ]
