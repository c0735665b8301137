package org.comitia.consensus;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster.RestoreAnswer;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.log.LogLine;
import org.comitia.snapshot.ArchiveFormat;
import org.comitia.snapshot.ArchiveReader;
import org.comitia.snapshot.DamagedArchiveException;
import org.comitia.snapshot.Manifest;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.CommandRules;
import org.comitia.state.References;
import org.comitia.state.Restoring;
import org.comitia.state.StateDigest;
import org.comitia.state.StateLimit;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.wire.Commands;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.SnapshotAssembly;

/**
 * Restores archives, by commands of the log: reads a file twice, once to check all of it, for which
 * its state is put together, once to send its parts, each when the one before it is applied. A part
 * whose outcome is unknown is sent again, which changes nothing if it came; the last step is not.
 * One at a time, on a thread of the lane for what blocks. Safe for any thread.
 */
final class ArchiveRestore {
  private static final Logger LOG = Logger.getLogger("raft.snapshot");

  /** How long a step is tried, while there is no leader or it has too much to do. */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final String NO_LEADER =
      "COM3058: the restoration was given up, nothing was changed: No cluster leader";

  private static final long PAUSE_MILLIS = 200;
  private static final int EXCERPT = 1_024;

  /** It goes into the log, and by a write-ahead log as long as itself into the tables. */
  private static final int COPIES = 3;

  private static final String UNEXPECTED = "COM3081: restoring met what nobody expected";
  private static final RestoreAnswer BROKEN = RestoreAnswer.failed(Failure.REFUSED, UNEXPECTED);

  private final BiFunction<Caller, Command, CompletionStage<WriteOutcome>> writes;
  private final StateMachine state;
  private final StateRoom room;
  private final LongSupplier usable;
  private final long reserve;
  private final Executor blocking;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean stopping;

  /** What the first reading finds. */
  private static final class Found {
    private final SnapshotAssembly rows = new SnapshotAssembly();
    private Manifest manifest;
    private long parts;
    private long bytes;
    private long unpacked;
    private String refusal;
  }

  /** Nothing was restored; why. */
  private static final class GivenUp extends Exception {
    private static final long serialVersionUID = 1L;
    private final Failure failure;

    GivenUp(Failure failure, String message) {
      super(message, null, false, false);
      this.failure = failure;
    }
  }

  /**
   * @param writes the way to the leader
   * @param state this server's
   * @param room for the archive's state beside this one
   * @param usable how many bytes the stores' disks have left
   * @param reserve of these stay free
   * @param blocking the lane for what blocks
   */
  ArchiveRestore(
      BiFunction<Caller, Command, CompletionStage<WriteOutcome>> writes,
      StateMachine state,
      StateRoom room,
      LongSupplier usable,
      long reserve,
      Executor blocking) {
    this.writes = writes;
    this.state = state;
    this.room = room;
    this.usable = usable;
    this.reserve = reserve;
    this.blocking = blocking;
  }

  /** See {@link org.comitia.cluster.Cluster#restore}. */
  CompletionStage<RestoreAnswer> restore(Caller caller, Path archive) {
    CompletableFuture<RestoreAnswer> answer = new CompletableFuture<>();
    if (!busy.compareAndSet(false, true)) {
      answer.complete(
          RestoreAnswer.failed(
              Failure.OVERLOADED,
              "COM4051: an archive is being restored by this agent: wait for its end"));
      return answer;
    }
    try {
      blocking.execute(
          () -> {
            RestoreAnswer made = BROKEN;
            try {
              made = made(caller, archive);
            } finally { // even without memory to say why
              busy.set(false);
              answer.complete(made);
            }
          });
    } catch (RejectedExecutionException full) {
      busy.set(false);
      answer.complete(
          RestoreAnswer.failed(
              Failure.OVERLOADED, "COM3080: no thread is free to restore: try again later"));
    }
    return answer;
  }

  /** This server is about to stop: nothing is tried again. Returns at once. */
  void end() {
    stopping = true;
  }

