package org.comitia.web.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.comitia.files.DiskRoom;
import org.comitia.web.http.Answers;
import org.comitia.web.http.BodyThreads;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.QueryString;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has the one place to restore; bodies come when the test lets them. */
class RestoresTest {
  private static final Call CALL =
      new Call(
          Endpoint.at("/v1/snapshot"),
          "PUT",
          "",
          QueryString.parse(null),
          new byte[0],
          0,
          "127.0.0.1:1",
          "/v1/snapshot");

  @TempDir Path folder;

  private final MemoryCluster cluster = new MemoryCluster();
  private final List<Runnable> coming = new ArrayList<>();
  private final List<Runnable> sent = new ArrayList<>();
  private final BodyThreads bodies =
      new BodyThreads(1, coming::add, sent::add, new CompletableFuture<>());
  private long passed;
  private Restores restores;

  /** A client that restores. */
  private final class Client extends ServletOutputStream {
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
    private int status;

    Client(String archive) throws IOException {
      byte[] bytes = archive.getBytes();
      InputStream body = new ByteArrayInputStream(bytes);
      HttpServletRequest request =
          proxy(
              HttpServletRequest.class,
              (name, args) ->
                  switch (name) {
                    case "getContentLengthLong" -> (long) bytes.length;
                    case "getInputStream" -> new Body(body);
                    case "getRemoteAddr" -> "127.0.0.1";
                    case "startAsync" -> proxy(AsyncContext.class, (method, none) -> null);
                    default -> throw new AssertionError(name);
                  });
      HttpServletResponse response =
          proxy(
              HttpServletResponse.class,
              (name, args) -> {
                if (name.equals("setStatus")) {
                  status = (int) args[0];
                }
                return name.equals("getOutputStream") ? this : null;
              });
      restores().begin(CALL, request, response);
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setWriteListener(WriteListener listener) {}

    @Override
    public void write(int octet) {
      answer.write(octet);
    }
  }

  private static final class Body extends ServletInputStream {
    private final InputStream bytes;

    Body(InputStream bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() throws IOException {
      return bytes.read();
    }

    @Override
    public boolean isFinished() {
      return false;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {}
  }

  private interface Method {
    Object call(String name, Object[] args);
  }

  private static <T> T proxy(Class<T> type, Method method) {
    return type.cast(
        Proxy.newProxyInstance(
            RestoresTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, args) -> method.call(called.getName(), args)));
  }

  private Restores restores() {
    if (restores == null) {
      restores =
          new Restores(
              folder,
              new DiskRoom(() -> 1L << 30, () -> 0),
              1L << 20,
              cluster,
              bodies,
              new Answers(cluster, new MemoryAgent(), Runnable::run),
              () -> System.nanoTime() + passed);
    }
    return restores;
  }

  private static void run(List<Runnable> tasks) {
    List<Runnable> all = List.copyOf(tasks);
    tasks.clear();
    all.forEach(Runnable::run);
  }

  private long files() throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      return left.count();
    }
  }

  @Test
  void oneAtATimeIsRestored() throws Exception {
    Client first = new Client("first");
    Client second = new Client("second");
    assertThat(second.status).isEqualTo(429);
    assertThat(second.answer.toString()).startsWith("COM4051: ");
    run(coming);
    assertThat(first.status).isEqualTo(200);
    assertThat(cluster.restored).asString().isEqualTo("first");
    Client third = new Client("third");
    run(coming);
    assertThat(third.status).isEqualTo(200);
    assertThat(files()).isZero();
  }

  @Test
  void whoHasSentForTenMinutesMakesWay() throws Exception {
    Client slow = new Client("slow");
    passed = TimeUnit.MINUTES.toNanos(9);
    assertThat(new Client("early").status).isEqualTo(429);
    passed = TimeUnit.MINUTES.toNanos(11);
    Client next = new Client("next");
    passed = 0;
    assertThat(next.status).isZero();
    run(sent);
    assertThat(slow.status).isEqualTo(408);
    assertThat(slow.answer.toString()).startsWith("COM4055: ");
    assertThat(new Client("another").status).isEqualTo(429); // the place is taken
    run(coming);
    assertThat(next.status).isEqualTo(200);
    assertThat(cluster.restored).asString().isEqualTo("next");
    assertThat(files()).isZero();
    assertThat(coming).isEmpty();
  }

  @Test
  void whatIsBeingRestoredMakesNoWay() throws Exception {
    Client first = new Client("first");
    CompletableFuture<Integer> meanwhile = new CompletableFuture<>();
    cluster.whileRestoring =
        () -> {
          passed = TimeUnit.MINUTES.toNanos(11);
          try {
            meanwhile.complete(new Client("second").status);
          } catch (IOException e) {
            meanwhile.completeExceptionally(e);
          }
        };
    run(coming);
    assertThat(meanwhile.get()).isEqualTo(429);
    assertThat(first.status).isEqualTo(200);
  }
}
