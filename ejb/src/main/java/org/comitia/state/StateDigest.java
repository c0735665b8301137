package org.comitia.state;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/**
 * A fingerprint of all that a version holds: equal on all servers that applied the same log,
 * however they came by it (replayed, or loaded from tables and replayed from there). Covers the
 * applied index, all rows, tombstones and indexes. Costs a walk over everything.
 */
public final class StateDigest extends RowFields {
  private final MessageDigest sha;

  private StateDigest(MessageDigest sha) {
    this.sha = sha;
  }

  /** SHA-256 in hex. */
  public static String of(StateVersion version) {
    try {
      StateDigest digest = new StateDigest(MessageDigest.getInstance("SHA-256"));
      digest.add(version);
      return HexFormat.of().formatHex(digest.sha.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private void add(StateVersion version) {
    number(version.appliedIndex());
    number(version.nodes().size());
    version.nodes().values().forEach(this::node);
    number(version.services().size());
    version.services().values().forEach(this::service);
    number(version.checks().size());
    version.checks().values().forEach(this::check);
    number(version.kv().size());
    version.kv().values().forEach(this::entry);
    marks(version.tombstones());
    marks(version.indexes());
    number(version.sessions().size());
    version.sessions().values().forEach(this::session);
    number(version.lockDelays().size());
    version.lockDelays().forEach(this::lockDelay);
    number(version.preparedQueries().size());
    version.preparedQueries().values().forEach(this::preparedQuery);
    number(version.coordinates().size());
    version.coordinates().values().forEach(this::coordinate);
    // Nothing while nobody has set it: builds from before know no such tables.
    version.tables().autopilot().values().forEach(this::autopilot);
    version.tables().access().values().forEach(this::access);
  }

  private void marks(Map<String, Long> map) {
    number(map.size());
    map.forEach(this::mark);
  }

  @Override
  void text(String text) {
    bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  void key(String key) {
    bytes(Keys.toBytes(key));
  }

  @Override
  void bytes(byte[] bytes) {
    number(bytes.length);
    sha.update(bytes);
  }

  @Override
  void number(long number) {
    sha.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }
}
