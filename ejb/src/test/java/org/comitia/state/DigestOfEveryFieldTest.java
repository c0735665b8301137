package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.comitia.access.AccessObject;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcollections.TreePMap;

/** Two states that differ in one field of one row have two digests, whatever the table. */
class DigestOfEveryFieldTest {
  private static final RecordComponent[] TABLES = Tables.class.getRecordComponents();

  /** The places of the tables whose rows are records. */
  static List<Integer> tables() {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < TABLES.length; i++) {
      if (rows(i).isRecord()) {
        places.add(i);
      }
    }
    return places;
  }

  private static Class<?> rows(int table) {
    ParameterizedType map = (ParameterizedType) TABLES[table].getGenericType();
    return (Class<?>) map.getActualTypeArguments()[1];
  }

  @ParameterizedTest
  @MethodSource("tables")
  void differs(int table) {
    Record row = EveryField.full(rows(table).asSubclass(Record.class));
    String digest = digest(table, row);
    EveryField.changed(row)
        .forEach(
            (field, other) ->
                assertThat(digest(table, other))
                    .as(TABLES[table].getName() + ": " + field)
                    .isNotEqualTo(digest));
  }

  /** Rows of several kinds are in one table. */
  @ParameterizedTest
  @ValueSource(classes = {Policy.class, Role.class, Token.class})
  void differsInAccessControl(Class<? extends Record> kind) {
    int table = TABLES.length - 1;
    assertThat(rows(table)).isEqualTo(AccessObject.class);
    Record row = EveryField.full(kind);
    String digest = digest(table, row);
    EveryField.changed(row)
        .forEach((field, other) -> assertThat(digest(table, other)).as(field).isNotEqualTo(digest));
  }

  private static String digest(int table, Record row) {
    Object[] values = EveryField.values(Tables.EMPTY, TABLES);
    Tables tables = EveryField.with(Tables.EMPTY, values, table, only(key(row), row));
    return StateDigest.of(new StateVersion(9, tables));
  }

  private static <K extends Comparable<? super K>> TreePMap<K, Record> only(K key, Record row) {
    return TreePMap.singleton(key, row);
  }

  @SuppressWarnings("unchecked")
  private static <K extends Comparable<? super K>> K key(Record row) {
    try {
      return (K) row.getClass().getMethod("key").invoke(row);
    } catch (NoSuchMethodException e) {
      return (K) "key";
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
