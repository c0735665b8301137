package org.comitia.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Coordinate;
import org.comitia.state.EveryField;
import org.comitia.state.KvEntry;
import org.comitia.state.LockDelay;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.state.TxnOp;
import org.junit.jupiter.api.Test;

/** Each field of each row comes back from the wire, and from the log. */
class RowsOfEveryFieldTest {
  private interface RoundTrip<V> {
    V of(V row) throws Exception;
  }

  private static <V extends Record> void comesBack(Class<V> type, RoundTrip<V> trip)
      throws Exception {
    V row = EveryField.full(type);
    assertThat(trip.of(row)).usingRecursiveComparison().isEqualTo(row);
    for (var changed : EveryField.changed(row).entrySet()) {
      assertThat(trip.of(changed.getValue()))
          .as(changed.getKey())
          .usingRecursiveComparison()
          .isEqualTo(changed.getValue());
    }
  }

  @Test
  void inAnswers() throws Exception {
    comesBack(Node.class, row -> Rows.node(Rows.frame(row)));
    comesBack(Service.class, row -> Rows.service(Rows.frame(row)));
    comesBack(Check.class, row -> Rows.check(Rows.frame(row)));
    comesBack(KvEntry.class, row -> Rows.entry(Rows.frame(row)));
    comesBack(Session.class, row -> Rows.session(Rows.frame(row)));
    comesBack(PreparedQuery.class, row -> Rows.preparedQuery(Rows.frame(row)));
    comesBack(Coordinate.class, row -> Rows.coordinates(Rows.frame(List.of(row))).get(0));
  }

  @Test
  void ofAccessControl() throws Exception {
    comesBack(Policy.class, row -> (Policy) AccessFrames.object(AccessFrames.frame(row)));
    comesBack(Role.class, row -> (Role) AccessFrames.object(AccessFrames.frame(row)));
    comesBack(Token.class, row -> (Token) AccessFrames.object(AccessFrames.frame(row)));
  }

  /** What only a snapshot holds; it has the same frames for the rest. */
  @Test
  void inSnapshots() throws Exception {
    comesBack(LockDelay.class, row -> Rows.lockDelay(Rows.frame("key", row)));
    comesBack(AutopilotConfig.class, row -> Rows.autopilot(Rows.frame(row)));
  }

  /** A command leaves indexes out, since they are made where it is applied. */
  @Test
  void inCommands() throws Exception {
    Node node = EveryField.full(Node.class).at(0, 0);
    comesBack(
        Service.class,
        row -> {
          Command.Register sent = new Command.Register(node, false, row.at(0, 0), List.of());
          Command.Register came = (Command.Register) Commands.decode(Commands.encode(sent));
          return came.service().at(row.createIndex(), row.modifyIndex());
        });
    comesBack(
        Check.class,
        row -> {
          Command.Register sent = new Command.Register(node, false, null, List.of(row.at(0, 0)));
          Command.Register came = (Command.Register) Commands.decode(Commands.encode(sent));
          return came.checks().get(0).at(row.createIndex(), row.modifyIndex());
        });
  }

  @Test
  void inTransactions() throws Exception {
    comesBack(
        Service.class,
        row -> {
          Command.Txn came = trip(new TxnOp.OnService(TxnOp.Verb.SET, row.at(0, 7)));
          return ((TxnOp.OnService) came.ops().get(0))
              .service()
              .at(row.createIndex(), row.modifyIndex());
        });
    comesBack(
        Check.class,
        row -> {
          Command.Txn came = trip(new TxnOp.OnCheck(TxnOp.Verb.SET, row.at(0, 7)));
          return ((TxnOp.OnCheck) came.ops().get(0))
              .check()
              .at(row.createIndex(), row.modifyIndex());
        });
  }

  private static Command.Txn trip(TxnOp op) throws Exception {
    return (Command.Txn) Commands.decode(Commands.encode(new Command.Txn(List.of(op))));
  }
}
