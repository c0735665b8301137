package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.HexFormat;
import org.comitia.config.HostPort;
import org.comitia.transport.Frames.Greeting;
import org.comitia.transport.Frames.Versions;
import org.comitia.wire.MalformedFrameException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers of several versions agree on what they speak, or say why they cannot. */
@Timeout(60)
class GreetingTest {
  /** What builds before the range of versions send and expect, to the byte. */
  private static final byte[] OLD_HELLO =
      HexFormat.of().parseHex("00000010" + "01" + "434f4d54" + "0001" + "0007" + "612e622e633a31");

  private static Greeting read(byte[] frame) throws MalformedFrameException {
    return read(frame, Frames.HELLO);
  }

  private static Greeting read(byte[] frame, byte kind) throws MalformedFrameException {
    return Frames.readGreeting(Arrays.copyOfRange(frame, 4, frame.length), kind);
  }

  @Test
  void oneVersionIsSaidAsBuildsBeforeTheRangeSayIt() throws Exception {
    assertThat(Frames.greeting(Frames.HELLO, Versions.only(1), "a.b.c:1")).isEqualTo(OLD_HELLO);
    assertThat(read(OLD_HELLO)).isEqualTo(new Greeting(Versions.only(1), "a.b.c:1"));
  }

  @Test
  void aRangeComesBackAndWhatALaterVersionAddsIsPassedOver() throws Exception {
    byte[] frame = Frames.greeting(Frames.HELLO, new Versions(2, 65_535), "a");
    assertThat(read(frame)).isEqualTo(new Greeting(new Versions(2, 65_535), "a"));
    byte[] longer = Frames.seal(Arrays.copyOf(frame, frame.length + 9), Frames.HELLO);
    assertThat(read(longer)).isEqualTo(new Greeting(new Versions(2, 65_535), "a"));
    byte[] one = Arrays.copyOf(OLD_HELLO, OLD_HELLO.length + 9);
    one[OLD_HELLO.length + 1] = 1; // the last version, before what follows it
    assertThat(read(Frames.seal(one, Frames.HELLO))).isEqualTo(read(OLD_HELLO));
  }

  @Test
  void theNewestThatBothSpeakIsChosen() {
    assertThat(new Versions(1, 3).newestCommon(new Versions(2, 5))).isEqualTo(3);
    assertThat(new Versions(2, 5).newestCommon(new Versions(1, 3))).isEqualTo(3);
    assertThat(new Versions(1, 9).newestCommon(new Versions(4, 4))).isEqualTo(4);
    assertThat(Versions.only(1).newestCommon(new Versions(2, 3))).isZero();
  }

  @Test
  void damagedGreetingsAreRefused() {
    byte[] backwards = Frames.greeting(Frames.HELLO, new Versions(3, 4), "a");
    backwards[backwards.length - 1] = 2;
    assertThatThrownBy(() -> read(backwards)).isInstanceOf(MalformedFrameException.class);
    byte[] tooLong = OLD_HELLO.clone();
    tooLong[12] = 8;
    assertThatThrownBy(() -> read(tooLong)).isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void aNewerServerIsWelcomedInAVersionThatBothSpeak() throws Exception {
    try (Station station = Station.at(Station.free("127.0.30.1"));
        Socket newer = greeted(station, new Versions(1, 3))) {
      byte[] welcome = newer.getInputStream().readNBytes(length(station.address));
      assertThat(read(welcome, Frames.WELCOME))
          .isEqualTo(new Greeting(Versions.only(1), station.address));
    }
  }

  @Test
  void aServerThatSpeaksNoneOfOursIsRefused() throws Exception {
    try (Station station = Station.at(Station.free("127.0.30.1"));
        Socket newer = greeted(station, new Versions(2, 3))) {
      byte[] welcome = newer.getInputStream().readNBytes(length(station.address));
      assertThat(read(welcome, Frames.WELCOME).versions()).isEqualTo(Frames.SPOKEN);
      assertThat(newer.getInputStream().read()).isNegative();
    }
    assertThatThrownBy(() -> new Greeting(new Versions(2, 3), "a").requireCommon())
        .hasMessage("it speaks the protocol in versions 2 to 3, this server in version 1");
  }

  @Test
  void anAnswerNamesOneVersion() throws Exception {
    Greeting one = new Greeting(Versions.only(1), "a");
    one.requireChosen();
    assertThat(one.answer()).isEqualTo(Versions.only(1));
    assertThatThrownBy(() -> new Greeting(new Versions(1, 2), "a").requireChosen())
        .hasMessage("it has chosen no version");
  }

  @Test
  void aServerThatChoosesWhatWeDoNotSpeakIsLeft() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.30.2"));
        Station station = Station.at(Station.free("127.0.30.1"))) {
      String at = "127.0.30.2:" + other.getLocalPort();
      station.transport.send(at, Station.heartbeat(1));
      try (Socket accepted = other.accept()) {
        accepted.setSoTimeout(10_000);
        accepted.getInputStream().readNBytes(length(station.address));
        accepted.getOutputStream().write(Frames.greeting(Frames.WELCOME, Versions.only(2), at));
        assertThat(accepted.getInputStream().read()).isNegative();
      }
    }
  }

  private static int length(String address) {
    return Frames.greeting(Frames.HELLO, Frames.SPOKEN, address).length;
  }

  private static Socket greeted(Station station, Versions versions) throws IOException {
    InetSocketAddress at = HostPort.parse(station.address).literal();
    Socket socket = new Socket(at.getAddress(), at.getPort());
    socket.setSoTimeout(10_000);
    socket.getOutputStream().write(Frames.greeting(Frames.HELLO, versions, "127.0.30.8:1"));
    return socket;
  }
}