  private RestoreAnswer made(Caller caller, Path archive) {
    String id = UUID.randomUUID().toString();
    Found found = null;
    try {
      found = checked(archive);
      long index = restored(caller, archive, id, found);
      LOG.info("archive restored: id=" + id + " index=" + index);
      return new RestoreAnswer(index, null, "");
    } catch (GivenUp why) {
      return failed(id, found, why.failure, why.getMessage());
    } catch (IOException e) {
      return failed(
          id, found, Failure.REFUSED, LogLine.excerpt(String.valueOf(e.getMessage()), EXCERPT));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(
          id,
          found,
          Failure.UNAVAILABLE,
          "COM3058: the restoration was given up, nothing was changed: this agent stops");
    } catch (RuntimeException | Error e) { // whoever asked waits for an answer
      String why = UNEXPECTED + ": " + LogLine.excerpt(String.valueOf(e), EXCERPT);
      LOG.log(Level.WARNING, notRestored(id, why), e);
      return RestoreAnswer.failed(Failure.REFUSED, why);
    }
  }

  /** Of a file that was refused, the line of its request says enough. */
  private static RestoreAnswer failed(String id, Found found, Failure failure, String why) {
    LOG.log(found == null ? Level.FINE : Level.WARNING, notRestored(id, why));
    return RestoreAnswer.failed(failure, why);
  }

  private static String notRestored(String id, String why) {
    return "COM3059: an archive was not restored: id=" + id + " why=\"" + why + "\"";
  }

  /** Nothing is proposed before all of it is read and known to be whole and to have room. */
  private Found checked(Path archive) throws IOException, GivenUp {
    Found found = new Found();
    try {
      found.manifest = read(archive, chunk -> look(chunk, found));
    } catch (IOException e) {
      if (found.refusal != null) {
        throw new GivenUp(Failure.REFUSED, found.refusal);
      }
      throw e;
    }
    StateVersion archived = found.rows.finish(found.manifest.index());
    if (!StateDigest.of(archived).equals(found.manifest.digest())) {
      throw new GivenUp(
          Failure.REFUSED,
          "COM3054: the rows are not those that were archived, their digest is another one: nothing"
              + " was changed");
    }
    String broken = References.broken(archived.tables());
    if (broken != null) {
      throw new GivenUp(
          Failure.REFUSED,
          "COM3065: the archive's rows do not belong together, "
              + broken
              + ": nothing was changed");
    }
    requireDisk(found.unpacked);
    return found;
  }

  private void look(byte[] chunk, Found found) throws IOException {
    Tables rows = rows(chunk);
    requireFits(rows);
    found.bytes += rows.bytes();
    found.unpacked += chunk.length;
    found.parts++;
    found.refusal = refusal(rows, found.bytes);
    if (found.refusal != null) {
      throw new IOException(found.refusal); // read no further
    }
    try {
      found.rows.add(chunk);
    } catch (MalformedFrameException e) {
      throw new DamagedArchiveException(ArchiveFormat.STATE, e.getMessage());
    }
  }

  /** Why no more of it is read; null when it may be. */
  private String refusal(Tables rows, long bytes) {
    if (stopping) {
      return "COM3058: the restoration was given up, nothing was changed: this agent stops";
    } else if (state.restoring() != null) {
      return StateRoom.ANOTHER;
    }
    String excess = CommandRules.excess(new Command.RestoreRows("", 0, rows));
    excess = excess == null ? MeshTexts.excess(rows) : excess;
    return excess == null
        ? room.refusal(bytes, state.version())
        : "COM3067: the archive has a row that no command would bring, nothing was changed: "
            + excess;
  }

  /** It goes into the log and the tables. */
  private void requireDisk(long unpacked) throws GivenUp {
    long free = usable.getAsLong();
    if (COPIES * unpacked > free - reserve) {
      throw new GivenUp(
          Failure.REFUSED,
          "COM3066: the disk has no room for the archive: it needs "
              + StateLimit.text(COPIES * unpacked)
              + ", and "
              + StateLimit.text(free)
              + " are free, of which "
              + StateLimit.text(reserve)
              + " stay so (comitia.disk-reserve): nothing was changed; each server needs as much");
    }
  }

  /** A chunk is longer than others when it is one long row. */
  private static void requireFits(Tables rows) throws IOException {
    try {
      Commands.encode(new Command.RestoreRows(new UUID(0, 0).toString(), Long.MAX_VALUE, rows));
    } catch (IllegalArgumentException tooLong) {
      throw new IOException(
          "COM3061: the archive has a row that is too long to be restored, nothing was changed: "
              + tooLong.getMessage());
    }
  }

