package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Function;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.Coordinate;
import org.comitia.state.EveryField;
import org.comitia.state.KvEntry;
import org.comitia.state.LockDelay;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each field of each saved row comes back, and is covered by its checksum. */
class RowsOfEveryFieldTest {
  private static <V extends Record, R extends Row> void keeps(
      Class<V> type, Function<V, R> save, Function<R, V> load) {
    keeps(type, save, load, R::expectedChecksum);
  }

  private static <V extends Record, R> void keeps(
      Class<V> type, Function<V, R> save, Function<R, V> load, Function<R, Object> checksum) {
    V row = EveryField.full(type);
    R saved = save.apply(row);
    assertThat(load.apply(saved)).usingRecursiveComparison().isEqualTo(row);
    EveryField.changed(row)
        .forEach(
            (field, other) -> {
              assertThat(load.apply(save.apply(other)))
                  .as(field)
                  .usingRecursiveComparison()
                  .isEqualTo(other);
              assertThat(checksum.apply(save.apply(other)))
                  .as("checksum: " + field)
                  .isNotEqualTo(checksum.apply(saved));
            });
  }

  @Test
  void ofNodes() {
    keeps(Node.class, NodeRow::new, NodeRow::node);
  }

  @Test
  void ofServices() {
    keeps(Service.class, ServiceRow::new, ServiceRow::service);
  }

  @Test
  void ofChecks() {
    keeps(Check.class, CheckRow::new, CheckRow::check);
  }

  @Test
  void ofKeys() {
    keeps(KvEntry.class, KvRow::new, KvRow::entry);
  }

  @Test
  void ofLockDelays() {
    keeps(LockDelay.class, delay -> new LockDelayRow("key", delay), LockDelayRow::lockDelay);
  }

  @Test
  void ofPreparedQueries() {
    keeps(PreparedQuery.class, PreparedQueryRow::new, PreparedQueryRow::query);
  }

  @Test
  void ofCoordinates() {
    keeps(Coordinate.class, CoordinateRow::new, CoordinateRow::coordinate);
  }

  @Test
  void ofAutopilot() {
    keeps(AutopilotConfig.class, AutopilotRow::new, AutopilotRow::config);
  }

  @Test
  void ofAccessControl() {
    keeps(Policy.class, AccessRow::new, row -> (Policy) row.object());
    keeps(Role.class, AccessRow::new, row -> (Role) row.object());
    keeps(Token.class, AccessRow::new, row -> (Token) row.object());
  }

  /** Whoever reads the log sees no secret. */
  @ParameterizedTest
  @ValueSource(strings = {"{'secret': 'hidden'", "{'secret': 'hidden'}", "hidden"})
  void aBodyThatCannotBeReadIsNamedWithoutItsText(String body) {
    assertThatThrownBy(() -> AccessJson.object("token", "id", body.replace('\'', '"'), "the row"))
        .isInstanceOf(DamagedRowException.class)
        .hasMessageContaining("the row")
        .hasMessageNotContaining("hidden");
  }

  /** Its checks are rows of their own, with checksums of their own. */
  @Test
  void ofSessions() {
    keeps(
        Session.class,
        session -> session,
        session -> new SessionRow(session).session(SessionCheckRow.of(session)),
        session ->
            new SessionRow(session).expectedChecksum()
                + ":"
                + SessionCheckRow.of(session).stream().map(Row::expectedChecksum).toList());
  }
}
