package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jgroups.PhysicalAddress;
import org.jgroups.stack.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DiallerTest {
  private static final PhysicalAddress SILENT = host(1);

  private final CountDownLatch silence = new CountDownLatch(1);
  private final List<String> sent = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private volatile boolean refused;
  private volatile boolean noThreads;
  private final Dialler dialler =
      new Dialler(
          (host, frame) -> {
            if (((IpAddress) host).getPort() == 1) {
              silence.await();
            }
            if (refused) {
              throw new IOException("refused");
            }
            sent.add(((IpAddress) host).getPort() + ":" + frame.length);
          },
          task -> {
            Thread thread = noThreads ? new NoThread() : new Thread(task);
            threads.add(thread);
            return thread;
          });

  private static final class NoThread extends Thread {
    @Override
    public void start() {
      throw new OutOfMemoryError("unable to create native thread");
    }
  }

  @AfterEach
  void end() throws InterruptedException {
    dialler.close();
    silence.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  void nobodyWaitsForAHostThatDoesNotAnswer() throws Exception {
    send(SILENT, 1);
    send(host(2), 2);
    send(host(2), 3);
    await("the other host", () -> sent.equals(List.of("2:2", "2:3")));
    silence.countDown();
    await("both", () -> sent.contains("1:1"));
    await("no thread", () -> threads.stream().noneMatch(Thread::isAlive));
  }

  @Test
  void whenTheSystemGivesNoThreadTheNextFrameAsksForOneAgain() throws Exception {
    noThreads = true;
    for (int port = 2; port < 2 + 2 * Dialler.THREADS; port++) {
      send(host(port), 1);
    }
    noThreads = false;
    send(host(9), 1);
    await("all", () -> sent.size() == 2 * Dialler.THREADS + 1);
  }

  @Test
  void aFrameForWhichThereIsNoRoomAsksForAThreadToo() throws Exception {
    noThreads = true;
    for (int i = 0; i < Dialler.MAX_FRAMES; i++) {
      send(host(2), 1);
    }
    noThreads = false;
    send(host(2), 1);
    await("those that had room", () -> sent.size() >= Dialler.MAX_FRAMES);
  }

  @Test
  void theFramesOfAHostAreBounded() throws Exception {
    send(SILENT, 1);
    awaitDialled(1);
    for (int length = 1; length <= Dialler.MAX_FRAMES + 1; length++) {
      send(SILENT, length);
    }
    silence.countDown();
    await("the last one", () -> sent.contains("1:" + Dialler.MAX_FRAMES));
    await("no thread", () -> threads.stream().noneMatch(Thread::isAlive));
    assertThat(sent).hasSize(1 + Dialler.MAX_FRAMES);
  }

  @Test
  void theBytesAreBounded() throws Exception {
    send(SILENT, 1);
    awaitDialled(1);
    send(SILENT, Dialler.MAX_BYTES - 1);
    send(host(2), 2);
    send(host(3), 1);
    await("what fits", () -> sent.equals(List.of("3:1")));
  }

  @Test
  void theHostsAreBounded() throws Exception {
    for (int i = 0; i < Dialler.THREADS; i++) {
      send(silent(i), 1);
    }
    awaitDialled(Dialler.THREADS);
    for (int port = 2; port <= Dialler.MAX_HOSTS - Dialler.THREADS + 2; port++) {
      send(host(port), 1);
    }
    silence.countDown();
    await("no thread", () -> threads.stream().noneMatch(Thread::isAlive));
    assertThat(sent).hasSize(Dialler.MAX_HOSTS).doesNotContain("128:1");
  }

  @Test
  void whatWaitsForAHostThatCannotBeDialledIsDroppedAndItIsDialledAnewForTheNext()
      throws Exception {
    refused = true;
    send(SILENT, 1);
    awaitDialled(1);
    send(SILENT, 2);
    silence.countDown();
    await("no thread", () -> threads.stream().noneMatch(Thread::isAlive));
    refused = false;
    send(SILENT, Dialler.MAX_BYTES);
    await("the next", () -> sent.equals(List.of("1:" + Dialler.MAX_BYTES)));
  }

  /** Its threads wait for those hosts that are silent. */
  private void awaitDialled(int hosts) throws Exception {
    await(
        "dialled",
        () -> threads.stream().filter(t -> t.getState() == Thread.State.WAITING).count() == hosts);
  }

  private void send(PhysicalAddress host, int length) {
    dialler.send(host, new byte[length + 2], 1, length);
  }

  private static PhysicalAddress silent(int i) {
    return host(1 + i, 1);
  }

  private static PhysicalAddress host(int port) {
    return host(1, port);
  }

  private static PhysicalAddress host(int last, int port) {
    try {
      return new IpAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last}), port);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
