package org.comitia.membership;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.function.Supplier;
import org.jgroups.Header;

/** Who sends this message, on every message of the channel: an encoded AgentIdentity. */
public final class IdentityHeader extends Header {
  /** The magic number under which JGroups knows this class; application numbers begin at 1024. */
  public static final short MAGIC = 2101;

  static final byte MEMBER = 0;
  static final byte HELLO = 1;
  private static final int MAX = 2048;

  private byte kind;
  private byte[] stamp = new byte[0];

  /** For JGroups, which reads into it. */
  public IdentityHeader() {}

  IdentityHeader(byte kind, byte[] stamp) {
    this.kind = kind;
    this.stamp = stamp;
  }

  byte kind() {
    return kind;
  }

  byte[] stamp() {
    return stamp;
  }

  @Override
  public short getMagicId() {
    return MAGIC;
  }

  @Override
  public Supplier<? extends Header> create() {
    return IdentityHeader::new;
  }

  @Override
  public int serializedSize() {
    return 3 + stamp.length;
  }

  @Override
  public void writeTo(DataOutput out) throws IOException {
    out.writeByte(kind);
    out.writeShort(stamp.length);
    out.write(stamp);
  }

  @Override
  public void readFrom(DataInput in) throws IOException {
    kind = in.readByte();
    int length = in.readShort();
    if (length < 0 || length > MAX) {
      throw new IOException("an identity of " + length + " bytes");
    }
    stamp = new byte[length];
    in.readFully(stamp);
  }
}
