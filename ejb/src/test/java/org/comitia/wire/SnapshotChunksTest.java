package org.comitia.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.comitia.access.AccessObject;
import org.comitia.access.Token;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.Coordinate;
import org.comitia.state.EveryField;
import org.comitia.state.Keys;
import org.comitia.state.KvEntry;
import org.comitia.state.LockDelay;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.RandomCommands;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.state.StateDigest;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.wire.proto.CheckDefinitionFrame;
import org.comitia.wire.proto.CheckFrame;
import org.comitia.wire.proto.KvEntryFrame;
import org.comitia.wire.proto.MarkedKeyFrame;
import org.comitia.wire.proto.NodeFrame;
import org.comitia.wire.proto.SessionFrame;
import org.comitia.wire.proto.SnapshotChunkFrame;
import org.comitia.wire.proto.SnapshotCursorFrame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcollections.TreePMap;

class SnapshotChunksTest {
  /** The chunks of a version; in a test that does not end, too many. */
  private static List<SnapshotChunks.Chunk> chunks(StateVersion version, int targetBytes) {
    List<SnapshotChunks.Chunk> chunks = new ArrayList<>();
    byte[] cursor = null;
    do {
      SnapshotChunks.Chunk chunk = SnapshotChunks.chunk(version, cursor, targetBytes);
      chunks.add(chunk);
      cursor = chunk.next();
    } while (cursor.length > 0 && chunks.size() <= rows(version));
    assertThat(cursor).isEmpty();
    return chunks;
  }

  private static int rows(StateVersion version) {
    Tables t = version.tables();
    return t.nodes().size()
        + t.services().size()
        + t.checks().size()
        + t.kv().size()
        + t.tombstones().size()
        + t.indexes().size()
        + t.sessions().size()
        + t.lockDelays().size()
        + t.preparedQueries().size()
        + t.coordinates().size()
        + t.autopilot().size()
        + t.access().size();
  }

  private static StateVersion together(List<SnapshotChunks.Chunk> chunks, long index)
      throws Exception {
    SnapshotAssembly assembly = new SnapshotAssembly();
    long rows = 0;
    for (SnapshotChunks.Chunk chunk : chunks) {
      assembly.add(chunk.rows());
      rows += chunk.rowCount();
    }
    assertThat(assembly.rows()).isEqualTo(rows);
    return assembly.finish(index);
  }

  private static void comesBack(StateVersion version, int targetBytes) throws Exception {
    List<SnapshotChunks.Chunk> chunks = chunks(version, targetBytes);
    StateVersion back = together(chunks, version.appliedIndex());
    assertThat(StateDigest.of(back)).isEqualTo(StateDigest.of(version));
    assertThat(back.bytes()).isEqualTo(version.bytes());
    assertThat(rows(back)).isEqualTo(rows(version));
    // the same bytes again, from the one and from the other
    assertThat(bytes(chunks(version, targetBytes))).isEqualTo(bytes(chunks));
    assertThat(bytes(chunks(back, targetBytes))).isEqualTo(bytes(chunks));
  }

  private static List<ByteBuffer> bytes(List<SnapshotChunks.Chunk> chunks) {
    return chunks.stream()
        .flatMap(chunk -> Stream.of(chunk.rows(), chunk.next()))
        .map(ByteBuffer::wrap)
        .toList();
  }

