package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Forwarded.SnapshotAnswer;
import org.comitia.cluster.Forwarded.SnapshotRequest;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.StateDigest;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;
import org.comitia.wire.SnapshotAssembly;
import org.junit.jupiter.api.Test;

/** What a server gives others of its state, and for how long. */
class SnapshotSourceTest {
  private static final byte[] FIRST = {};
  private static final int CHUNK_BYTES = 100;

  private final StateMachine state = new StateMachine(StateVersion.EMPTY);
  private final Applier applier = applier(new UUID(5, 5));
  private long now = 1_000;
  private long logBase;
  private long confirmedAt;
  private final SnapshotSource source = source(applier);
  private long written;

  private Applier applier(UUID cluster) {
    return new Applier(
        state,
        Comparisons.none(),
        FeatureLevel.KNOWN,
        new CatalogStore.Point(0, 0, cluster, Configuration.EMPTY, 0),
        new AppliedIndex(0),
        new PendingWrites(Runnable::run),
        Runnable::run,
        why -> {});
  }

  private SnapshotSource source(Applier of) {
    return new SnapshotSource(
        of::view, Runnable::run, () -> logBase, () -> confirmedAt, () -> now, CHUNK_BYTES);
  }

  private void write(int count) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      written++;
      Command put = new Command.KvPut("key" + written, new byte[30], 0, null);
      entries.add(new Entry(written, 1, Entry.Kind.COMMAND, Commands.encode(put)));
    }
    applier.submit(entries);
    applier.step();
  }

  private SnapshotAnswer ask(long index, byte[] cursor) {
    CompletableFuture<SnapshotAnswer> answer =
        source.answer(new SnapshotRequest(0, index, cursor)).toCompletableFuture();
    applier.step();
    return answer.getNow(null);
  }

  /** The index of a new snapshot that somebody begins to fetch. */
  private long begin() {
    now += TimeUnit.SECONDS.toNanos(31);
    return ask(0, FIRST).point().appliedIndex();
  }

  private static void isRefused(SnapshotAnswer answer) {
    assertThat(answer.point()).isNull();
    assertThat(answer.refusal()).startsWith("COM3030: ");
  }

  @Test
  void theChunksAreTheStateThatTheFirstOneWasOf() throws Exception {
    write(20);
    StateVersion then = state.version();
    SnapshotAnswer answer = ask(0, FIRST);
    SnapshotAssembly assembly = new SnapshotAssembly();
    byte[] cursor = FIRST;
    int chunks = 1;
    while (answer.next().length > 0) {
      assertThat(answer.checksum())
          .isEqualTo(SnapshotSource.checksum(20, cursor, answer.rows(), answer.next()));
      assertThat(answer.digest()).isEmpty();
      assembly.add(answer.rows());
      cursor = answer.next();
      write(1); // which is no part of it
      answer = ask(20, answer.next());
      assertThat(answer.point().appliedIndex()).isEqualTo(20);
      chunks++;
    }
    assembly.add(answer.rows());
    assertThat(chunks).isGreaterThan(5);
    assertThat(answer.digest()).isEqualTo(StateDigest.of(then));
    assertThat(StateDigest.of(assembly.finish(20))).isEqualTo(StateDigest.of(then));
  }

  @Test
  void fourAreKeptAndTheOneThatWasAskedForLongestAgoIsLetGo() {
    List<Long> begun = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      write(1);
      begun.add(begin());
    }
    assertThat(begun).containsExactly(1L, 2L, 3L, 4L);
    assertThat(ask(1, FIRST).point()).isNotNull(); // so 2 is the one
    write(1);
    begin();
    isRefused(ask(2, FIRST));
    for (long kept : new long[] {1, 3, 4, 5}) {
      assertThat(ask(kept, FIRST).point().appliedIndex()).isEqualTo(kept);
    }
  }

  @Test
  void whoBeginsSoonAfterAnotherOneGetsTheSame() {
    write(1);
    begin();
    write(5);
    now += TimeUnit.SECONDS.toNanos(30) - 1;
    assertThat(ask(0, FIRST).point().appliedIndex()).isEqualTo(1);
    now += 1;
    assertThat(ask(0, FIRST).point().appliedIndex()).isEqualTo(6);
  }

  /** Whoever differs takes only what was looked at since. */
  @Test
  void notOneFromBeforeTheStateWasComparedAgain() {
    write(3);
    long first = ask(0, FIRST).point().appliedIndex();
    write(1);
    confirmedAt = written;
    assertThat(ask(0, FIRST).point().appliedIndex()).isEqualTo(first + 1);
  }

  @Test
  void notOneThatTheOwnLogDoesNotLeadOnFrom() {
    write(1);
    begin();
    write(5);
    logBase = 2;
    assertThat(ask(0, FIRST).point().appliedIndex()).isEqualTo(6);
  }

  @Test
  void whoAsksOnAndOnHoldsTheLogForAQuarterOfAnHourAndTheStateForTwo() {
    write(1);
    begin();
    for (int minute = 0; minute < 14; minute++) {
      now += TimeUnit.MINUTES.toNanos(1);
      ask(1, FIRST);
      source.forgetIdle();
      assertThat(source.oldestIndex()).isEqualTo(1);
    }
    for (int minute = 14; minute < 119; minute++) {
      now += TimeUnit.MINUTES.toNanos(1);
      assertThat(ask(1, FIRST).point()).isNotNull();
      source.forgetIdle();
      assertThat(source.oldestIndex()).isEqualTo(Long.MAX_VALUE);
    }
    now += TimeUnit.MINUTES.toNanos(1);
    source.forgetIdle();
    isRefused(ask(1, FIRST));
  }

  @Test
  void whatNobodyAsksAboutForThreeMinutesIsLetGo() {
    write(1);
    begin();
    write(1);
    begin();
    now += TimeUnit.MINUTES.toNanos(2);
    ask(1, FIRST);
    now += TimeUnit.MINUTES.toNanos(1) - 1;
    source.forgetIdle();
    assertThat(source.oldestIndex()).isEqualTo(1);
    assertThat(ask(2, FIRST).point()).isNotNull();
    now += TimeUnit.MINUTES.toNanos(2) + 1;
    source.forgetIdle();
    isRefused(ask(1, FIRST));
    assertThat(source.oldestIndex()).isEqualTo(2);
    now += TimeUnit.MINUTES.toNanos(1);
    source.forgetIdle();
    isRefused(ask(2, FIRST));
    assertThat(source.oldestIndex()).isEqualTo(Long.MAX_VALUE);
  }

  /** Up to there the log may be cut, whoever was asked for last. */
  @Test
  void theOldestIndexIsTheLowestOfThoseThatAreKept() {
    assertThat(source.oldestIndex()).isEqualTo(Long.MAX_VALUE);
    write(3);
    begin();
    write(4);
    begin();
    assertThat(source.oldestIndex()).isEqualTo(3);
    ask(3, FIRST);
    assertThat(source.oldestIndex()).isEqualTo(3);
  }

  @Test
  void whatIsNotThereIsRefused() {
    isRefused(ask(7, FIRST));
    write(1);
    isRefused(ask(1, FIRST)); // nobody has begun with it
    begin();
    isRefused(ask(1, new byte[] {1, 2, 3}));
    now += TimeUnit.SECONDS.toNanos(31);
    applier.close();
    isRefused(ask(0, FIRST));
  }

  @Test
  void aServerOfNoClusterHasNone() {
    Applier empty = applier(null);
    CompletableFuture<SnapshotAnswer> answer =
        source(empty).answer(new SnapshotRequest(0, 0, FIRST)).toCompletableFuture();
    empty.step();
    isRefused(answer.getNow(null));
  }
}
