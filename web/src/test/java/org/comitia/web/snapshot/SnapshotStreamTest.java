package org.comitia.web.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Snapshot;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.QueryString;
import org.junit.jupiter.api.Test;

/** How a snapshot is sent: as its client takes it, and never more of it. */
class SnapshotStreamTest {
  private static final Call CALL =
      new Call(
          Endpoint.at("/v1/snapshot"),
          "GET",
          "",
          QueryString.parse(null),
          new byte[0],
          0,
          "127.0.0.1:1",
          "/v1/snapshot");

  private final List<String> asked = new ArrayList<>();
  private final Client client = new Client();
  private final Places places = new Places();
  private long nanos = -5;
  private int made;
  private int ended;

  /** Takes so many pieces as the test says. */
  private static final class Client extends ServletOutputStream {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private int room;
    private boolean gone;
    private Runnable meanwhile = () -> {};

    @Override
    public boolean isReady() {
      return room > 0;
    }

    @Override
    public void setWriteListener(WriteListener listener) {}

    @Override
    public void write(int octet) {
      throw new AssertionError("a piece at a time");
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (gone) {
        throw new IOException("gone");
      }
      meanwhile.run();
      room--;
      taken.write(bytes, from, length);
    }
  }

  private SnapshotStream stream(String... pieces) {
    Iterator<String> left = List.of(pieces).iterator();
    Snapshot snapshot =
        new Snapshot() {
          @Override
          public long index() {
            return 1;
          }

          @Override
          public byte[] next() {
            made++;
            if (!left.hasNext()) {
              return null;
            }
            String piece = left.next();
            if (piece.equals("!")) {
              throw new OutOfMemoryError("struck by the test");
            }
            return piece.getBytes();
          }
        };
    byte[] first = snapshot.next();
    SnapshotStream stream =
        new SnapshotStream(
            CALL,
            new Cluster.SnapshotAnswer(snapshot, true, 0, null, null),
            first,
            proxy(AsyncContext.class, null),
            closed -> {
              ended++;
              places.leave(closed);
            },
            () -> nanos);
    stream.begin(proxy(HttpServletResponse.class, client));
    return stream;
  }

  private <T> T proxy(Class<T> type, Object answer) {
    return type.cast(
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {type},
            (self, called, args) -> {
              asked.add(called.getName());
              return answer;
            }));
  }

  @Test
  void eachPieceIsMadeWhenTheOneBeforeItIsTaken() {
    SnapshotStream stream = stream("one", "two", "three");
    stream.onWritePossible();
    assertThat(made).isEqualTo(1);
    client.room = 1;
    stream.onWritePossible();
    assertThat(made).isEqualTo(2);
    client.room = 9;
    stream.onWritePossible();
    assertThat(client.taken).hasToString("onetwothree");
    assertThat(ended).isEqualTo(1);
    assertThat(asked).endsWith("complete");
  }

  @Test
  void aClientThatGoesEndsIt() {
    SnapshotStream stream = stream("one", "two");
    client.room = 1;
    client.gone = true;
    stream.onWritePossible();
    stream.onError(new IOException("the container says so as well"));
    assertThat(ended).isEqualTo(1);
    assertThat(asked).containsOnlyOnce("complete");
  }

  @Test
  void whatCannotBeMadeCutsItOff() {
    SnapshotStream stream = stream("one", "two", "!");
    client.room = 9;
    stream.onWritePossible();
    assertThat(client.taken).hasToString("one");
    assertThat(ended).isEqualTo(1);
  }

  @Test
  void aStopCutsItOff() {
    SnapshotStream stream = stream("one", "two");
    stream.end();
    client.room = 9;
    stream.onWritePossible();
    assertThat(client.taken.size()).isZero();
    assertThat(ended).isEqualTo(1);
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
    places.requirePace();
  }

  private SnapshotStream held(String... pieces) {
    assertThat(places.take()).isTrue();
    SnapshotStream stream = stream(pieces);
    places.hold(stream);
    return stream;
  }

  /** A client that takes a byte now and then is never one that takes nothing. */
  @Test
  void aClientThatTakesTooLittleIsCutOffAfterItsFirstTime() {
    held("one", "two", "three").onWritePossible();
    pass(Duration.ofSeconds(30));
    assertThat(ended).isZero();
    pass(Duration.ofMillis(1));
    assertThat(ended).isEqualTo(1);
    assertThat(asked).containsOnlyOnce("complete");
    pass(Duration.ofSeconds(30));
    assertThat(ended).isEqualTo(1);
  }

  @Test
  void thePaceIsThatOfTheWholeTime() {
    String tenSeconds = "x".repeat(10 << 16);
    SnapshotStream stream = held(tenSeconds, tenSeconds, tenSeconds, tenSeconds, "end");
    client.room = 4;
    stream.onWritePossible();
    pass(Duration.ofSeconds(40));
    assertThat(ended).isZero();
    pass(Duration.ofMillis(1));
    assertThat(ended).isEqualTo(1);
  }

  @Test
  void aNewOneTakesThePlaceOfTheOldestAfterTenMinutes() {
    held("one", "end");
    nanos++;
    SnapshotStream second = held("one", "end");
    nanos += Duration.ofMinutes(10).toNanos() - 1;
    assertThat(places.take()).isFalse();
    assertThat(ended).isZero();
    nanos++;
    assertThat(places.take()).isTrue();
    assertThat(ended).isEqualTo(1);
    assertThat(places.take()).isFalse();
    client.room = 9;
    second.onWritePossible();
    assertThat(client.taken).hasToString("oneend");
  }

  /** Else the container's listener would keep the version for a client that is not gone yet. */
  @Test
  void whatIsCutOffIsNotMadeAnyMore() {
    SnapshotStream stream = held("one", "two", "three");
    stream.cutOff("for the test");
    client.room = 9;
    stream.onWritePossible();
    assertThat(made).isEqualTo(1);
    assertThat(ended).isEqualTo(1);
    assertThat(places.take()).isTrue();
    assertThat(places.take()).isTrue();
    assertThat(places.take()).isFalse();
  }

  /** Liberty waits in a write for a client that takes nothing. */
  @Test
  void itIsCutOffWhileTheContainerWrites() {
    SnapshotStream stream = held("one", "two", "three");
    client.room = 9;
    client.meanwhile =
        () -> {
          CompletableFuture.runAsync(() -> stream.cutOff("for the test"))
              .orTimeout(20, TimeUnit.SECONDS)
              .join();
          assertThat(ended).isEqualTo(1);
        };
    stream.onWritePossible();
    assertThat(client.taken).hasToString("one");
    assertThat(ended).isEqualTo(1);
  }
}
