package org.comitia.encryption;

import java.io.ByteArrayOutputStream;

/** The binary form in which certificates and keys are written (X.690, DER). */
public final class Der {
  public static final int OCTET_STRING = 0x04;
  public static final int SEQUENCE = 0x30;

  private Der() {}

  /**
   * Tag, length, value.
   *
   * @param parts the value, in pieces; at most 65,535 bytes together
   */
  public static byte[] of(int tag, byte[]... parts) {
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      value.writeBytes(part);
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(tag);
    int length = value.size();
    if (length > 0xffff) {
      throw new IllegalArgumentException(length + " bytes are too many for one value");
    } else if (length > 0xff) {
      all.write(0x82);
      all.write(length >> 8);
    } else if (length > 0x7f) {
      all.write(0x81);
    }
    all.write(length);
    all.writeBytes(value.toByteArray());
    return all.toByteArray();
  }
}
