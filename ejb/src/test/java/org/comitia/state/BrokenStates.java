package org.comitia.state;

import java.util.Map;
import org.pcollections.TreePMap;

/** State machines with one rule broken, for the tests that show that it is missed. */
public final class BrokenStates {
  private BrokenStates() {}

  /** Restores rows and indexes as they were archived. */
  public static StateMachine keepingIndexes(StateVersion loaded) {
    return new StateMachine(
        loaded,
        StateMachine.DEFAULT_WATCH_LIMIT,
        new Restoring() {
          @Override
          Tables replacing(Tables archived, Tables now, long index) {
            TreePMap<String, Long> indexes = archived.indexes();
            for (Map.Entry<String, Long> one : now.indexes().entrySet()) {
              if (Indexes.isOfLevel(one.getKey())) {
                indexes = indexes.plus(one.getKey(), one.getValue());
              }
            }
            return new Tables(
                archived.nodes(),
                archived.services(),
                archived.checks(),
                archived.kv(),
                archived.tombstones(),
                indexes,
                archived.sessions(),
                archived.lockDelays(),
                archived.preparedQueries(),
                archived.coordinates(),
                archived.autopilot(),
                archived.access());
          }
        });
  }
}
