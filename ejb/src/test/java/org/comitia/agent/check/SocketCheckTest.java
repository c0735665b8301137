package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SocketCheckTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final Bench bench = new Bench();

  @AfterEach
  void close() {
    bench.close();
  }

  private static SpecBuilder tcp(String target) {
    SpecBuilder spec = new SpecBuilder();
    spec.tcp = target;
    return spec;
  }

  private static SpecBuilder udp(String target) {
    SpecBuilder spec = new SpecBuilder();
    spec.udp = target;
    return spec;
  }

  private static int closedPort() throws Exception {
    try (ServerSocket closed = new ServerSocket(0, 1, LOOPBACK)) {
      return closed.getLocalPort();
    }
  }

  @Test
  void tcpPassesWhenItConnects() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 10, LOOPBACK)) {
      String target = "127.0.0.1:" + server.getLocalPort();
      assertThat(bench.once(tcp(target)))
          .isEqualTo(new Bench.Update(CheckStatus.PASSING, "TCP connect " + target + ": Success"));
      String named = "localhost:" + server.getLocalPort();
      assertThat(bench.once(tcp(named)).output()).isEqualTo("TCP connect " + named + ": Success");
    }
  }

  @Test
  void tcpIsCriticalWhenNobodyListens() throws Exception {
    int port = closedPort();
    assertThat(bench.once(tcp("127.0.0.1:" + port)))
        .isEqualTo(
            new Bench.Update(
                CheckStatus.CRITICAL,
                "dial tcp 127.0.0.1:" + port + ": connect: connection refused"));
    assertThat(bench.once(tcp("127.0.0.1")).output())
        .isEqualTo("dial tcp: address 127.0.0.1: missing port in address");
  }

  @Test
  void aCheckThatFailedComesBack() throws Exception {
    int port = closedPort();
    bench.start(tcp("127.0.0.1:" + port));
    assertThat(bench.next().status()).isEqualTo(CheckStatus.CRITICAL);
    try (ServerSocket server = new ServerSocket(port, 10, LOOPBACK)) {
      assertThat(server.isBound()).isTrue();
      Bench.Update update = bench.next();
      while (update.status() != CheckStatus.PASSING) {
        update = bench.next();
      }
    }
  }

  @Test
  void udpPassesOnAnAnswer() throws Exception {
    try (DatagramSocket server = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
      Thread echo =
          new Thread(
              () -> {
                try {
                  DatagramPacket packet = new DatagramPacket(new byte[16], 16);
                  server.receive(packet);
                  server.send(packet);
                } catch (SocketException e) {
                  // closed
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      echo.start();
      SpecBuilder spec = udp("127.0.0.1:" + server.getLocalPort());
      spec.timeout = Duration.ofSeconds(60); // longer than the test waits: the answer counts
      assertThat(bench.once(spec))
          .isEqualTo(
              new Bench.Update(
                  CheckStatus.PASSING,
                  "UDP connect 127.0.0.1:" + server.getLocalPort() + ": Success"));
    }
  }

  @Test
  void udpPassesOnSilence() throws Exception {
    try (DatagramSocket server = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
      SpecBuilder spec = udp("127.0.0.1:" + server.getLocalPort());
      spec.timeout = Duration.ofMillis(300);
      assertThat(bench.once(spec).status()).isEqualTo(CheckStatus.PASSING);
    }
  }

  @Test
  void udpIsCriticalWhenNobodyListens() throws Exception {
    int port;
    try (DatagramSocket closed = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
      port = closed.getLocalPort();
    }
    SpecBuilder spec = udp("127.0.0.1:" + port);
    spec.timeout = Duration.ofSeconds(60);
    Bench.Update update = bench.once(spec);
    assertThat(update.status()).isEqualTo(CheckStatus.CRITICAL);
    assertThat(update.output())
        .isEqualTo("read udp 127.0.0.1:" + port + ": read: connection refused");
  }
}
