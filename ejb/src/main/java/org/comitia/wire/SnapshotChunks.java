package org.comitia.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.comitia.access.AccessKey;
import org.comitia.access.AccessObject;
import org.comitia.state.CheckKey;
import org.comitia.state.CoordinateKey;
import org.comitia.state.ServiceKey;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.wire.proto.SnapshotChunkFrame;
import org.comitia.wire.proto.SnapshotCursorFrame;
import org.pcollections.TreePMap;

/**
 * A snapshot of the replicated state in chunks, made from an immutable version: rows of all tables
 * (snapshot.proto), which {@link SnapshotAssembly} puts together again. A chunk costs what its rows
 * cost and finding the first of them, whatever the size of the state; nothing is kept between two
 * of them but the cursor. Stateless, safe for any thread.
 */
public final class SnapshotChunks {
  /** The most bytes that one chunk aims at; one row may make it larger. */
  public static final int TARGET_BYTES = 256 * 1024;

  private static final byte[] NONE = {};

  private static final BoundedParser<SnapshotCursorFrame> CURSOR =
      new BoundedParser<>(
          SnapshotCursorFrame.getDefaultInstance(),
          BoundedParser.FIXED,
          BoundedParser.MAX_PER_BYTE);

  /** In the order of their numbers in {@link SnapshotChunkFrame}, which begin with 1. */
  private static final List<Table<?, ?>> TABLES =
      List.of(
          byText(Tables::nodes, (key, row) -> Rows.frame(row)),
          new Table<>(
              Tables::services,
              (key, row) -> Rows.frame(row),
              key -> new Key(key.node(), key.id()),
              key -> new ServiceKey(key.first(), key.second())),
          new Table<>(
              Tables::checks,
              (key, row) -> Rows.frame(row),
              key -> new Key(key.node(), key.id()),
              key -> new CheckKey(key.first(), key.second())),
          byText(Tables::kv, (key, row) -> Rows.frame(row)),
          byText(Tables::tombstones, Rows::tombstone),
          byText(Tables::indexes, Rows::namedIndex),
          byText(Tables::sessions, (key, row) -> Rows.frame(row)),
          byText(Tables::lockDelays, Rows::frame),
          byText(Tables::preparedQueries, (key, row) -> Rows.frame(row)),
          new Table<>(
              Tables::coordinates,
              (key, row) -> Rows.frame(row),
              key -> new Key(key.node(), key.segment()),
              key -> new CoordinateKey(key.first(), key.second())),
          byText(Tables::autopilot, (key, row) -> Rows.frame(row)),
          new Table<>(
              Tables::access,
              (key, row) -> AccessFrames.frame(row),
              key -> new Key(key.kind().name(), key.id()),
              key -> new AccessKey(AccessObject.Kind.valueOf(key.first()), key.second())));

  private SnapshotChunks() {}

  /**
   * Some rows, in their order.
   *
   * @param rows a SnapshotChunkFrame's bytes, at most {@link SnapshotAssembly#MAX_CHUNK_BYTES}; the
   *     same for the same version and cursor
   * @param next the cursor of the chunk that follows; empty when this is the last
   * @param rowCount 0 only when there are no more rows
   */
  public record Chunk(byte[] rows, byte[] next, int rowCount) {}

  /**
   * The chunk that follows a cursor.
   *
   * @param cursor a chunk's {@code next}; null or empty for the first chunk. One that was made from
   *     another version is good as well: it names a row, and what is sorted behind that row follows
   * @throws IllegalArgumentException for bytes that are no cursor
   */
  public static Chunk chunk(StateVersion version, byte[] cursor) {
    return chunk(version, cursor, TARGET_BYTES);
  }

  /**
   * The same.
   *
   * @param targetBytes the most bytes that the chunk aims at
   */
  public static Chunk chunk(StateVersion version, byte[] cursor, int targetBytes) {
    Place after = cursor == null || cursor.length == 0 ? new Place(0, null) : place(cursor);
    return chunk(version.tables(), after, targetBytes);
  }

