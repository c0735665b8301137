package org.comitia.encryption;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/**
 * A key that all agents of a cluster share: 16, 24 or 32 bytes, written in base64 (Consul's {@code
 * encrypt}). Immutable; {@link #toString} does not show it.
 */
public final class EncryptionKey {
  private static final int BYTES = 32;
  private static final String MUST_BE =
      "must be 16, 24 or 32 bytes in base64 (`comitia keygen` makes such a key)";

  private final byte[] bytes;

  private EncryptionKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * @throws IllegalArgumentException for what is no such key; its message says what it must be, and
   *     does not quote it
   */
  public static EncryptionKey parse(String base64) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(MUST_BE + ", and is not base64");
    }
    if (bytes.length != 16 && bytes.length != 24 && bytes.length != BYTES) {
      throw new IllegalArgumentException(MUST_BE + ", and has " + bytes.length + " bytes");
    }
    return new EncryptionKey(bytes);
  }

  /**
   * @throws IllegalArgumentException when there are not 16, 24 or 32 of them; in Consul's words
   */
  public static EncryptionKey of(byte[] bytes) {
    if (bytes.length != 16 && bytes.length != 24 && bytes.length != BYTES) {
      throw new IllegalArgumentException("key size must be 16, 24 or 32 bytes");
    }
    return new EncryptionKey(bytes.clone());
  }

  /** A new one, as it is written. */
  public static String generate() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** For other members and for nobody else. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** As it is written, for the file of keys and for who lists them; in no log. */
  public String base64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EncryptionKey key && MessageDigest.isEqual(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "an encryption key";
  }
}
