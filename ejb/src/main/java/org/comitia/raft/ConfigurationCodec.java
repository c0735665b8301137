package org.comitia.raft;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A {@link Configuration} as the data of a log entry. Deterministic: equal configurations give
 * equal bytes, on every server and in every version that writes format 1. Durable: a format once
 * written is read for ever.
 *
 * <p>Format 1: byte 1; int count; per server in id order: node and incarnation (two longs each),
 * name and address (modified UTF-8 with a 2-byte length), byte 1 for a voter or 0.
 */
public final class ConfigurationCodec {
  private static final int FORMAT = 1;

  /** More servers than anyone runs; bounds what a damaged count can allocate. */
  private static final int MAX_SERVERS = 1024;

  private ConfigurationCodec() {}

  /**
   * @throws IllegalArgumentException when it has more than 1,024 servers or a text too long
   */
  public static byte[] encode(Configuration configuration) {
    List<Server> servers = configuration.servers();
    if (servers.size() > MAX_SERVERS) {
      throw new IllegalArgumentException(
          servers.size() + " servers in a configuration, at most " + MAX_SERVERS + " fit");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(16 + servers.size() * 80);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(servers.size());
      for (Server server : servers) {
        writeUuid(out, server.id().node());
        writeUuid(out, server.id().incarnation());
        out.writeUTF(server.name());
        out.writeUTF(server.address());
        out.writeByte(server.voter() ? 1 : 0);
      }
    } catch (java.io.UTFDataFormatException e) {
      throw new IllegalArgumentException("a server's name or address is too long", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * @throws IllegalArgumentException when the bytes are not a configuration in a known format; says
   *     what is wrong
   */
  public static Configuration decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT) {
        throw new IllegalArgumentException(
            "configuration in format " + format + ", this version reads format " + FORMAT);
      }
      int count = in.readInt();
      if (count < 0 || count > MAX_SERVERS) {
        throw new IllegalArgumentException("configuration with " + count + " servers");
      }
      List<Server> servers = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        ServerId id = new ServerId(readUuid(in), readUuid(in));
        servers.add(new Server(id, in.readUTF(), in.readUTF(), readVoter(in)));
      }
      if (in.available() > 0) {
        throw new IllegalArgumentException(in.available() + " bytes after a configuration");
      }
      return new Configuration(servers);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "configuration of " + bytes.length + " bytes ends too early or is damaged", e);
    }
  }

  private static boolean readVoter(DataInputStream in) throws IOException {
    int flag = in.readUnsignedByte();
    if (flag > 1) {
      throw new IllegalArgumentException("voter flag " + flag + " in a configuration");
    }
    return flag == 1;
  }

  private static void writeUuid(DataOutputStream out, UUID uuid) throws IOException {
    out.writeLong(uuid.getMostSignificantBits());
    out.writeLong(uuid.getLeastSignificantBits());
  }

  private static UUID readUuid(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }
}
