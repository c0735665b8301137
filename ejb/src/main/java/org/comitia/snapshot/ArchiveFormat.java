package org.comitia.snapshot;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The files in an archive, and what bounds them. */
public final class ArchiveFormat {
  /** A {@link Manifest}. */
  public static final String MANIFEST = "meta.json";

  /**
   * Chunks of rows one after the other, each behind its length as protobuf writes one (seven bits a
   * byte, the lowest first).
   */
  public static final String STATE = "state.bin";

  /** SHA-256 of the other two, as {@code sha256sum -c} reads it. */
  public static final String SUMS = "SHA256SUMS";

  /** What is damaged when no file of it can be named. */
  public static final String WHOLE = "archive";

  /** The longest chunk: {@code SnapshotAssembly.MAX_CHUNK_BYTES}. */
  public static final int MAX_CHUNK_BYTES = 2 << 20;

  static final int MAX_MANIFEST_BYTES = 1 << 20;
  static final int MAX_SUMS_BYTES = 64 << 10;

  private ArchiveFormat() {}

  /** How many bytes of {@link #STATE} a chunk takes. */
  public static long framedLength(int chunkBytes) {
    return varint(chunkBytes).length + (long) chunkBytes;
  }

  static byte[] varint(int length) {
    byte[] bytes = new byte[5];
    int at = 0;
    int left = length;
    while (left > 0x7F) {
      bytes[at++] = (byte) (0x80 | left & 0x7F);
      left >>>= 7;
    }
    bytes[at++] = (byte) left;
    return Arrays.copyOf(bytes, at);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String hex(MessageDigest sum) {
    return HexFormat.of().formatHex(sum.digest());
  }
}
