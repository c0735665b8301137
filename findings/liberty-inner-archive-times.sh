#!/usr/bin/env bash
# io.openliberty:openliberty-runtime 26.0.0.5 (feature servlet-6.0), jakarta.servlet-api 6.0.0, JDK 17.
# A reproducible build gives every archive inside an EAR the same time. Liberty keeps such archives unpacked over a restart and looks at their
# time, and not at their content: with a new EAR (another size, another time of its own) whose WAR has the old one's time and size, the old
# classes go on running, until the server is started with --clean.
set -euo pipefail
dir=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
copy() { mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact="$1" -DoutputDirectory="$dir" -Dmdep.stripVersion=true; }
copy io.openliberty:openliberty-runtime:26.0.0.5:zip
copy jakarta.servlet:jakarta.servlet-api:6.0.0:jar
mkdir -p "$dir/usr/servers/s/apps"
(cd "$dir" && jar xf openliberty-runtime.zip)
cat > "$dir/usr/servers/s/server.xml" <<'XML'
<server><featureManager><feature>servlet-6.0</feature></featureManager><httpEndpoint id="defaultHttpEndpoint" host="127.0.0.1" httpPort="19080" httpsPort="-1"/><enterpriseApplication location="a.ear"/></server>
XML

# ear WORD: an EAR whose only servlet says the word
ear() {
    rm -rf "$dir/build" && mkdir -p "$dir/build/war/WEB-INF/classes" "$dir/build/ear/META-INF"
    cat > "$dir/build/Word.java" <<JAVA
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.*;
import java.io.IOException;

@WebServlet("/*")
public class Word extends HttpServlet {
  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
    response.getWriter().print("$1");
  }
}
JAVA
    javac -cp "$dir/jakarta.servlet-api.jar" -d "$dir/build/war/WEB-INF/classes" "$dir/build/Word.java"
    (cd "$dir/build/war" && jar --create --date=2024-01-01T00:00:00Z --file ../ear/w.war .)
    echo '<application xmlns="https://jakarta.ee/xml/ns/jakartaee" version="10"><module><web><web-uri>w.war</web-uri><context-root>/w</context-root></web></module></application>' >"$dir/build/ear/META-INF/application.xml"
    head -c "$2" /dev/zero >"$dir/build/ear/filler"
    (cd "$dir/build/ear" && jar --create --no-compress --date=2024-01-01T00:00:00Z --file "$dir/usr/servers/s/apps/a.ear" .)
}

# said [option]: starts the server, and prints what its servlet says
said() {
    WLP_USER_DIR="$dir/usr" java -jar "$dir/wlp/bin/tools/ws-server.jar" s "$@" >"$dir/log" 2>&1 &
    server=$!
    for _ in $(seq 600); do
        word=$(curl -sf -m 2 http://127.0.0.1:19080/w/) && break
        sleep 0.2
    done
    kill "$server" && wait "$server" 2>/dev/null || true
    server=
    echo "${word:-nothing}"
}
{
    ear one 100
    echo "first EAR: $(said)"
    sleep 2
    ear two 5000
    echo "second EAR, restart: $(said)"
    echo "second EAR, restart with --clean: $(said --clean)"
} | tee "$dir/out"
diff - "$dir/out" <<'OUT'
first EAR: one
second EAR, restart: one
second EAR, restart with --clean: two
OUT
