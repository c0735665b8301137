package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NaiveComparisonTest {
  @ParameterizedTest
  @ValueSource(longs = {101, 102, 103, 104, 105, 106, 107, 108, 109, 110})
  void everyResultAndEveryAnswerIsThatOfTheNaiveState(long seed) {
    RandomCommands random = new RandomCommands(seed);
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    NaiveState naive = new NaiveState();
    for (long index = 1; index <= 1_500; index++) {
      Command command = random.next(index);
      CommandResult result = machine.apply(index, command);
      Object shown =
          result instanceof CommandResult.Done done
              ? (Object) done.value()
              : result instanceof CommandResult.TxnDone txn
                  ? NaiveState.text(txn.outcome())
                  : ((CommandResult.Failed) result).message();
      assertThat(shown).as("%s at %d", command, index).isEqualTo(naive.apply(index, command));
      assertThat(machine.version().autopilot()).isEqualTo(naive.autopilot());
      for (int i = 0; i < 6; i++) {
        Query<?> query = i == 0 ? random.reads(index) : random.query();
        assertThat(text(Queries.evaluate(query, machine.version())))
            .as("%s after %s at %d", query, command, index)
            .isEqualTo(naive.ask(query));
      }
    }
  }

  private static String text(QueryResult result) {
    List<?> content;
    if (result instanceof QueryResult.KvEntryResult r) {
      content = r.entry() == null ? List.of() : List.of(NaiveState.text(r.entry()));
    } else if (result instanceof QueryResult.KvEntries r) {
      content = r.entries().stream().map(NaiveState::text).toList();
    } else if (result instanceof QueryResult.KvKeyList r) {
      content = r.keys();
    } else if (result instanceof QueryResult.NodeList r) {
      content = r.nodes();
    } else if (result instanceof QueryResult.NodeWithServices r) {
      content = r.node() == null ? List.of() : List.of(r.node(), r.services());
    } else if (result instanceof QueryResult.ServiceNames r) {
      content =
          r.tagsByName().entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    } else if (result instanceof QueryResult.Instances r) {
      content = r.instances();
    } else if (result instanceof QueryResult.HealthInstances r) {
      content = r.instances();
    } else if (result instanceof QueryResult.NodeDumps r) {
      content = r.nodes();
    } else if (result instanceof QueryResult.SessionList r) {
      content = r.sessions();
    } else if (result instanceof QueryResult.PreparedQueryList r) {
      content = r.queries();
    } else if (result instanceof QueryResult.CoordinateList r) {
      content = r.coordinates();
    } else if (result instanceof QueryResult.AccessObjects r) {
      content = NaiveAccess.text(r.objects(), r.names());
    } else if (result instanceof QueryResult.TxnRows r) {
      return r.index() + " " + NaiveState.text(r.outcome());
    } else {
      content = ((QueryResult.Checks) result).checks();
    }
    return result.index() + " " + content;
  }
}
