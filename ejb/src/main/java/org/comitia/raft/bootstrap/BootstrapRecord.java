package org.comitia.raft.bootstrap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;

/**
 * The durable state of a server's bootstrap: one small record, replaced as a whole.
 *
 * @param cluster the cluster that this server is in for ever; null while it has none
 * @param set with a cluster: the set that founded it, null when this server was added to it later.
 *     Without: the set that this server has promised, null when none
 * @param renounced sets that this server will never take part in
 */
record BootstrapRecord(UUID cluster, FoundingSet set, Set<UUID> renounced) {
  private static final int FORMAT = 1;
  static final int MAX_RENOUNCED = 256;

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeBoolean(cluster != null);
      if (cluster != null) {
        FoundingSet.writeUuid(out, cluster);
      }
      out.writeBoolean(set != null);
      if (set != null) {
        set.write(out);
      }
      out.writeInt(renounced.size());
      for (UUID uuid : renounced) {
        FoundingSet.writeUuid(out, uuid);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // not with a byte array
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IllegalArgumentException when these bytes were not made by {@link #encode()} of a
   *     version known here
   */
  static BootstrapRecord decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalArgumentException(
            "bootstrap record of format " + format + ", this version reads " + FORMAT);
      }
      UUID cluster = in.readBoolean() ? FoundingSet.readUuid(in) : null;
      FoundingSet set = in.readBoolean() ? FoundingSet.read(in) : null;
      int count = in.readInt();
      if (count < 0 || count > MAX_RENOUNCED) {
        throw new IllegalArgumentException("bootstrap record with " + count + " renounced sets");
      }
      Set<UUID> renounced = new LinkedHashSet<>();
      for (int i = 0; i < count; i++) {
        renounced.add(FoundingSet.readUuid(in));
      }
      return new BootstrapRecord(cluster, set, renounced);
    } catch (IOException e) {
      throw new IllegalArgumentException("bootstrap record is cut short", e);
    }
  }
}