  private static Chunk chunk(Tables tables, Place after, int targetBytes) {
    Filling chunk = new Filling(targetBytes);
    for (int number = Math.max(1, after.table); number <= TABLES.size() && !chunk.full; number++) {
      Key last = number == after.table ? after.key : null;
      TABLES.get(number - 1).fill(tables, number, last, chunk);
    }
    return chunk.made();
  }

  /** All these rows in one chunk, however long it is; {@link SnapshotAssembly#rows} reads it. */
  static byte[] chunk(Tables rows) {
    return chunk(rows, new Place(0, null), Integer.MAX_VALUE).rows();
  }

  /** How many rows each table has, in the order of their numbers in a chunk. */
  public static List<Integer> rowCounts(StateVersion version) {
    return TABLES.stream().map(table -> table.rows.apply(version.tables()).size()).toList();
  }

  /** A row's key; the second part is empty when it has one. */
  private record Key(String first, String second) {}

  /** A row, by its table's number and its key. */
  private record Place(int table, Key key) {}

  private static Place place(byte[] cursor) {
    try {
      SnapshotCursorFrame frame = CURSOR.parse(cursor, 0, cursor.length);
      if (frame.getTable() < 1 || frame.getTable() > TABLES.size()) {
        throw new IllegalArgumentException("no cursor of a snapshot: table " + frame.getTable());
      }
      return new Place(
          frame.getTable(), new Key(Rows.key(frame.getKey()), Rows.key(frame.getSecond())));
    } catch (MalformedFrameException e) {
      throw new IllegalArgumentException("no cursor of a snapshot: " + e.getMessage(), e);
    }
  }

  private static byte[] cursor(Place last) {
    return SnapshotCursorFrame.newBuilder()
        .setTable(last.table)
        .setKey(Rows.key(last.key.first))
        .setSecond(Rows.key(last.key.second))
        .build()
        .toByteArray();
  }

  private static <V> Table<String, V> byText(
      Function<Tables, TreePMap<String, V>> rows, BiFunction<String, V, Message> frame) {
    return new Table<>(rows, frame, key -> new Key(key, ""), Key::first);
  }

  /** A table's rows, a row's frame, and how a key is written into a cursor and read from it. */
  private record Table<K, V>(
      Function<Tables, TreePMap<K, V>> rows,
      BiFunction<K, V, Message> frame,
      Function<K, Key> written,
      Function<Key, K> read) {

    /** Adds the rows behind {@code last}, or all if it is null, until the chunk is full. */
    void fill(Tables tables, int number, Key last, Filling chunk) {
      TreePMap<K, V> all = rows.apply(tables);
      TreePMap<K, V> rest = last == null ? all : all.tailMap(read.apply(last), false);
      for (Map.Entry<K, V> row : rest.entrySet()) {
        if (!chunk.add(number, frame.apply(row.getKey(), row.getValue()))) {
          return;
        }
        chunk.last = new Place(number, written.apply(row.getKey()));
      }
    }
  }

  /** A chunk while it is made. */
  private static final class Filling {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    private final int targetBytes;
    private Place last;
    private int rowCount;
    private boolean full;

    private Filling(int targetBytes) {
      this.targetBytes = targetBytes;
      out.useDeterministicSerialization(); // maps in the order of their keys
    }

    private boolean add(int number, Message frame) {
      int size = CodedOutputStream.computeMessageSize(number, frame);
      if (rowCount > 0 && out.getTotalBytesWritten() + size > targetBytes) {
        full = true;
        return false;
      }
      try {
        out.writeMessage(number, frame);
      } catch (IOException e) {
        throw new UncheckedIOException("memory takes every byte", e);
      }
      rowCount++;
      return true;
    }

    private Chunk made() {
      try {
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException("memory takes every byte", e);
      }
      return new Chunk(bytes.toByteArray(), full ? cursor(last) : NONE, rowCount);
    }
  }
}
