package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Message;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BoundedTcpTest {
  private final BoundedTcp tcp = new BoundedTcp();
  private final Address sender = new IpAddress(InetAddress.getLoopbackAddress(), 1);

  @BeforeEach
  void restrict() {
    ChannelMessages.restrict();
  }

  @Test
  void memoryGrowsWithWhatHasComeNotWithWhatIsAnnounced() throws Exception {
    try (PipedOutputStream out = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(out, 64 << 10)) {
      CompletableFuture<Exception> end = new CompletableFuture<>();
      Thread receiver =
          new Thread(
              () -> {
                try {
                  tcp.receive(sender, new DataInputStream(in), BoundedTcp.MAX_FRAME);
                } catch (Exception e) {
                  end.complete(e);
                }
              });
      receiver.start();
      await("its beginning", () -> tcp.unfinishedBytes() > 0);
      assertThat(tcp.unfinishedBytes()).isEqualTo(8 << 10);
      out.write(new byte[8 << 10]);
      out.flush();
      await("more of it", () -> tcp.unfinishedBytes() > 8 << 10);
      assertThat(tcp.unfinishedBytes()).isEqualTo(16 << 10);
      out.close();
      assertThat(end.get(20, TimeUnit.SECONDS)).isInstanceOf(EOFException.class);
      assertThat(tcp.unfinishedBytes()).isZero();
    }
  }

  @Test
  void aFrameOverTheLimitEndsItsConnectionUnread() {
    for (int length : new int[] {BoundedTcp.MAX_FRAME + 1, 2, -1}) {
      assertThatThrownBy(() -> tcp.receive(sender, null, length))
          .isInstanceOf(IOException.class)
          .hasMessage("a frame of " + length + " bytes");
    }
    assertThat(tcp.unreadable()).isEqualTo(3);
  }

  @Test
  void aMessageThatIsLongerThanItsFrameEndsItsConnection() throws Exception {
    byte[] frame = frame(new BytesMessage(null, new byte[100]));
    receive(frame);
    assertThat(tcp.unreadable()).isZero();
    ByteBuffer.wrap(frame).putInt(frame.length - 104, 101);
    assertThatThrownBy(() -> receive(frame))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a message of 101 bytes where fewer are left");
  }

  @Test
  void aBatchOfMoreMessagesThanItsFrameCanHoldEndsItsConnection() throws Exception {
    byte[] frame = batch(3);
    receive(frame);
    assertThat(tcp.unreadable()).isZero();
    int at = frame.length - 3 * (messageBytes()) - Integer.BYTES;
    assertThat(ByteBuffer.wrap(frame).getInt(at)).isEqualTo(3);
    // At the bound it fails at its end; one over it, before there is room made for it.
    int most = 3 * messageBytes() / 7;
    ByteBuffer.wrap(frame).putInt(at, most);
    assertThatThrownBy(() -> receive(frame)).hasMessageNotContaining("where fewer are left");
    ByteBuffer.wrap(frame).putInt(at, most + 1);
    assertThatThrownBy(() -> receive(frame))
        .hasMessageContaining("a batch of " + (most + 1) + " messages where fewer are left");
  }

  @Test
  void aMessageThatIsMarkedAsAnObjectEndsItsConnection() throws Exception {
    assertThatThrownBy(() -> receive(frame(new BytesMessage(null, (Object) "a string"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("marked as a Java object");
    assertThat(tcp.unreadable()).isEqualTo(1);
  }

  private void receive(byte[] frame) throws Exception {
    tcp.receive(sender, new ByteArrayDataInputStream(frame), frame.length);
  }

  private static byte[] frame(Message message) throws Exception {
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(512);
    Util.writeMessage(message, out, false);
    return Arrays.copyOf(out.buffer(), out.position());
  }

  private static byte[] batch(int count) throws Exception {
    List<Message> messages = java.util.Collections.nCopies(count, message());
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(512);
    Address source = new UUID(0, 1);
    Util.writeMessageList(null, source, new byte[] {'c'}, messages, out, true);
    return Arrays.copyOf(out.buffer(), out.position());
  }

  private static Message message() {
    return new BytesMessage(null, new byte[10]);
  }

  private static int messageBytes() throws Exception {
    return (batch(2).length - batch(1).length);
  }
}
