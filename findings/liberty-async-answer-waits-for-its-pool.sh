#!/usr/bin/env bash
# io.openliberty:openliberty-runtime 26.0.0.5 (feature servlet-6.0), jakarta.servlet-api 6.0.0, JDK 17.
# A thread of the application's writes an asynchronous answer of two bytes with its Content-Length and calls AsyncContext.complete(). While all
# threads of the server's own executor are held by other requests, nothing is sent: the answer comes when one of them is free. With its stream closed
# before complete(), the same answer is there before any of them is.
set -euo pipefail
dir=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server" 2>/dev/null; rm -rf "$dir"' EXIT
copy() { mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact="$1" -DoutputDirectory="$dir" -Dmdep.stripVersion=true; }
copy io.openliberty:openliberty-runtime:26.0.0.5:zip
copy jakarta.servlet:jakarta.servlet-api:6.0.0:jar
mkdir -p "$dir/usr/servers/s/dropins" "$dir/war/WEB-INF/classes"
(cd "$dir" && jar xf openliberty-runtime.zip)
cat > "$dir/Late.java" <<'JAVA'
import jakarta.servlet.AsyncContext;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.*;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** /close and /complete are answered when no further request for /hold has been taken for two seconds; those end five seconds later. */
@WebServlet(urlPatterns = "/*", asyncSupported = true)
public class Late extends HttpServlet {
  private static final AtomicInteger HELD = new AtomicInteger();
  private static volatile CountDownLatch end;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
    String what = request.getPathInfo();
    if (what.equals("/hold")) {
      HELD.incrementAndGet();
      await(end);
      return;
    } else if (what.equals("/there")) {
      return;
    }
    end = new CountDownLatch(1);
    AsyncContext async = request.startAsync();
    new Thread(() -> answer(what, async)).start();
  }

  private static void answer(String what, AsyncContext async) {
    try {
      for (int before = -1; before != HELD.get(); Thread.sleep(2000)) {
        before = HELD.get();
      }
      HttpServletResponse response = (HttpServletResponse) async.getResponse();
      response.setContentLength(2);
      response.getOutputStream().write("ok".getBytes());
      if (what.equals("/close")) {
        response.getOutputStream().close();
      }
      async.complete();
      Thread.sleep(5000);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
    end.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody came");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
JAVA
cat > "$dir/Ask.java" <<'JAVA'
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class Ask {
  /** What comes until the answer's Content-Length is there: a connection that is closed needs one of the server's threads. */
  static String get(String what) {
    try (Socket socket = new Socket("127.0.0.1", 19080)) {
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(("GET /l/" + what + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      StringBuilder answer = new StringBuilder();
      while (!answer.toString().matches("(?s).*\r\n\r\nok|HTTP/1.1 404.*|.*Content-Length: 0\r\n.*\r\n\r\n")) {
        int c = socket.getInputStream().read();
        if (c < 0) {
          throw new IOException("not whole: " + answer);
        }
        answer.append((char) c);
      }
      return answer.substring(answer.indexOf(" ") + 1).strip();
    } catch (IOException e) {
      return e.toString();
    }
  }

  public static void main(String[] args) throws Exception {
    for (int i = 0; !get("there").startsWith("200"); i++) {
      if (i == 600) {
        throw new IllegalStateException("the servlet did not come");
      }
      Thread.sleep(200);
    }
    ExecutorService threads = Executors.newCachedThreadPool();
    for (String what : new String[] {"complete", "close"}) {
      List<CompletableFuture<String>> asked = new ArrayList<>();
      asked.add(CompletableFuture.supplyAsync(() -> get(what), threads));
      Thread.sleep(1000);
      for (int i = 0; i < 12; i++) {
        asked.add(CompletableFuture.supplyAsync(() -> get("hold"), threads));
      }
      Object first = CompletableFuture.anyOf(asked.toArray(CompletableFuture<?>[]::new)).get();
      System.out.println(what + ": " + (first.toString().endsWith("ok") ? "answered before any other" : "a held request ends first") + "; the answer ends in " + asked.get(0).get().substring(asked.get(0).get().length() - 2));
      CompletableFuture.allOf(asked.toArray(CompletableFuture<?>[]::new)).get();
    }
    threads.shutdown();
  }
}
JAVA
javac -cp "$dir/jakarta.servlet-api.jar" -d "$dir/war/WEB-INF/classes" "$dir/Late.java"
(cd "$dir/war" && jar cf "$dir/usr/servers/s/dropins/l.war" .)
cat > "$dir/usr/servers/s/server.xml" <<'XML'
<server><featureManager><feature>servlet-6.0</feature></featureManager><executor coreThreads="2" maxThreads="2"/><httpEndpoint id="defaultHttpEndpoint" host="127.0.0.1" httpPort="19080" httpsPort="-1"/></server>
XML
WLP_USER_DIR="$dir/usr" java -jar "$dir/wlp/bin/tools/ws-server.jar" s >"$dir/log" 2>&1 &
server=$!
java "$dir/Ask.java" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
complete: a held request ends first; the answer ends in ok
close: answered before any other; the answer ends in ok
OUT
