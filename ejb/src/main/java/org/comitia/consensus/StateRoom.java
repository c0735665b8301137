package org.comitia.consensus;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.logging.Logger;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandRules;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Restoring;
import org.comitia.state.StateLimit;
import org.comitia.state.StateVersion;

/**
 * What a leader looks at before it proposes: whether a command is within its bounds, and whether
 * the state has room for it. Safe for any thread.
 */
final class StateRoom {
  private static final Logger LOG = Logger.getLogger("consul.fsm");

  /** What a part takes at least but for a few of an archive, which has some 256 KiB in each. */
  private static final long LEAST_PART_BYTES = 16 << 10;

  private static final long SPARE_PARTS = 64;

  /** Why an archive is not restored while another one is. */
  static final String ANOTHER =
      "COM3064: another archive is being restored: wait for its end; one that stands still is given"
          + " up after a minute";

  private final StateLimit limit;
  private final long memory;
  private final Function<Command, String> disk;
  private final AtomicLong underWay = new AtomicLong();
  private boolean near; // whoever looks

  /**
   * @param memory how many bytes states may take beside each other
   */
  StateRoom(StateLimit limit, long memory) {
    this(limit, memory, command -> "");
  }

  /**
   * The same.
   *
   * @param disk why the disk has no room for a command; empty when it has
   */
  StateRoom(StateLimit limit, long memory, Function<Command, String> disk) {
    this.limit = limit;
    this.memory = memory;
    this.disk = disk;
  }

  StateLimit limit() {
    return limit;
  }

  /**
   * Why a command is not proposed; null when it may be.
   *
   * @param encoded its bytes
   * @param restoring what is being restored; null for nothing
   */
  WriteOutcome refusal(
      Command command, int encoded, StateVersion version, Restoring.Progress restoring) {
    if (command instanceof Command.RaiseLevel) { // it proposes that itself, when all know the level
      return new WriteOutcome.NotApplied(Failure.REFUSED, "only the leader raises feature levels");
    }
    if (command instanceof Command.CompareDigest) {
      return new WriteOutcome.NotApplied(Failure.REFUSED, "only the leader compares states");
    }
    String early = CommandRules.levelRefusal(command, version.level());
    if (early != null) {
      return new WriteOutcome.NotApplied(Failure.REFUSED, early);
    }
    String excess = CommandRules.excess(command);
    if (excess != null) {
      return new WriteOutcome.NotApplied(Failure.REFUSED, excess);
    }
    String noRoom = disk.apply(command);
    if (!noRoom.isEmpty()) {
      return new WriteOutcome.NotApplied(Failure.OVERLOADED, noRoom);
    }
    if (command instanceof Command.Restoration step) {
      if (isAhead(step, restoring)) {
        return new WriteOutcome.NotApplied(
            Failure.OVERLOADED, "a part of an archive came before the one before it was applied");
      }
      String why = refusal(step, version, restoring);
      return why == null ? null : new WriteOutcome.NotApplied(Failure.REFUSED, why);
    }
    String full = limit.refusal(command, encoded, version, underWay.get());
    return full == null ? null : new WriteOutcome.NotApplied(Failure.OVERLOADED, full);
  }

  private String refusal(
      Command.Restoration step, StateVersion version, Restoring.Progress restoring) {
    if (version.level() < FeatureLevel.RESTORE) {
      return Restoring.NOT_YET;
    }
    if (step instanceof Command.RestoreBegin begin) {
      if (restoring != null && !restoring.id().equals(step.id())) {
        return ANOTHER;
      }
      return begin.parts() < 1 || begin.parts() > SPARE_PARTS + begin.bytes() / LEAST_PART_BYTES
          ? "COM3053: the parts are not as they were announced, or more than rows need"
          : refusal(begin.bytes(), version);
    }
    if (restoring == null || !restoring.id().equals(step.id())) {
      return null; // applying it changes nothing
    } else if (step instanceof Command.RestoreRows part) {
      return refusal(part, restoring);
    }
    // What is there has perhaps grown since the first step.
    return step instanceof Command.RestoreCommit ? refusal(restoring.bytes(), version) : null;
  }

  /** The parts are bounded by what the first step has said. */
  private static String refusal(Command.RestoreRows part, Restoring.Progress restoring) {
    return part.sequence() == restoring.parts()
            && restoring.bytes() + part.rows().bytes() > restoring.most()
        ? "COM3053: the parts are not as they were announced, one is larger"
        : null;
  }

  /** Whether it is measured only when what comes before it is applied. */
  private static boolean isAhead(Command.Restoration step, Restoring.Progress restoring) {
    return step instanceof Command.RestoreRows part
        && restoring != null
        && restoring.id().equals(part.id())
        && part.sequence() > restoring.parts();
  }

  /**
   * Why an archive is not restored; null when there is room for it. Until it is restored there are
   * its rows, those that come of them, and the state that is there.
   *
   * @param bytes {@link org.comitia.state.Tables#bytes()} of its rows
   */
  String refusal(long bytes, StateVersion version) {
    String takes = "its state takes " + StateLimit.text(Math.max(0, bytes));
    if (bytes < 0 || bytes > limit.bytes()) {
      return "COM3055: the archive is too large: "
          + takes
          + ", and "
          + StateLimit.text(limit.bytes())
          + " are allowed (comitia.state-limit): nothing was changed; give the servers more memory";
    }
    return version.bytes() + 2 * bytes <= memory
        ? null
        : "COM3056: there is no room for the archive: "
            + takes
            + ", the one that is there "
            + StateLimit.text(version.bytes())
            + ", and while it is restored this and twice that are in memory ("
            + StateLimit.text(memory)
            + " for all): nothing was changed; give the servers more memory (-Xmx)";
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
