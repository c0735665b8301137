package org.comitia.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameReaderTest {
  private static final int LIMIT = 1 << 20;
  private final UnfinishedBytes unfinished = new UnfinishedBytes(256 << 10);
  private final FrameReader reader = new FrameReader(unfinished);

  @Test
  void aFrameInAnyPiecesComesOutWhole() throws Exception {
    byte[] body = new byte[200_001];
    Random random = new Random(1);
    random.nextBytes(body);
    ByteBuffer all = announced(body.length, body);
    byte[] frame = null;
    while (frame == null) {
      ByteBuffer piece = all.slice();
      // As a socket's buffer does: what is not taken is there again with what comes next.
      piece.limit(Math.min(piece.limit(), 4 + random.nextInt(40_000)));
      frame = reader.read(piece, LIMIT);
      all.position(all.position() + piece.position());
    }
    assertThat(frame).isEqualTo(body);
    assertThat(all.hasRemaining()).isFalse();
    assertThat(unfinished.held()).isZero();
  }

  @Test
  void memoryGrowsWithWhatHasComeNotWithWhatIsAnnounced() throws Exception {
    assertThat(reader.read(announced(LIMIT, new byte[0]), LIMIT)).isNull();
    assertThat(unfinished.held()).isZero();
    reader.read(ByteBuffer.wrap(new byte[1 << 10]), LIMIT);
    assertThat(unfinished.held()).isEqualTo(64 << 10);
    reader.read(ByteBuffer.wrap(new byte[63 << 10]), LIMIT);
    assertThat(unfinished.held()).isEqualTo(64 << 10);
    reader.read(ByteBuffer.wrap(new byte[1]), LIMIT);
    assertThat(unfinished.held()).isEqualTo(128 << 10);
    reader.close();
    assertThat(unfinished.held()).isZero();
  }

  @Test
  void aFrameAtTheLimitIsReadAndOneByteMoreIsRefusedBeforeItHoldsAnything() throws Exception {
    assertThat(reader.read(announced(1000, new byte[1000]), 1000)).hasSize(1000);
    assertThatThrownBy(() -> reader.read(announced(1001, new byte[1001]), 1000))
        .isInstanceOf(IOException.class)
        .hasMessage("a frame of 1001 bytes");
    assertThat(unfinished.held()).isZero();
  }

  @Test
  void allConnectionsTogetherHoldNoMoreThanTheBound() throws Exception {
    for (int i = 0; i < 4; i++) {
      new FrameReader(unfinished).read(announced(LIMIT, new byte[1]), LIMIT);
    }
    assertThat(unfinished.held()).isEqualTo(256 << 10);
    assertThatThrownBy(() -> reader.read(announced(LIMIT, new byte[1]), LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("262144 of 262144 bytes are held");
    reader.close();
    assertThat(unfinished.held()).isEqualTo(256 << 10);
  }

  private static ByteBuffer announced(int length, byte[] body) {
    return ByteBuffer.allocate(4 + body.length).putInt(length).put(body).flip();
  }
}
