package org.comitia.consensus;

import java.util.HashMap;
import java.util.Map;
import org.comitia.metrics.Metrics;
import org.comitia.metrics.Series;
import org.comitia.state.Command;

/** What writes cost, by Consul's names. Used by the apply thread. */
final class WriteFigures {
  private final Series proposed = Metrics.counter("raft.apply");
  private final Series commitTime = Metrics.sample("raft.commitTime");
  private final Map<Class<?>, Series> byCommand = new HashMap<>();

  /** A command was applied to the state. */
  void applied(Command command, long startedNanos) {
    byCommand
        .computeIfAbsent(command.getClass(), type -> Metrics.sample(name(command)))
        .addSince(startedNanos);
  }

  /** A write that this leader proposed is committed and applied. */
  void committed(PendingWrite write) {
    proposed.increment();
    commitTime.addSince(write.startedNanos);
  }

  private static String name(Command command) {
    if (command instanceof Command.Register) {
      return "fsm.register";
    } else if (command instanceof Command.Deregister) {
      return "fsm.deregister";
    }
    String type = command.getClass().getSimpleName();
    if (type.startsWith("Kv")) {
      return "fsm.kvs";
    } else if (type.startsWith("Session")) {
      return "fsm.session";
    } else if (type.startsWith("Txn")) {
      return "fsm.txn";
    } else if (type.startsWith("Query") || type.contains("PreparedQuery")) {
      return "fsm.prepared-query";
    } else if (type.startsWith("Coordinate")) {
      return "fsm.coordinate.batch-update";
    }
    return "fsm." + Character.toLowerCase(type.charAt(0)) + type.substring(1);
  }
}
