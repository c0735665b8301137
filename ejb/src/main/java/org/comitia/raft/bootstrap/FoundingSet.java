package org.comitia.raft.bootstrap;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;

/**
 * The set P of design §5: exactly these servers found a cluster together, or nobody does.
 * Immutable; equal ids mean equal sets.
 *
 * @param cluster hash of nonce, expect and servers (ids, names and addresses, since the first entry
 *     holds them and must be the same on all)
 */
record FoundingSet(UUID cluster, long nonce, int expect, Configuration configuration) {
  /** No set is larger; what asks for more is refused. */
  static final int MAX_SERVERS = 64;

  static FoundingSet of(long nonce, int expect, List<Server> servers) {
    Configuration configuration = new Configuration(servers.stream().map(Server::asVoter).toList());
    UUID cluster = UUID.nameUUIDFromBytes(encode(nonce, expect, configuration));
    return new FoundingSet(cluster, nonce, expect, configuration);
  }

  /** The set that a frame speaks of; null when the frame's id is not the hash of its content. */
  static FoundingSet of(BootstrapMessage.Propose propose) {
    if (propose.servers().isEmpty() || propose.servers().size() > MAX_SERVERS) {
      return null;
    }
    if (propose.servers().stream().map(Server::id).distinct().count() != propose.servers().size()) {
      return null;
    }
    FoundingSet set = of(propose.nonce(), propose.expect(), propose.servers());
    return set.cluster.equals(propose.cluster()) ? set : null;
  }

  BootstrapMessage.Propose propose() {
    return new BootstrapMessage.Propose(cluster, nonce, expect, servers());
  }

  List<Server> servers() {
    return configuration.servers();
  }

  boolean contains(ServerId id) {
    return configuration.contains(id);
  }

  /** The members other than this one. */
  List<Server> others(ServerId self) {
    return servers().stream().filter(s -> !s.id().equals(self)).toList();
  }

  private static byte[] encode(long nonce, int expect, Configuration configuration) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out, nonce, expect, configuration);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // not with a byte array
    }
    return bytes.toByteArray();
  }

  void write(DataOutputStream out) throws IOException {
    write(out, nonce, expect, configuration);
  }

  private static void write(
      DataOutputStream out, long nonce, int expect, Configuration configuration)
      throws IOException {
    out.writeLong(nonce);
    out.writeInt(expect);
    out.writeInt(configuration.servers().size());
    for (Server server : configuration.servers()) {
      writeUuid(out, server.id().node());
      writeUuid(out, server.id().incarnation());
      out.writeUTF(server.name());
      out.writeUTF(server.address());
    }
  }

  static FoundingSet read(DataInputStream in) throws IOException {
    long nonce = in.readLong();
    int expect = in.readInt();
    int count = in.readInt();
    if (count < 1 || count > MAX_SERVERS) {
      throw new IOException("founding set of " + count + " servers");
    }
    List<Server> servers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ServerId id = new ServerId(readUuid(in), readUuid(in));
      servers.add(new Server(id, in.readUTF(), in.readUTF(), true));
    }
    return of(nonce, expect, servers);
  }

  static void writeUuid(DataOutputStream out, UUID uuid) throws IOException {
    out.writeLong(uuid.getMostSignificantBits());
    out.writeLong(uuid.getLeastSignificantBits());
  }

  static UUID readUuid(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }
}
