package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a datagram socket as systemd has one. */
class SystemdTest {
  private static final class Receiver implements AutoCloseable {
    private final int socket = Systemd.call("socket", 1, 2, 0);

    Receiver(String path) throws ReflectiveOperationException {
      byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
      byte[] address =
          ByteBuffer.allocate(2 + bytes.length)
              .order(ByteOrder.nativeOrder())
              .putShort((short) 1)
              .put(bytes)
              .array();
      Systemd.call("bind", socket, address, address.length);
    }

    /** What has come; does not wait: a datagram is there when it was sent. */
    String received() throws ReflectiveOperationException {
      byte[] buffer = new byte[100];
      int length = Systemd.call("recv", socket, buffer, (long) buffer.length, 0x40);
      return new String(Arrays.copyOf(buffer, length), StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws ReflectiveOperationException {
      Systemd.call("close", socket);
    }
  }

  @TempDir private Path folder;

  @Test
  void statesAreSentToTheSocketOfTheEnvironment() throws Exception {
    String path = folder.resolve("notify").toString();
    try (Receiver receiver = new Receiver(path)) {
      Systemd systemd = Systemd.of(Map.of("NOTIFY_SOCKET", path));

      assertThat(systemd.tell(Systemd.READY)).isEmpty();
      assertThat(receiver.received()).isEqualTo("READY=1\n");
      assertThat(systemd.tell(Systemd.STOPPING)).isEmpty();
      assertThat(receiver.received()).isEqualTo("STOPPING=1\n");
    }
  }

  @Test
  void anAtSignStandsForTheAbstractSpace() throws Exception {
    String name = "comitia-test-" + ProcessHandle.current().pid();
    try (Receiver receiver = new Receiver("\0" + name)) {
      assertThat(Systemd.of(Map.of("NOTIFY_SOCKET", "@" + name)).tell(Systemd.READY)).isEmpty();
      assertThat(receiver.received()).isEqualTo("READY=1\n");
    }
  }

  @Test
  void nobodyToTellIsNoMistakeAndWhoCannotBeToldIsNamed() {
    assertThat(Systemd.of(Map.of()).tell(Systemd.READY)).isEmpty();
    assertThat(Systemd.of(Map.of("NOTIFY_SOCKET", "vsock:2:1")).tell(Systemd.READY))
        .contains("unsupported NOTIFY_SOCKET vsock:2:1");
    assertThat(Systemd.of(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(107))).tell(Systemd.READY))
        .contains("unsupported NOTIFY_SOCKET");
    String none = folder.resolve("none").toString();
    assertThat(Systemd.of(Map.of("NOTIFY_SOCKET", none)).tell(Systemd.READY))
        .startsWith("systemd is not told READY=1 at " + none + ": ");
  }
}