  private static StateVersion random(long seed, int commands) throws Exception {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    RandomCommands some = new RandomCommands(seed);
    for (int i = 1; i <= commands; i++) {
      machine.apply(i, Commands.decode(Commands.encode(some.next(i))));
    }
    return machine.version();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void randomStatesComeBackWhateverTheChunks(long seed) throws Exception {
    for (int commands : new int[] {0, 1, 30, 1_000}) {
      StateVersion version = random(seed, commands);
      comesBack(version, 1); // each row alone: every boundary
      comesBack(version, 300);
      comesBack(version, SnapshotChunks.TARGET_BYTES);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void statesOfAnythingComeBack(long seed) throws Exception {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    AnyCommand some = new AnyCommand(new Random(seed));
    for (int i = 1; i <= 700; i++) {
      byte[] bytes;
      try {
        bytes = Commands.encode(some.next());
      } catch (IllegalArgumentException tooLarge) {
        continue;
      }
      try {
        machine.apply(i, Commands.decode(bytes));
      } catch (UnknownCommandException newer) {
        machine.skip(i); // a feature level of some later version
      }
    }
    comesBack(machine.version(), 1);
    comesBack(machine.version(), SnapshotChunks.TARGET_BYTES);
  }

  // ---- every table, every field

  private static <K extends Comparable<? super K>, V extends Record> TreePMap<K, V> one(
      Class<V> type, Function<V, K> key) {
    V row = EveryField.full(type);
    return TreePMap.singleton(key.apply(row), row);
  }

  private static final AccessObject TOKEN = EveryField.full(Token.class);

  private static final Tables FULL =
      new Tables(
          one(Node.class, Node::key),
          one(Service.class, Service::key),
          one(Check.class, Check::key),
          one(KvEntry.class, KvEntry::key),
          TreePMap.singleton("deleted", 7L),
          TreePMap.singleton("an index", 8L),
          one(Session.class, Session::key),
          one(LockDelay.class, delay -> "delayed"),
          one(PreparedQuery.class, PreparedQuery::key),
          one(Coordinate.class, Coordinate::key),
          one(AutopilotConfig.class, config -> AutopilotConfig.KEY),
          TreePMap.singleton(TOKEN.key(), TOKEN));

  private static int rows(Tables tables) {
    return rows(new StateVersion(9, tables));
  }

  /** Of their rows, RowsOfEveryFieldTest says that no field is forgotten. */
  @Test
  void everyTableComesBack() throws Exception {
    byte[] bytes = SnapshotChunks.chunk(new StateVersion(9, FULL), null).rows();
    assertThat(SnapshotChunkFrame.parseFrom(bytes).getAllFields())
        .hasSize(SnapshotChunkFrame.getDescriptor().getFields().size());
    assertThat(rows(FULL)).isEqualTo(Tables.class.getRecordComponents().length);
    comesBack(new StateVersion(9, FULL), SnapshotChunks.TARGET_BYTES);
    comesBack(new StateVersion(9, FULL), 1);
  }

  // ---- boundaries

  private static StateVersion keys(int count, int bytes) {
    TreePMap<String, KvEntry> kv = TreePMap.empty(Keys.BYTE_ORDER);
    for (int i = 0; i < count; i++) {
      String key = "key/%07d".formatted(i);
      kv = kv.plus(key, new KvEntry(key, new byte[bytes], 0, 0, null, i + 1, i + 1));
    }
    return new StateVersion(count, with(kv));
  }

  private static Tables with(TreePMap<String, KvEntry> kv) {
    Tables e = Tables.EMPTY;
    return new Tables(
        e.nodes(),
        e.services(),
        e.checks(),
        kv,
        e.tombstones(),
        e.indexes(),
        e.sessions(),
        e.lockDelays(),
        e.preparedQueries(),
        e.coordinates(),
        e.autopilot(),
        e.access());
  }

  @Test
  void aChunkIsNearlyFullAndNoMore() {
    List<SnapshotChunks.Chunk> chunks = chunks(keys(3_000, 1_000), SnapshotChunks.TARGET_BYTES);
    assertThat(chunks).hasSizeBetween(12, 13);
    for (SnapshotChunks.Chunk chunk : chunks.subList(0, chunks.size() - 1)) {
      assertThat(chunk.rows().length)
          .isBetween(SnapshotChunks.TARGET_BYTES - 1_100, SnapshotChunks.TARGET_BYTES);
    }
  }

  @Test
  void aRowThatIsLargerThanAChunkIsOneAlone() throws Exception {
    StateVersion version = keys(3, 512 * 1024);
    List<SnapshotChunks.Chunk> chunks = chunks(version, SnapshotChunks.TARGET_BYTES);
    assertThat(chunks).extracting(SnapshotChunks.Chunk::rowCount).containsExactly(1, 1, 1);
    assertThat(chunks.get(0).rows().length).isLessThan(SnapshotAssembly.MAX_CHUNK_BYTES);
    comesBack(version, SnapshotChunks.TARGET_BYTES);
  }

  /** The longest that a command can put there; a check repeats its service's tags besides. */
  @Test
  void theLargestRowFitsIntoAChunk() throws Exception {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    Node node = new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0);
    List<String> tags = List.of("\u20AC".repeat(64 * 1024));
    Service web = new Service("", "web", "web", tags, "", Map.of(), Map.of(), 1, 1, 1, false, 0, 0);
    String notes = "n".repeat(Commands.MAX_BYTES - 200);
    Check check = new Check("", "c", "c", "passing", notes, "", "web", "", List.of(), "", 0, 0);
    Command.Register last = new Command.Register(node, false, null, List.of(check));
    assertThat(Commands.encode(last).length).isGreaterThan(Commands.MAX_BYTES - 200);

    machine.apply(1, new Command.Register(node, false, web, List.of()));
    assertThat(machine.apply(2, last)).isInstanceOf(CommandResult.Done.class);
    StateVersion version = machine.version();
    assertThat(version.checks().firstEntry().getValue().serviceTags()).isEqualTo(tags);
    assertThat(chunks(version, SnapshotChunks.TARGET_BYTES))
        .anyMatch(chunk -> chunk.rows().length > 1_200_000);
    comesBack(version, SnapshotChunks.TARGET_BYTES);
  }

  @Test
  void nothingIsOneChunkWithoutRows() throws Exception {
    assertThat(chunks(StateVersion.EMPTY, 1)).hasSize(1);
    assertThat(SnapshotChunks.chunk(StateVersion.EMPTY, null).rows()).isEmpty();
    comesBack(StateVersion.EMPTY, 1);
  }

  // ---- cursors

  /** A cursor names a row by its key, so that each next one is behind the one before. */
  @Test
  void cursorsOfOtherVersionsEnd() throws Exception {
    List<StateVersion> versions = new ArrayList<>();
    for (int seed = 1; seed < 12; seed++) {
      versions.add(random(seed, 40 * seed));
    }
    for (StateVersion made : versions) {
      for (StateVersion used : versions) {
        for (SnapshotChunks.Chunk chunk : chunks(made, 200)) {
          int rows = 0;
          int steps = 0;
          for (byte[] cursor = chunk.next(); cursor.length > 0 && steps <= rows(used); steps++) {
            SnapshotChunks.Chunk next = SnapshotChunks.chunk(used, cursor, 200);
            rows += next.rowCount();
            cursor = next.next();
          }
          assertThat(steps).isLessThanOrEqualTo(rows(used));
          assertThat(rows).isLessThanOrEqualTo(rows(used));
        }
      }
    }
    // a version that changes under every step
    byte[] cursor = null;
    int steps = 0;
    do {
      cursor = SnapshotChunks.chunk(versions.get(steps % versions.size()), cursor, 1).next();
    } while (cursor.length > 0 && ++steps < 1_000);
    assertThat(steps).isLessThan(1_000);
  }

  @Test
  void whatIsNoCursorIsRefused() throws Exception {
    StateVersion version = random(3, 300);
    byte[] good = SnapshotChunks.chunk(version, null, 300).next();
    Random random = new Random(4);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      try {
        assertThat(SnapshotChunks.chunk(version, Spoilt.bytes(good, random), 300)).isNotNull();
      } catch (IllegalArgumentException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(2_000);
    for (int table : new int[] {0, 12, -1}) {
      byte[] none =
          SnapshotCursorFrame.newBuilder()
              .setTable(table)
              .setKey(Rows.key("a"))
              .build()
              .toByteArray();
      assertThatThrownBy(() -> SnapshotChunks.chunk(version, none))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  // ---- what is no chunk

  private static void refused(String why, byte[]... chunks) {
    SnapshotAssembly assembly = new SnapshotAssembly();
    assertThatThrownBy(
            () -> {
              for (byte[] chunk : chunks) {
                assembly.add(chunk);
              }
            })
        .isInstanceOf(MalformedFrameException.class)
        .hasMessageContaining(why);
  }

  @Test
  void spoiltBytesThrowOnlyTheTypedException() throws Exception {
    Random random = new Random(9);
    List<byte[]> good = new ArrayList<>();
    good.add(SnapshotChunks.chunk(new StateVersion(9, FULL), null).rows());
    for (int seed = 1; seed < 8; seed++) {
      StateVersion version = random(seed, 200);
      good.add(SnapshotChunks.chunk(version, null).rows());
      chunks(version, 100).forEach(chunk -> good.add(chunk.rows()));
    }
    int refused = 0;
    for (int i = 0; i < 40_000; i++) {
      SnapshotAssembly assembly = new SnapshotAssembly();
      try {
        assembly.add(Spoilt.bytes(good.get(random.nextInt(good.size())), random));
      } catch (MalformedFrameException expected) {
        refused++;
        continue;
      }
      assertThat(assembly.finish(i)).isNotNull();
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void rowsThatAreOutOfOrderOrThereTwiceAreRefused() {
    List<SnapshotChunks.Chunk> chunks = chunks(keys(3, 10), 1);
    byte[] first = chunks.get(0).rows();
    byte[] second = chunks.get(1).rows();
    refused("a key out of order", first, first);
    refused("a key out of order", second, first);
    NodeFrame node = NodeFrame.newBuilder().setName("n").build();
    NodeFrame same = NodeFrame.newBuilder().setName("N").build();
    refused(
        "a node out of order",
        SnapshotChunkFrame.newBuilder().addNodes(node).addNodes(same).build().toByteArray());
  }

  /** A newer version's field, wherever it is, would be lost: another state than the others'. */
  @Test
  void whatThisVersionDoesNotKnowIsRefused() {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    String why = "does not know";
    refused(why, SnapshotChunkFrame.newBuilder().setUnknownFields(newer).build().toByteArray());
    CheckDefinitionFrame deep = CheckDefinitionFrame.newBuilder().setUnknownFields(newer).build();
    refused(
        why,
        SnapshotChunkFrame.newBuilder()
            .addChecks(CheckFrame.newBuilder().setDefinition(deep))
            .build()
            .toByteArray());
    refused(
        why,
        SnapshotChunkFrame.newBuilder()
            .addSessions(SessionFrame.newBuilder().setBehaviorValue(2))
            .build()
            .toByteArray());
  }

  @Test
  void negativeIndexesAreRefused() {
    refused(
        "is negative",
        SnapshotChunkFrame.newBuilder()
            .addKv(KvEntryFrame.newBuilder().setModifyIndex(-1))
            .build()
            .toByteArray());
    refused(
        "is negative",
        SnapshotChunkFrame.newBuilder()
            .addTombstones(MarkedKeyFrame.newBuilder().setIndex(-1))
            .build()
            .toByteArray());
  }

  @Test
  void chunksThatWouldTakeTooMuchMemoryAreRefused() {
    CheckFrame check =
        CheckFrame.newBuilder().setDefinition(CheckDefinitionFrame.getDefaultInstance()).build();
    refused(
        "too many parts",
        SnapshotChunkFrame.newBuilder()
            .addAllChecks(Collections.nCopies(80_000, check))
            .build()
            .toByteArray());
    refused("a chunk of", new byte[SnapshotAssembly.MAX_CHUNK_BYTES + 1]);
  }
}
