package org.comitia.wire;

import java.util.Comparator;
import java.util.TreeMap;
import org.comitia.access.AccessKey;
import org.comitia.access.AccessObject;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.Coordinate;
import org.comitia.state.CoordinateKey;
import org.comitia.state.Keys;
import org.comitia.state.KvEntry;
import org.comitia.state.LockDelay;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Service;
import org.comitia.state.ServiceKey;
import org.comitia.state.Session;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.wire.proto.AccessFrame;
import org.comitia.wire.proto.AutopilotFrame;
import org.comitia.wire.proto.CheckFrame;
import org.comitia.wire.proto.CoordinateFrame;
import org.comitia.wire.proto.KvEntryFrame;
import org.comitia.wire.proto.LockDelayRowFrame;
import org.comitia.wire.proto.MarkedKeyFrame;
import org.comitia.wire.proto.NamedIndexFrame;
import org.comitia.wire.proto.NodeFrame;
import org.comitia.wire.proto.PreparedQueryFrame;
import org.comitia.wire.proto.ServiceFrame;
import org.comitia.wire.proto.SessionFrame;
import org.comitia.wire.proto.SnapshotChunkFrame;
import org.pcollections.TreePMap;

/**
 * Puts a state together from the chunks of {@link SnapshotChunks}, in their order. Rows are looked
 * at one by one, as everywhere on the wire; that they belong together (a service's node is there,
 * an index is not beyond the applied one) is told by the digest of the whole, {@link
 * org.comitia.state.StateDigest}. Not thread safe; of no use any more after an exception.
 */
public final class SnapshotAssembly {
  /** The longest chunk. A row comes from one command, and repeats its service's tags at most. */
  public static final int MAX_CHUNK_BYTES = 2 * Commands.MAX_BYTES;

  private static final BoundedParser<SnapshotChunkFrame> CHUNK =
      new BoundedParser<>(
          SnapshotChunkFrame.getDefaultInstance(), BoundedParser.FIXED, BoundedParser.MAX_PER_BYTE);

  private final Table<String, Node> nodes = new Table<>("a node", Comparator.naturalOrder());
  private final Table<ServiceKey, Service> services =
      new Table<>("a service", Comparator.naturalOrder());
  private final Table<CheckKey, Check> checks = new Table<>("a check", Comparator.naturalOrder());
  private final Table<String, KvEntry> kv = new Table<>("a key", Keys.BYTE_ORDER);
  private final Table<String, Long> tombstones = new Table<>("a tombstone", Keys.BYTE_ORDER);
  private final Table<String, Long> indexes = new Table<>("an index", Comparator.naturalOrder());
  private final Table<String, Session> sessions =
      new Table<>("a session", Comparator.naturalOrder());
  private final Table<String, LockDelay> lockDelays = new Table<>("a lock-delay", Keys.BYTE_ORDER);
  private final Table<String, PreparedQuery> preparedQueries =
      new Table<>("a prepared query", Comparator.naturalOrder());
  private final Table<CoordinateKey, Coordinate> coordinates =
      new Table<>("a coordinate", Comparator.naturalOrder());
  private final Table<String, AutopilotConfig> autopilot =
      new Table<>("autopilot's configuration", Comparator.naturalOrder());
  private final Table<AccessKey, AccessObject> access =
      new Table<>("an object of access control", Comparator.naturalOrder());
  private long rows;

  /**
   * Takes the rows of the chunk that follows. Makes at most {@link BoundedParser#FIXED} bytes and
   * {@link BoundedParser#MAX_PER_BYTE} for each byte, before the rows themselves are kept.
   *
   * @param rows as {@link SnapshotChunks.Chunk#rows} has them; not kept
   * @throws MalformedFrameException when they are none, are longer than {@link #MAX_CHUNK_BYTES},
   *     say something that this version does not know, or come in another order
   */
  public void add(byte[] rows) throws MalformedFrameException {
    if (rows.length > MAX_CHUNK_BYTES) {
      throw new MalformedFrameException("a chunk of " + rows.length + " bytes");
    }
    requireKnown(rows);
    SnapshotChunkFrame chunk = CHUNK.parseInPlace(rows, 0, rows.length);
    addCatalog(chunk);
    addKeys(chunk);
    addSessionsAndQueries(chunk);
  }

  /** What a newer version added must not be dropped in silence. */
  private static void requireKnown(byte[] rows) throws MalformedFrameException {
    BoundedParser.Weight weight =
        BoundedParser.weigh(
            SnapshotChunkFrame.getDescriptor(), rows, 0, rows.length, CHUNK.max(rows.length));
    if (weight.unknown() > 0) {
      throw new MalformedFrameException("a row with a field that this version does not know");
    }
  }

