package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.comitia.raft.Entry;
import org.comitia.raft.Message;
import org.comitia.raft.Persist;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.Ready;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.junit.jupiter.api.Test;

/** Up to where a log is cut, by the number of its entries and by their bytes. */
class LogKeepingTest {
  private static final ServerId LEADER = new ServerId(new UUID(1, 1), new UUID(1, 2));
  private static final ServerId FOLLOWER = new ServerId(new UUID(2, 1), new UUID(2, 2));
  private static final int MEBI = 1 << 20;
  private static final LogKeeping FEW = new LogKeeping(10, 20, Duration.ofSeconds(30));
  private static final LogKeeping MANY = new LogKeeping(10_000, 10_000, Duration.ofSeconds(30));

  private final RaftCore core =
      new RaftCore(FOLLOWER, RaftOptions.withMultiplier(1), StoredLog.EMPTY, new Random(1), 0);

  /** Committed, synced and applied. */
  private void append(int count, int bytes) {
    byte[] data = new byte[bytes];
    for (int i = 0; i < count; i++) {
      long last = core.lastIndex();
      Entry next = new Entry(last + 1, 1, Entry.Kind.COMMAND, data);
      core.receive(
          LEADER,
          new Message.AppendRequest(1, last, last == 0 ? 0 : 1, List.of(next), last + 1, 0),
          0);
      carryOut();
    }
  }

  private void carryOut() {
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      for (Persist persist : ready.persists()) {
        core.synced(persist.sequence(), 0);
      }
      for (Entry entry : ready.committed()) {
        core.applied(entry.index());
      }
    }
  }

  /** Nobody goes on from a snapshot. */
  private static final long NOBODY = Long.MAX_VALUE;

  private void cut(long upTo) {
    core.cut(upTo, 0);
    carryOut();
    assertThat(core.base().index()).isEqualTo(upTo);
  }

  @Test
  void theTrailingEntriesStayBeforeWhatIsSaved() {
    append(100, 10);
    assertThat(FEW.cutAt(core, 100, NOBODY, true)).isEqualTo(90);
    assertThat(FEW.cutAt(core, 60, NOBODY, true)).isEqualTo(50);
  }

  @Test
  void fewerThanTheThresholdAreNotCut() {
    append(100, 10);
    assertThat(FEW.cutAt(core, 29, NOBODY, true)).isZero();
    assertThat(FEW.cutAt(core, 30, NOBODY, true)).isEqualTo(20);
    cut(50);
    assertThat(FEW.cutAt(core, 79, NOBODY, true)).isEqualTo(50);
    assertThat(FEW.cutAt(core, 80, NOBODY, true)).isEqualTo(70);
  }

  @Test
  void beforeTheIntervalIsOverNothingIsCutByCount() {
    append(100, 10);
    assertThat(FEW.cutAt(core, 100, NOBODY, false)).isZero();
  }

  @Test
  void whatIsSavedBeforeTheLogBeginsCutsNothing() {
    append(100, 10);
    cut(50);
    assertThat(FEW.cutAt(core, 20, NOBODY, true)).isLessThanOrEqualTo(50);
    assertThat(FEW.cutAt(core, 0, NOBODY, true)).isLessThanOrEqualTo(50);
  }

  @Test
  void aLogOfTooManyBytesIsCutAtOnceToHalfOfThem() {
    append(127, MEBI);
    assertThat(MANY.cutAt(core, 127, NOBODY, false)).isZero();
    append(73, MEBI);
    long at = MANY.cutAt(core, 200, NOBODY, false);
    assertThat(at).isBetween(134L, 137L); // 64 of 200, to about a mebibyte
    assertThat(MANY.cutAt(core, 100, NOBODY, false)).as("what is not saved stays").isEqualTo(100);
    cut(at);
    assertThat(MANY.cutAt(core, 200, NOBODY, false)).isEqualTo(at);
  }

  /** A large log is not kept for its few entries, nor many entries for their few bytes. */
  @Test
  void theFurtherOfBothRulesCounts() {
    append(200, MEBI);
    LogKeeping most = new LogKeeping(150, 20, Duration.ofSeconds(30));
    LogKeeping least = new LogKeeping(5, 20, Duration.ofSeconds(30));
    assertThat(most.cutAt(core, 200, NOBODY, true)).isBetween(134L, 137L);
    assertThat(least.cutAt(core, 200, NOBODY, true)).isEqualTo(195);
  }

  @Test
  void whoeverGoesOnFromASnapshotNeedsTheLogBehindIt() {
    append(100, 10);
    assertThat(FEW.cutAt(core, 100, 40, true)).isEqualTo(40);
    assertThat(FEW.cutAt(core, 100, 95, true)).isEqualTo(90);
  }

  @Test
  void aLogThatHasGrownByAGibibyteWaitsForNobody() {
    append(1_023, MEBI);
    assertThat(MANY.cutAt(core, 1_023, 1, true)).isEqualTo(1);
    append(3, MEBI);
    assertThat(MANY.cutAt(core, 1_026, 1, true)).isGreaterThan(900);
  }
}