  private static Manifest read(Path archive, ArchiveReader.Chunks chunks) throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive))) {
      return ArchiveReader.read(file, chunks).manifest();
    }
  }

  /** The sums fit, or are yet to be compared: in both cases it is no archive of ours. */
  private static Tables rows(byte[] chunk) throws IOException {
    try {
      return SnapshotAssembly.rows(chunk);
    } catch (MalformedFrameException e) {
      throw new DamagedArchiveException(ArchiveFormat.STATE, e.getMessage());
    }
  }

  /** Returns the index of the last step's entry. */
  private long restored(Caller caller, Path archive, String id, Found found)
      throws IOException, GivenUp, InterruptedException {
    Manifest manifest = found.manifest;
    Command.RestoreBegin begin =
        new Command.RestoreBegin(id, manifest.level(), found.parts, found.bytes);
    boolean done = false;
    try {
      step(caller, begin);
      sendParts(caller, archive, id);
      long index = step(caller, new Command.RestoreCommit(id));
      done = true;
      return index;
    } finally {
      if (!done) {
        writes.apply(caller, new Command.RestoreAbort(id)); // else the leader does, in a minute
      }
    }
  }

  private void sendParts(Caller caller, Path archive, String id)
      throws IOException, GivenUp, InterruptedException {
    long[] sequence = {0};
    Exception[] failed = {null};
    try {
      read(
          archive,
          chunk -> {
            try {
              step(caller, new Command.RestoreRows(id, sequence[0]++, rows(chunk)));
            } catch (GivenUp | InterruptedException e) {
              failed[0] = e;
              throw new IOException(e);
            }
          });
    } catch (IOException e) {
      if (failed[0] instanceof GivenUp why) {
        throw why;
      } else if (failed[0] instanceof InterruptedException interrupted) {
        throw interrupted;
      }
      throw e;
    }
  }

  /** Until it is applied; returns its entry's index. */
  private long step(Caller caller, Command.Restoration step) throws GivenUp, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      WriteOutcome outcome = outcome(caller, step);
      if (outcome instanceof WriteOutcome.Applied applied) {
        if (applied.result() instanceof CommandResult.Failed failed) {
          throw new GivenUp(Failure.REFUSED, failed.message());
        }
        return applied.index();
      }
      boolean over = stopping || System.nanoTime() - until >= 0;
      if (outcome instanceof WriteOutcome.NotApplied not) {
        if (over || not.failure() == Failure.REFUSED || not.failure() == Failure.DENIED) {
          throw new GivenUp(
              not.failure(), not.failure() == Failure.NO_LEADER ? NO_LEADER : not.message());
        }
      } else if (step instanceof Command.RestoreCommit) {
        return awaited(step.id(), (WriteOutcome.Unknown) outcome);
      } else if (over) {
        throw new GivenUp(
            Failure.REFUSED,
            "COM3058: the restoration was given up, nothing was changed: "
                + ((WriteOutcome.Unknown) outcome).message());
      }
      Thread.sleep(PAUSE_MILLIS); // bounded by PATIENCE
    }
  }

  /** Nobody has told what became of the last step: this server sees it when it applies it. */
  private long awaited(String id, WriteOutcome.Unknown outcome)
      throws GivenUp, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!stopping && System.nanoTime() - until < 0) {
      Restoring.Ended seen = state.restored();
      if (seen != null && seen.id().equals(id)) {
        if (seen.refusal() != null) {
          throw new GivenUp(Failure.REFUSED, seen.refusal());
        }
        return seen.index();
      }
      Thread.sleep(PAUSE_MILLIS); // bounded by PATIENCE
    }
    throw new GivenUp(
        Failure.REFUSED,
        "COM3060: nobody knows whether the archive was restored, as a whole or not at all: look at"
            + " the state before you restore it again: "
            + outcome.message());
  }

  private WriteOutcome outcome(Caller caller, Command step) throws InterruptedException {
    try {
      return writes.apply(caller, step).toCompletableFuture().get();
    } catch (ExecutionException e) {
      return new WriteOutcome.Unknown(String.valueOf(e.getCause()));
    }
  }
}