  private void addCatalog(SnapshotChunkFrame chunk) throws MalformedFrameException {
    for (NodeFrame frame : chunk.getNodesList()) {
      Node node = Rows.node(frame);
      add(nodes, node.key(), node);
    }
    for (ServiceFrame frame : chunk.getServicesList()) {
      Service service = Rows.service(frame);
      add(services, service.key(), service);
    }
    for (CheckFrame frame : chunk.getChecksList()) {
      Check check = Rows.check(frame);
      add(checks, check.key(), check);
    }
    for (CoordinateFrame frame : chunk.getCoordinatesList()) {
      Coordinate coordinate = Rows.coordinate(frame);
      add(coordinates, coordinate.key(), coordinate);
    }
  }

  private void addKeys(SnapshotChunkFrame chunk) throws MalformedFrameException {
    for (KvEntryFrame frame : chunk.getKvList()) {
      KvEntry entry = Rows.entry(frame);
      add(kv, entry.key(), entry);
    }
    for (MarkedKeyFrame frame : chunk.getTombstonesList()) {
      add(
          tombstones,
          Rows.key(frame.getKey()),
          Rows.positive(frame.getIndex(), "a tombstone's index"));
    }
    for (NamedIndexFrame frame : chunk.getIndexesList()) {
      add(indexes, frame.getName(), Rows.positive(frame.getIndex(), "an index"));
    }
    for (LockDelayRowFrame frame : chunk.getLockDelaysList()) {
      add(lockDelays, Rows.key(frame.getKey()), Rows.lockDelay(frame));
    }
  }

  private void addSessionsAndQueries(SnapshotChunkFrame chunk) throws MalformedFrameException {
    for (SessionFrame frame : chunk.getSessionsList()) {
      if (frame.getBehavior() == SessionFrame.Behavior.UNRECOGNIZED) {
        throw new MalformedFrameException("a session's behavior that this version does not know");
      }
      Session session = Rows.session(frame);
      add(sessions, session.key(), session);
    }
    for (PreparedQueryFrame frame : chunk.getPreparedQueriesList()) {
      PreparedQuery query = Rows.preparedQuery(frame);
      add(preparedQueries, query.key(), query);
    }
    for (AutopilotFrame frame : chunk.getAutopilotList()) {
      add(autopilot, AutopilotConfig.KEY, Rows.autopilot(frame));
    }
    for (AccessFrame frame : chunk.getAccessList()) {
      AccessObject object = AccessFrames.object(frame);
      add(access, object.key(), object);
    }
  }

  private <K, V> void add(Table<K, V> table, K key, V row) throws MalformedFrameException {
    table.add(key, row);
    rows++;
  }

  /** How many rows were taken, of all tables. */
  public long rows() {
    return rows;
  }

  /**
   * The state that the rows are, once; the same, by its digest, as the one that the chunks were
   * made of. Takes time in proportion to the rows.
   *
   * @param appliedIndex the index of that state
   */
  public StateVersion finish(long appliedIndex) {
    return new StateVersion(appliedIndex, tables());
  }

  /** The rows of one chunk. The same exceptions as {@link #add}. */
  public static Tables rows(byte[] chunk) throws MalformedFrameException {
    SnapshotAssembly one = new SnapshotAssembly();
    one.add(chunk);
    return one.tables();
  }

  private Tables tables() {
    return new Tables(
        nodes.finish(),
        services.finish(),
        checks.finish(),
        kv.finish(),
        tombstones.finish(),
        indexes.finish(),
        sessions.finish(),
        lockDelays.finish(),
        preparedQueries.finish(),
        coordinates.finish(),
        autopilot.finish(),
        access.finish());
  }

  /** The rows of one table, which come sorted by key. */
  private static final class Table<K, V> {
    private final String what;
    private final Comparator<? super K> order;
    private TreeMap<K, V> rows;

    private Table(String what, Comparator<? super K> order) {
      this.what = what;
      this.order = order;
      this.rows = new TreeMap<>(order);
    }

    private void add(K key, V row) throws MalformedFrameException {
      if (!rows.isEmpty() && order.compare(rows.lastKey(), key) >= 0) {
        throw new MalformedFrameException(what + " out of order");
      }
      rows.put(key, row);
    }

    private TreePMap<K, V> finish() {
      TreePMap<K, V> table = TreePMap.fromSortedMap(rows);
      rows = null; // a large table is there twice for no longer than it takes
      return table;
    }
  }
}
