package org.comitia.it.chaos;

import java.util.HashMap;
import java.util.Map;

/**
 * A few keys that are read, compared and written together: a register with reads, writes and
 * compare-and-set when it is one, a transaction when there are more. A key that is missing has the
 * value "".
 */
final class KeysModel implements Model<Map<String, String>> {
  @Override
  public Map<String, String> initial() {
    return Map.of();
  }

  @Override
  public Map<String, String> after(Map<String, String> state, Operation operation) {
    boolean holds = has(state, operation.expected());
    if (operation.outcome() == Operation.Outcome.DECLINED) {
      return holds ? null : state;
    }
    if (!holds || !has(state, operation.seen())) {
      return null;
    }
    if (operation.written().isEmpty()) {
      return state;
    }
    Map<String, String> next = new HashMap<>(state);
    next.putAll(operation.written());
    return Map.copyOf(next);
  }

  private static boolean has(Map<String, String> state, Map<String, String> values) {
    return values.entrySet().stream()
        .allMatch(value -> state.getOrDefault(value.getKey(), "").equals(value.getValue()));
  }
}
