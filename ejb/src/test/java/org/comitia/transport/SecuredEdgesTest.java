package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.transport.Station.free;
import static org.comitia.transport.Station.utf8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.comitia.config.HostPort;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedSockets;
import org.comitia.encryption.KeyedTls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Odd ways in which records come to a port with a key. */
@Timeout(60)
class SecuredEdgesTest {
  private static final EncryptionKey KEY = EncryptionKey.parse(EncryptionKey.generate());
  private static final KeyedTls OURS = new KeyedTls(List.of(KEY));
  private static final byte[] HELLO = Frames.greeting(Frames.HELLO, Frames.SPOKEN, "");

  @Test
  void aRecordMayComeInPiecesBeforeTheGreeting() throws Exception {
    try (Station a = station();
        Cutting socket = new Cutting(a)) {
      SSLSocket secured = secured(socket);
      secured.startHandshake();
      socket.cut = true;
      secured.getOutputStream().write(HELLO);
      welcome(a, secured);
    }
  }

  @Test
  void anErrorInWhatComesWithTheHandshakesEndClosesTheConnection() throws Exception {
    try (Station a = station();
        Cutting socket = new Cutting(a)) {
      a.answer =
          body -> {
            throw new AssertionError("of the test");
          };
      SSLSocket secured = secured(socket);
      socket.holdAfterFirst = true;
      secured.startHandshake();
      secured.getOutputStream().write(HELLO);
      secured.getOutputStream().write(Frames.ofRequest(Frames.REQUEST, 1, utf8("x")));
      socket.release();
      welcome(a, secured);
      assertThat(secured.getInputStream().readAllBytes()).isEmpty(); // else: SocketTimeoutException
    }
  }

  @Test
  void asManyNewKeysAsMayBeAskedForWithoutAWordAreAllAnswered() throws Exception {
    try (Station a = station();
        Cutting socket = new Cutting(a)) {
      SSLSocket secured = secured(socket);
      secured.getOutputStream().write(HELLO);
      welcome(a, secured);
      for (int round = 0; round < 2; round++) {
        int asked = ask(socket, secured, 64);
        // Each answer is as long as what it answers. Else: SocketTimeoutException
        assertThat(socket.raw().readNBytes(asked)).hasSize(asked);
        secured.getOutputStream().write(Frames.ofRequest(Frames.ANSWER, 1, new byte[0]));
      }
      assertThat(ask(socket, secured, 65)).isPositive();
      try {
        socket.raw().readAllBytes();
      } catch (SocketException reset) {
        // Closed with something of ours unread: the same.
      }
    }
  }

  /** Asks for new keys so many times in one piece; returns its bytes. */
  private static int ask(Cutting socket, SSLSocket secured, int times) throws IOException {
    socket.hold = true;
    for (int i = 0; i < times; i++) {
      secured.startHandshake(); // RFC 8446, 4.6.3
    }
    socket.hold = false;
    int asked = socket.held.size();
    socket.release();
    return asked;
  }

  private static Station station() throws IOException {
    // On a machine that is busy with other things, keys are not proved within production's 2 s.
    return new Station(
        free("127.0.63.1"),
        OURS,
        limits -> {
          limits.greeting = Duration.ofSeconds(30);
          limits.handshake = Duration.ofSeconds(30);
        });
  }

  private static SSLSocket secured(Socket socket) throws IOException {
    SSLSocket secured = KeyedSockets.around(OURS, socket, true);
    secured.setSoTimeout(20_000);
    return secured;
  }

  private static void welcome(Station station, Socket socket) throws IOException {
    byte[] welcome = Frames.greeting(Frames.WELCOME, Frames.SPOKEN, station.address);
    assertThat(socket.getInputStream().readNBytes(welcome.length)).isEqualTo(welcome);
  }

  /** Cuts each write after two bytes, or holds writes back. */
  private static final class Cutting extends Socket {
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    boolean cut;
    boolean hold;
    boolean holdAfterFirst;

    Cutting(Station at) throws IOException {
      super(
          HostPort.parse(at.address).literal().getAddress(),
          HostPort.parse(at.address).literal().getPort());
      setTcpNoDelay(true);
    }

    InputStream raw() throws IOException {
      return super.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
      OutputStream out = super.getOutputStream();
      return new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
          if (hold) {
            held.write(bytes, offset, length);
            return;
          }
          hold = holdAfterFirst;
          int first = cut ? Math.min(2, length) : length;
          out.write(bytes, offset, first);
          if (first < length) {
            try {
              Thread.sleep(300);
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            out.write(bytes, offset + first, length - first);
          }
        }
      };
    }

    void release() throws IOException {
      super.getOutputStream().write(held.toByteArray());
      held.reset();
    }
  }
}
