package org.comitia.consensus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.comitia.cluster.LogStore;
import org.comitia.raft.LogBase;
import org.comitia.raft.LogRead;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;
import org.comitia.raft.participant.Participant;

/** A server's real log writer without its thread: the simulation steps it. */
public final class SteppedLog {
  private static final long TAIL_BYTES = 4_000;

  private final LogWriter writer;
  private final LogReads reads;
  private List<Consumer<Participant>> reports = new ArrayList<>();
  private List<Consumer<Participant>> answers = new ArrayList<>();

  /**
   * @param clock the server's monotonic one, nanoseconds
   * @param tables what the saved tables hold and the log may be cut behind
   * @param failed told when the store counts as failed from now on
   */
  public SteppedLog(LogStore store, LongSupplier clock, Supplier<LogBase> tables, Runnable failed) {
    writer =
        new LogWriter(
            store,
            TAIL_BYTES,
            new LogWriter.Reports() {
              @Override
              public void synced(long sequence) {
                reports.add(participant -> participant.synced(sequence, clock.getAsLong()));
              }

              @Override
              public void recordSynced(long sequence) {
                reports.add(participant -> participant.recordSynced(sequence, clock.getAsLong()));
              }

              @Override
              public void failed(Exception cause) {
                failed.run();
                reports.add(participant -> participant.storeFailed(clock.getAsLong()));
              }

              @Override
              public void reopened(StoredLog stored) {
                reports.add(participant -> participant.storeReopened(stored, clock.getAsLong()));
              }

              @Override
              public void notReopened() {
                reports.add(participant -> participant.storeNotReopened(clock.getAsLong()));
              }
            },
            () -> "",
            tables);
    reads =
        new LogReads(
            store,
            writer,
            (from, entries) ->
                answers.add(participant -> participant.logRead(from, entries, clock.getAsLong())));
  }

  public void write(List<Persist> persists, Map<String, byte[]> records, long recordSequence) {
    writer.write(persists, records, recordSequence);
  }

  public void read(LogRead read) {
    reads.read(read);
  }

  /** What is on the disk is wrong: the store counts as failed. */
  public void distrust(Exception cause) {
    writer.distrust(cause);
  }

  /**
   * Carries out one of the reads that were asked for, beside the log thread.
   *
   * @return what the core is to be told when the time is over that it takes, nothing when it cannot
   *     be read; null when there is none to carry out
   */
  public List<Consumer<Participant>> stepRead() {
    answers = new ArrayList<>();
    return reads.step() ? answers : null;
  }

  public void reopen(long appliedIndex) {
    writer.reopen(appliedIndex);
  }

  /**
   * Does what is queued.
   *
   * @return what the core is to be told when the time is over that it takes; null when nothing was
   *     queued and there is nothing to tell
   */
  public List<Consumer<Participant>> step() {
    reports = new ArrayList<>();
    return writer.step() || !reports.isEmpty() ? reports : null;
  }

  /** How much waits for the log thread. */
  public int queued() {
    return writer.queued();
  }
}
