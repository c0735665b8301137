package org.comitia.consensus;

import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Logger;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandRules;
import org.comitia.state.StateLimit;
import org.comitia.state.StateVersion;

/**
 * What a leader looks at before it proposes: whether a command is within its bounds, and whether
 * the state has room for it. Safe for any thread.
 */
final class StateRoom {
  private static final Logger LOG = Logger.getLogger("consul.fsm");

  private final StateLimit limit;
  private final AtomicLong underWay = new AtomicLong();
  private boolean near; // whoever looks

  StateRoom(StateLimit limit) {
    this.limit = limit;
  }

  StateLimit limit() {
    return limit;
  }

  /**
   * Why a command is not proposed; null when it may be.
   *
   * @param encoded its bytes
   */
  WriteOutcome refusal(Command command, int encoded, StateVersion version) {
    if (command instanceof Command.RaiseLevel) { // it proposes that itself, when all know the level
      return new WriteOutcome.NotApplied(Failure.REFUSED, "only the leader raises feature levels");
    }
    String early = CommandRules.levelRefusal(command, version.level());
    if (early != null) {
      return new WriteOutcome.NotApplied(Failure.REFUSED, early);
    }
    String excess = CommandRules.excess(command);
    if (excess != null) {
      return new WriteOutcome.NotApplied(Failure.REFUSED, excess);
    }
    String full = limit.refusal(command, encoded, version, underWay.get());
    return full == null ? null : new WriteOutcome.NotApplied(Failure.OVERLOADED, full);
  }

  /** A command is about to be proposed: it counts until its outcome is known. */
  void proposed(int encoded) {
    underWay.addAndGet(encoded);
  }

  /** Its outcome is known. */
  void known(int encoded) {
    underWay.addAndGet(-encoded);
  }

  /** Warns once when the state nears its limit, on every server; one thread at a time. */
  void look(long used) {
    boolean now = limit.isNear(near ? used + limit.bytes() / 20 : used);
    if (now == near) {
      return;
    }
    near = now;
    String figures = StateLimit.text(used) + " of " + StateLimit.text(limit.bytes());
    if (near) {
      LOG.warning(
          "COM3012: the state nears its limit: "
              + figures
              + "; at the limit nothing that makes it larger is accepted: delete what is not needed,"
              + " or give the servers more memory (comitia.state-limit)");
    } else {
      LOG.info("the state is below its limit again: " + figures);
    }
  }
}
