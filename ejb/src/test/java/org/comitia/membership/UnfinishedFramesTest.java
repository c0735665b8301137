package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UnfinishedFramesTest {
  private static final int FRAME = 1 << 20;
  private final AtomicLong now = new AtomicLong();
  private final UnfinishedFrames frames = new UnfinishedFrames(now::get);
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<CompletableFuture<byte[]>> reading = new ArrayList<>();

  @AfterEach
  void end() {
    end.countDown();
    reading.forEach(one -> one.handle((frame, e) -> null).join());
    assertThat(frames.bytes()).isZero();
  }

  @Test
  void oneHostHasAShareAndAnotherAndMembersHaveRoomBesideIt() throws Exception {
    int most = UnfinishedFrames.MAX_OF_HOST / (FRAME - UnfinishedFrames.FIRST);
    hold(most, line("127.0.0.1"));
    assertThatThrownBy(() -> readWhole(FRAME, line("127.0.0.1")))
        .isInstanceOf(UnfinishedFrames.Refused.class)
        .hasMessage("no room for it");
    readWhole(FRAME, line("127.0.0.2"));
    readWhole(FRAME, null);
    readWhole(UnfinishedFrames.FIRST, line("127.0.0.1"));
  }

  @Test
  void allStrangersTogetherHaveAShareAndMembersHaveRoomBesideIt() throws Exception {
    int ofHost = UnfinishedFrames.MAX_OF_HOST / FRAME;
    int hosts = UnfinishedFrames.MAX_OF_STRANGERS / (ofHost * (FRAME - UnfinishedFrames.FIRST));
    for (int host = 1; host <= hosts; host++) {
      hold(ofHost, line("127.0.1." + host));
    }
    assertThatThrownBy(() -> readWhole(FRAME, line("127.0.2.1"))).hasMessage("no room for it");
    readWhole(FRAME, null);
  }

  @Test
  void membersHaveABound() throws Exception {
    hold(UnfinishedFrames.MAX_OF_MEMBERS / (FRAME - UnfinishedFrames.FIRST), null);
    assertThatThrownBy(() -> readWhole(FRAME, null)).hasMessage("no room for it");
    readWhole(FRAME, line("127.0.0.1"));
  }

  @Test
  void aStrangersFrameHasItsTime() {
    List<Integer> patience = new ArrayList<>();
    InputStream slow =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] bytes, int from, int length) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(4));
            return Math.min(length, UnfinishedFrames.FIRST);
          }
        };
    assertThatThrownBy(
            () ->
                frames.read(
                    new DataInputStream(slow),
                    FRAME,
                    () -> new Stranger(address("127.0.0.1"), patience)))
        .isInstanceOf(UnfinishedFrames.Refused.class)
        .hasMessage("it takes too long");
    assertThat(patience).containsExactly(10_000, 6_000, 2_000, 0);
  }

  @Test
  void aFrameThatEndsTooEarlyFreesItsRoom() {
    InputStream in = InputStream.nullInputStream();
    assertThatThrownBy(() -> frames.read(new DataInputStream(in), FRAME, () -> null))
        .isInstanceOf(EOFException.class);
  }

  @Test
  void aStrangersFrameIsCountedUntilItIsClosed() throws Exception {
    UnfinishedFrames.Line line = line("127.0.0.1");
    List<UnfinishedFrames.Frame> waiting = new ArrayList<>();
    int most = UnfinishedFrames.MAX_OF_HOST / (FRAME - UnfinishedFrames.FIRST);
    for (int i = 0; i < most; i++) {
      waiting.add(frames.read(new DataInputStream(new Zeros()), FRAME, () -> line));
    }
    assertThat(frames.bytes()).isEqualTo((long) most * (FRAME - UnfinishedFrames.FIRST));
    assertThatThrownBy(() -> readWhole(FRAME, line)).hasMessage("no room for it");
    waiting.forEach(UnfinishedFrames.Frame::close);
    readWhole(FRAME, line);
  }

  /** Short ones too, and what is made of them. */
  @Test
  void shortFramesThatWaitAreCountedForTheirHost() throws Exception {
    InetAddress host = address("127.0.0.1");
    List<UnfinishedFrames.Frame> waiting = new ArrayList<>();
    int most = UnfinishedFrames.MAX_OF_HOST / (100 + 412);
    for (int i = 0; i < most; i++) {
      UnfinishedFrames.Frame frame =
          frames.read(new DataInputStream(new Zeros()), 100, () -> line("127.0.0.1"));
      frame.keep(host, 412);
      waiting.add(frame);
    }
    UnfinishedFrames.Frame one =
        frames.read(new DataInputStream(new Zeros()), 100, () -> line("127.0.0.1"));
    assertThatThrownBy(() -> one.keep(host, 412)).hasMessage("no room for it");
    one.close();
    waiting.forEach(UnfinishedFrames.Frame::close);
  }

  /** That many frames of which all but the last byte has come. */
  private void hold(int count, UnfinishedFrames.Line line) throws Exception {
    AtomicInteger there = new AtomicInteger();
    for (int i = 0; i < count; i++) {
      CompletableFuture<byte[]> one = new CompletableFuture<>();
      reading.add(one);
      new Thread(
              () -> {
                try (UnfinishedFrames.Frame frame =
                    frames.read(new DataInputStream(new Held(there)), FRAME, () -> line)) {
                  one.complete(frame.bytes);
                } catch (IOException | RuntimeException e) {
                  one.completeExceptionally(e);
                }
              })
          .start();
    }
    await("all of them", () -> there.get() == count);
  }

  private void readWhole(int length, UnfinishedFrames.Line line) throws IOException {
    try (UnfinishedFrames.Frame frame =
        frames.read(new DataInputStream(new Zeros()), length, () -> line)) {
      assertThat(frame.bytes).hasSize(length);
    }
  }

  private static UnfinishedFrames.Line line(String host) {
    return new Stranger(address(host), new ArrayList<>());
  }

  private static InetAddress address(String host) {
    try {
      return InetAddress.getByName(host);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /**
   * @param patience what was said, 0 for a rest
   */
  private record Stranger(InetAddress host, List<Integer> patience)
      implements UnfinishedFrames.Line {
    @Override
    public void patience(int millis) {
      synchronized (patience) {
        patience.add(millis);
      }
    }

    @Override
    public void rest() {
      patience(0);
    }
  }

  private static class Zeros extends InputStream {
    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] bytes, int from, int length) {
      return length;
    }
  }

  private final class Held extends Zeros {
    private final AtomicInteger there;
    private int left = FRAME - 1;

    Held(AtomicInteger there) {
      this.there = there;
    }

    @Override
    public int read(byte[] bytes, int from, int length) {
      if (left == 0) {
        there.incrementAndGet();
        try {
          end.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        return -1;
      }
      int n = Math.min(length, left);
      left -= n;
      return n;
    }
  }
}
