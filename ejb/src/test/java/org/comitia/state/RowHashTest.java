package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.comitia.access.AccessObject;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowHashTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whatIsKeptAsRowsChangeIsWhatARecountGives(long seed) {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    RandomCommands random = new RandomCommands(seed);
    for (long index = 1; index <= 3_000; index++) {
      Command command = random.next(index - 1);
      machine.apply(index, command);
      if (index % 5 == 0) {
        assertThat(machine.version().digest())
            .as("after %s", command)
            .isEqualTo(RowHash.of(machine.version().tables()));
      }
    }
    Tables tables = machine.version().tables();
    assertThat(new StateVersion(7, tables).digest()).isEqualTo(machine.version().digest());
  }

  @Test
  void whatIsTakenAwayAgainLeavesNothingBehind() {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    machine.apply(1, new Command.KvPut("a", new byte[] {1}, 0, null));
    long before = machine.version().digest();
    machine.apply(2, new Command.KvPut("b", new byte[] {1}, 0, null));
    assertThat(machine.version().digest()).isNotEqualTo(before);
    Tables tables = machine.version().tables();
    Tables without =
        new Tables(
            tables.nodes(),
            tables.services(),
            tables.checks(),
            tables.kv().minus("b"),
            tables.tombstones(),
            tables.indexes().plus(Indexes.KV, 1L),
            tables.sessions(),
            tables.lockDelays(),
            tables.preparedQueries(),
            tables.coordinates(),
            tables.autopilot(),
            tables.access());
    assertThat(new StateVersion(2, without).digest()).isEqualTo(before);
    assertThat(StateVersion.EMPTY.digest()).isZero();
  }

  /** The same for ever and everywhere: servers of several builds compare them. */
  @Test
  void aRowsHashIsWhatItWas() {
    KvEntry entry = new KvEntry("kéy/1", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 42, 1, "s", 3, 4);
    assertThat(new RowHash().of(entry)).isEqualTo(PINNED_ENTRY);
    assertThat(new RowHash().ofIndex("kvs", 7L)).isEqualTo(PINNED_INDEX);
    assertThat(new RowHash().ofTombstone("kvs", 7L)).isNotEqualTo(PINNED_INDEX);
  }

  private static final long PINNED_ENTRY = -8530609533325383830L;
  private static final long PINNED_INDEX = 5318361082024956922L;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 64, 100})
  void eachBitOfAValueCounts(int length) {
    Random random = new Random(length);
    byte[] value = new byte[length];
    random.nextBytes(value);
    Set<Long> hashes = new HashSet<>();
    hashes.add(hash(value));
    for (int bit = 0; bit < 8 * length; bit++) {
      byte[] flipped = value.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      hashes.add(hash(flipped));
    }
    assertThat(hashes).hasSize(8 * length + 1);
  }

  private static long hash(byte[] value) {
    return new RowHash().of(new KvEntry("k", value, 0, 0, null, 1, 1));
  }

  @Test
  void valuesThatOnlyAreInOtherPlacesDiffer() {
    long ab = new RowHash().of(new KvEntry("a", new byte[] {'b'}, 0, 0, null, 1, 2));
    long ba = new RowHash().of(new KvEntry("b", new byte[] {'a'}, 0, 0, null, 1, 2));
    long longer = new RowHash().of(new KvEntry("ab", new byte[0], 0, 0, null, 1, 2));
    long padded = new RowHash().of(new KvEntry("a", new byte[] {0, 'b'}, 0, 0, null, 1, 2));
    assertThat(Set.of(ab, ba, longer, padded)).hasSize(4);
  }

  // ---- no field is forgotten

  static Stream<Class<?>> rows() {
    return Stream.of(
        Node.class,
        Service.class,
        Check.class,
        KvEntry.class,
        Session.class,
        PreparedQuery.class,
        Coordinate.class,
        AutopilotConfig.class,
        Policy.class,
        Role.class,
        Token.class);
  }

  /** A row that differs in one field, whichever, has another hash. */
  @ParameterizedTest
  @MethodSource("rows")
  void everyFieldOfARowCounts(Class<?> row) throws Exception {
    List<String> fields = new ArrayList<>();
    fields(row, "", fields);
    assertThat(fields).hasSizeGreaterThan(4);
    Set<Long> hashes = new HashSet<>();
    hashes.add(hash(instance(row, "", null)));
    for (String field : fields) {
      assertThat(hashes.add(hash(instance(row, "", field))))
          .as("%s.%s", row.getSimpleName(), field)
          .isTrue();
    }
  }

  @Test
  void everyFieldOfALockDelayCounts() {
    long one = new RowHash().ofLockDelay("k", new LockDelay(1, 1));
    assertThat(new RowHash().ofLockDelay("k", new LockDelay(2, 1))).isNotEqualTo(one);
    assertThat(new RowHash().ofLockDelay("k", new LockDelay(1, 2))).isNotEqualTo(one);
    assertThat(new RowHash().ofLockDelay("l", new LockDelay(1, 1))).isNotEqualTo(one);
  }

  private static long hash(Object row) throws Exception {
    Class<?> type = row instanceof AccessObject ? AccessObject.class : row.getClass();
    return (long) RowHash.class.getDeclaredMethod("of", type).invoke(new RowHash(), row);
  }

  private static void fields(Class<?> record, String path, List<String> fields) {
    for (RecordComponent one : record.getRecordComponents()) {
      String here = path + "/" + one.getName();
      if (one.getType().isRecord()) {
        fields(one.getType(), here, fields);
      } else {
        fields.add(here);
      }
    }
  }

  private static Object instance(Class<?> record, String path, String other) throws Exception {
    RecordComponent[] components = record.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      String here = path + "/" + components[i].getName();
      values[i] = value(components[i].getGenericType(), here, other);
    }
    return record.getDeclaredConstructor(types).newInstance(values);
  }

  private static Object value(Type type, String path, String other) throws Exception {
    boolean here = path.equals(other);
    if (type instanceof ParameterizedType generic) {
      Type[] of = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class) {
        return here ? List.of(value(of[0], path, null)) : List.of();
      }
      return here ? Map.of("k", value(of[1], path, null)) : Map.of();
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class) {
      return here ? "y" : "x";
    } else if (raw == byte[].class) {
      return new byte[] {(byte) (here ? 2 : 1)};
    } else if (raw.isEnum()) {
      return raw.getEnumConstants()[here ? 1 : 0];
    } else if (raw.isRecord()) {
      return instance(raw, path, other);
    } else if (raw == boolean.class) {
      return here;
    } else if (raw == double.class || raw == Double.class) {
      return here ? 0.5 : 0.25;
    }
    return raw == int.class ? (Object) (here ? 2 : 1) : (Object) (here ? 2L : 1L);
  }
}
