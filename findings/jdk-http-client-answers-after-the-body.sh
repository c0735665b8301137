#!/usr/bin/env bash
# JDK 17's java.net.http.HttpClient, HTTP/1.1 (no package is needed; JDK 25 does the same).
# A server answers a large PUT as soon as it has read its head, with Connection: close and a FIN, and lets the body lie. The client has the answer in its socket and does not hand
# it over: it does not read before it has sent all of the body, which nobody takes. There is no answer and no error until the server reads the rest, or closes. So a refusal that
# comes early reaches users of this client late, or at their own timeout: ask whether something may be sent before it is sent, or have the server read what it refuses.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/Early.java" <<'JAVA'
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

public class Early {
  static final byte[] ANSWER =
      "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno".getBytes(StandardCharsets.US_ASCII);

  public static void main(String[] args) throws Exception {
    CountDownLatch answered = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Thread serving = new Thread(() -> serve(server, answered, read));
      serving.start();
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      HttpRequest put = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort() + "/"))
          .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[64 << 20])).build();
      CompletableFuture<HttpResponse<String>> response = client.sendAsync(put, HttpResponse.BodyHandlers.ofString());
      answered.await();
      try {
        System.out.println("answered, the body unread: " + response.get(5, TimeUnit.SECONDS).statusCode());
      } catch (TimeoutException e) {
        System.out.println("answered, the body unread: nothing in 5 s");
      }
      read.countDown();
      System.out.println("the body read as well: " + response.get(60, TimeUnit.SECONDS).statusCode());
      serving.join();
    }
  }

  static void serve(ServerSocket server, CountDownLatch answered, CountDownLatch read) {
    try (Socket socket = server.accept()) {
      InputStream in = socket.getInputStream();
      in.read(new byte[1_000]); // the head
      socket.getOutputStream().write(ANSWER);
      socket.shutdownOutput();
      answered.countDown();
      read.await();
      byte[] rest = new byte[1 << 16];
      while (in.read(rest) >= 0) {}
    } catch (Exception e) {
      System.out.println("the server met " + e);
    }
  }
}
JAVA
java "$dir/Early.java" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
answered, the body unread: nothing in 5 s
the body read as well: 413
OUT
