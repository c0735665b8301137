package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.comitia.access.AccessObject;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StateSizeTest {
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private long bytes() {
    return machine.version().bytes();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whatIsKeptAsItChangesIsWhatAllRowsTake(long seed) {
    RandomCommands random = new RandomCommands(seed);
    for (int i = 0; i < 3_000; i++) {
      Command command = random.next(index);
      long expected = StateMachine.sizeAfter(machine.version(), command);
      apply(command);
      if (!(command instanceof Command.RestoreCommit)) { // what it brings came before it
        assertThat(bytes()).as("after %s", command).isEqualTo(expected);
      }
      if (i % 20 == 0) {
        assertThat(bytes()).isEqualTo(StateSize.of(machine.version().tables()));
      }
    }
    assertThat(bytes()).isEqualTo(new StateVersion(index, machine.version().tables()).bytes());
  }

  @Test
  void aTemplatesExpressionCountsAsOftenAsItsPartsAreRepeated() {
    long once = StateSize.of(template("(x{9}){9}"));
    long often = StateSize.of(template("(x{98}){99}"));
    long elements = RegexSize.of("(x{98}){99}").elements() - RegexSize.of("(x{9}){9}").elements();
    assertThat(elements).isGreaterThan(9_000);
    assertThat(often - once).isGreaterThanOrEqualTo(100 * elements);
  }

  private static PreparedQuery template(String regexp) {
    return new PreparedQuery(
        "id",
        "name",
        "",
        "",
        new PreparedQuery.Template("name_prefix_match", regexp, false),
        new PreparedQuery.ServiceQuery(
            "web",
            new PreparedQuery.Failover(0, List.of()),
            false,
            List.of(),
            "",
            List.of(),
            Map.of(),
            Map.of(),
            false),
        "",
        0,
        0);
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

  /** A row with {@code length} in every text, list and map is that much larger, field by field. */
  @ParameterizedTest
  @MethodSource("rows")
  void everyFieldOfARowCounts(Class<?> row) throws Exception {
    List<String> fields = new ArrayList<>();
    fields(row, "", fields);
    long small = size(instance(row, "", null));
    for (String field : fields) {
      assertThat(size(instance(row, "", field)))
          .as("%s.%s", row.getSimpleName(), field)
          .isGreaterThanOrEqualTo(small + 900);
    }
  }

  private static long size(Object row) throws Exception {
    Class<?> type = row instanceof AccessObject ? AccessObject.class : row.getClass();
    return (long) StateSize.class.getDeclaredMethod("of", type).invoke(null, row);
  }

  /** The paths of what has a length. */
  private static void fields(Class<?> record, String path, List<String> fields) {
    for (RecordComponent one : record.getRecordComponents()) {
      String here = path + "/" + one.getName();
      if (one.getType().isRecord()) {
        fields(one.getType(), here, fields);
      } else if (!one.getType().isPrimitive() && !one.getType().isEnum()) {
        fields.add(here);
      }
    }
  }

  private static Object instance(Class<?> record, String path, String large) throws Exception {
    RecordComponent[] components = record.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      String here = path + "/" + components[i].getName();
      values[i] = value(components[i].getGenericType(), here, large);
    }
    return record.getDeclaredConstructor(types).newInstance(values);
  }

  private static Object value(Type type, String path, String large) throws Exception {
    boolean here = path.equals(large);
    if (type instanceof ParameterizedType generic) {
      Type[] of = generic.getActualTypeArguments();
      if (generic.getRawType() == List.class) {
        return here
            ? of[0] == Double.class
                ? java.util.Collections.nCopies(100, 0.5)
                : of[0] instanceof Class<?> element && element.isRecord()
                    ? java.util.Collections.nCopies(100, instance(element, path, null))
                    : List.of("x".repeat(1_000))
            : List.of();
      }
      return here ? Map.of("x".repeat(1_000), value(of[1], path, null)) : Map.of();
    }
    Class<?> raw = (Class<?>) type;
    if (raw == String.class) {
      return here ? "x".repeat(1_000) : "x";
    } else if (raw == byte[].class) {
      return new byte[here ? 1_000 : 1];
    } else if (raw.isEnum()) {
      return raw.getEnumConstants()[0];
    } else if (raw.isRecord()) {
      return instance(raw, path, large);
    } else if (raw == boolean.class) {
      return false;
    } else if (raw == double.class) {
      return 0.0;
    }
    return raw == int.class ? (Object) 1 : (Object) 1L;
  }

  // ---- the limit

  private static Command put(String key, int length) {
    return new Command.KvPut(key, new byte[length], 0, null);
  }

  private String refusal(StateLimit limit, Command command) {
    return limit.refusal(command, 100, machine.version(), 0);
  }

  @Test
  void whatFitsExactlyIsAllowedAndAByteMoreIsNot() {
    apply(put("a", 1_000));
    long room = StateMachine.sizeAfter(machine.version(), put("b", 1_000));
    StateLimit limit = new StateLimit(room);
    assertThat(refusal(limit, put("b", 1_000))).isNull();
    assertThat(refusal(limit, put("b", 1_001)))
        .contains("comitia.state-limit", "1.3 KiB of the 2.5 KiB");
    assertThat(limit.refusal(put("b", 1_000), 100, machine.version(), 1)).isNotNull();
  }

  @Test
  void whatMakesTheStateNoLargerIsAllowedInAFullOne() {
    apply(put("a", 1_000));
    StateLimit limit = new StateLimit(bytes());
    assertThat(refusal(limit, put("a", 1_000))).isNull();
    assertThat(refusal(limit, put("a", 10))).isNull();
    assertThat(refusal(limit, put("a", 1_001))).isNotNull();
    assertThat(refusal(limit, new Command.KvDelete("a", null))).isNull();
    assertThat(refusal(limit, new Command.KvDeleteTree("a"))).isNull();
    assertThat(refusal(limit, new Command.Deregister("n1", null, null))).isNull();
    assertThat(refusal(limit, new Command.SessionDestroy("s"))).isNull();
    assertThat(refusal(limit, new Command.KvPut("b", new byte[10], 0, 7L)))
        .isNull(); // changes nothing
  }

  @Test
  void aTransactionCountsAsAWhole() {
    apply(put("a", 1_000));
    StateLimit limit = new StateLimit(bytes() + 200);
    TxnOp.Kv delete = new TxnOp.Kv(TxnOp.KvVerb.DELETE, "a", new byte[0], 0, 0, "");
    TxnOp.Kv set = new TxnOp.Kv(TxnOp.KvVerb.SET, "b", new byte[900], 0, 0, "");
    assertThat(refusal(limit, new Command.Txn(List.of(set)))).isNotNull();
    assertThat(refusal(limit, new Command.Txn(List.of(delete, set)))).isNull();
  }

  @Test
  void healthIsToldInAFullState() {
    StateLimit limit = new StateLimit(100_000);
    apply(put("a", 98_000));
    Node node = new Node("", "n1", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0);
    Check check =
        new Check(
            "n1",
            "serfHealth",
            "x",
            "critical",
            "",
            "y".repeat(1_500),
            "",
            "",
            List.of(),
            "",
            0,
            0);
    Command register = new Command.Register(node, false, null, List.of(check));
    assertThat(refusal(limit, register)).isNull();
    TxnOp onNode = new TxnOp.OnNode(TxnOp.Verb.CAS, node);
    TxnOp onCheck = new TxnOp.OnCheck(TxnOp.Verb.SET, check);
    assertThat(refusal(limit, new Command.Txn(List.of(onNode, onCheck)))).isNull();
    TxnOp key = new TxnOp.Kv(TxnOp.KvVerb.SET, "b", new byte[1], 0, 0, "");
    assertThat(refusal(limit, new Command.Txn(List.of(onNode, onCheck, key)))).isNotNull();
    assertThat(refusal(limit, put("b", 1_500))).isNotNull();
    apply(register);
    apply(put("c", 4_000));
    assertThat(refusal(limit, new Command.KvDelete("c", null))).isNull();
    assertThat(limit.isNear(79_999)).isFalse();
    assertThat(limit.isNear(80_000)).isTrue();
  }
}
