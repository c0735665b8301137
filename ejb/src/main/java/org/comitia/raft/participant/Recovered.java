package org.comitia.raft.participant;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;

/**
 * What is kept of one recovery from a lost quorum: the record {@code recovered} of the log's store
 * has all that this server went through, the newest first. Durable: a format once written is read
 * for ever.
 *
 * <p>Format 1: byte 1; int count; for each: predecessor and cluster (two longs each), milliseconds,
 * last index, last term, known index (a long each), the dropped servers as an int length and a
 * {@link ConfigurationCodec} configuration.
 *
 * @param predecessor the cluster that it was
 * @param cluster the cluster that it became
 * @param atMillis when, by this server's wall clock, milliseconds since 1970 UTC
 * @param lastIndex the last entry of the predecessor's log that was kept
 * @param lastTerm that entry's term
 * @param knownIndex up to here entries were known to be committed; whether those behind it were
 *     nobody knows, and they are kept
 * @param dropped the servers of the predecessor's newest configuration other than this one
 */
public record Recovered(
    UUID predecessor,
    UUID cluster,
    long atMillis,
    long lastIndex,
    long lastTerm,
    long knownIndex,
    Configuration dropped) {
  /** More than anyone goes through; older ones are forgotten. */
  static final int KEPT = 16;

  private static final int FORMAT = 1;

  public Recovered {
    Objects.requireNonNull(predecessor, "predecessor");
    Objects.requireNonNull(cluster, "cluster");
    Objects.requireNonNull(dropped, "dropped");
  }

  /** The dropped servers for people: name, node id and address of each. */
  public String droppedText() {
    return dropped.servers().stream()
        .map(server -> server.name() + " (" + server.id().node() + " at " + server.address() + ")")
        .collect(Collectors.joining(", "));
  }

  /**
   * @param all the newest first; those behind the sixteenth are left out
   */
  static byte[] encode(List<Recovered> all) {
    List<Recovered> kept = all.subList(0, Math.min(all.size(), KEPT));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(kept.size());
      for (Recovered one : kept) {
        one.write(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // not with a byte array
    }
    return bytes.toByteArray();
  }

  private void write(DataOutputStream out) throws IOException {
    writeUuid(out, predecessor);
    writeUuid(out, cluster);
    out.writeLong(atMillis);
    out.writeLong(lastIndex);
    out.writeLong(lastTerm);
    out.writeLong(knownIndex);
    byte[] servers = ConfigurationCodec.encode(dropped);
    out.writeInt(servers.length);
    out.write(servers);
  }

  /**
   * The newest first.
   *
   * @param stored the record's bytes; null when there is none
   * @throws IllegalArgumentException when they are of a format that this version does not know
   */
  public static List<Recovered> decode(byte[] stored) {
    if (stored == null) {
      return List.of();
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored))) {
      int format = in.readByte();
      int count = in.readInt();
      if (format != FORMAT || count < 0 || count > KEPT) {
        throw new IllegalArgumentException(
            "the record \"recovered\" has a format that this version does not know");
      }
      List<Recovered> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(read(in));
      }
      return List.copyOf(all);
    } catch (IOException e) {
      throw new IllegalArgumentException("the record \"recovered\" is cut short", e);
    }
  }

  private static Recovered read(DataInputStream in) throws IOException {
    UUID predecessor = readUuid(in);
    UUID cluster = readUuid(in);
    long atMillis = in.readLong();
    long lastIndex = in.readLong();
    long lastTerm = in.readLong();
    long knownIndex = in.readLong();
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a configuration of " + length + " bytes");
    }
    Configuration dropped = ConfigurationCodec.decode(in.readNBytes(length));
    return new Recovered(predecessor, cluster, atMillis, lastIndex, lastTerm, knownIndex, dropped);
  }

  private static void writeUuid(DataOutputStream out, UUID uuid) throws IOException {
    out.writeLong(uuid.getMostSignificantBits());
    out.writeLong(uuid.getLeastSignificantBits());
  }

  private static UUID readUuid(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }
}
