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
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
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
import org.comitia.state.Tables;
import org.comitia.wire.Commands;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.SnapshotAssembly;

/**
 * Restores archives, by commands of the log: reads a file twice, once to check all of it, once to
 * send its parts, each when the one before it is applied. So one chunk is in memory. A part whose
 * outcome is unknown is sent again, which changes nothing if it came; the last step is not. One at
 * a time, on a thread of the lane for what blocks. Safe for any thread.
 */
final class ArchiveRestore {
  private static final Logger LOG = Logger.getLogger("raft.snapshot");

  /** How long a step is tried, while there is no leader or it has too much to do. */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final long PAUSE_MILLIS = 200;
  private static final int EXCERPT = 1_024;

  private final Function<Command, CompletionStage<WriteOutcome>> writes;
  private final Executor blocking;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean ended;

  /** What the first reading finds. */
  private static final class Found {
    private Manifest manifest;
    private long parts;
    private long bytes;
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
   * @param blocking the lane for what blocks
   */
  ArchiveRestore(Function<Command, CompletionStage<WriteOutcome>> writes, Executor blocking) {
    this.writes = writes;
    this.blocking = blocking;
  }

  /** See {@link org.comitia.cluster.Cluster#restore}. */
  CompletionStage<RestoreAnswer> restore(Path archive) {
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
            RestoreAnswer made = made(archive);
            busy.set(false);
            answer.complete(made);
          });
    } catch (RejectedExecutionException full) {
      busy.set(false);
      answer.complete(
          RestoreAnswer.failed(
              Failure.OVERLOADED, "no thread is free to restore: try again later"));
    }
    return answer;
  }

  /** This server is about to stop: nothing is tried again. Returns at once. */
  void end() {
    ended = true;
  }

  private RestoreAnswer made(Path archive) {
    String id = UUID.randomUUID().toString();
    try {
      long index = restored(archive, id, checked(archive));
      LOG.info("archive restored: id=" + id + " index=" + index);
      return new RestoreAnswer(index, null, "");
    } catch (GivenUp why) {
      return failed(id, why.failure, why.getMessage());
    } catch (IOException e) {
      return failed(id, Failure.REFUSED, LogLine.excerpt(String.valueOf(e.getMessage()), EXCERPT));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(
          id,
          Failure.UNAVAILABLE,
          "COM3058: the restoration was given up, nothing was changed: this agent stops");
    } catch (RuntimeException | Error e) { // whoever asked waits for an answer
      LOG.log(Level.WARNING, "restoring an archive failed", e);
      return failed(id, Failure.REFUSED, "restoring failed: " + e);
    }
  }

  private static RestoreAnswer failed(String id, Failure failure, String why) {
    LOG.warning("COM3059: an archive was not restored: id=" + id + " why=\"" + why + "\"");
    return RestoreAnswer.failed(failure, why);
  }

  /** Nothing is proposed before all of it is read and known to be whole. */
  private static Found checked(Path archive) throws IOException {
    Found found = new Found();
    found.manifest =
        read(
            archive,
            chunk -> {
              Tables rows = rows(chunk);
              requireFits(rows);
              found.bytes += rows.bytes();
              found.parts++;
            });
    return found;
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
  private long restored(Path archive, String id, Found found)
      throws IOException, GivenUp, InterruptedException {
    Manifest manifest = found.manifest;
    Command.RestoreBegin begin =
        new Command.RestoreBegin(
            id, manifest.index(), manifest.level(), manifest.digest(), found.parts, found.bytes);
    boolean done = false;
    try {
      step(begin);
      sendParts(archive, id);
      long index = step(new Command.RestoreCommit(id));
      done = true;
      return index;
    } finally {
      if (!done) {
        writes.apply(new Command.RestoreAbort(id)); // else the leader does, in a minute
      }
    }
  }

  private void sendParts(Path archive, String id)
      throws IOException, GivenUp, InterruptedException {
    long[] sequence = {0};
    Exception[] ended = {null};
    try {
      read(
          archive,
          chunk -> {
            try {
              step(new Command.RestoreRows(id, sequence[0]++, rows(chunk)));
            } catch (GivenUp | InterruptedException e) {
              ended[0] = e;
              throw new IOException(e);
            }
          });
    } catch (IOException e) {
      if (ended[0] instanceof GivenUp why) {
        throw why;
      } else if (ended[0] instanceof InterruptedException interrupted) {
        throw interrupted;
      }
      throw e;
    }
  }

  /** Until it is applied; returns its entry's index. */
  private long step(Command.Restoration step) throws GivenUp, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      WriteOutcome outcome = outcome(step);
      if (outcome instanceof WriteOutcome.Applied applied) {
        if (applied.result() instanceof CommandResult.Failed failed) {
          throw new GivenUp(Failure.REFUSED, failed.message());
        }
        return applied.index();
      }
      boolean over = ended || System.nanoTime() - until >= 0;
      if (outcome instanceof WriteOutcome.NotApplied not) {
        if (over || not.failure() == Failure.REFUSED) {
          throw new GivenUp(not.failure(), not.message());
        }
      } else if (over || step instanceof Command.RestoreCommit) {
        throw new GivenUp(Failure.REFUSED, unknown(step, (WriteOutcome.Unknown) outcome));
      }
      Thread.sleep(PAUSE_MILLIS); // bounded by PATIENCE
    }
  }

  private static String unknown(Command.Restoration step, WriteOutcome.Unknown outcome) {
    return step instanceof Command.RestoreCommit
        ? "COM3060: nobody knows whether the archive was restored, as a whole or not at all: look"
            + " at the state before you restore it again: "
            + outcome.message()
        : "COM3058: the restoration was given up, nothing was changed: " + outcome.message();
  }

  private WriteOutcome outcome(Command step) throws InterruptedException {
    try {
      return writes.apply(step).toCompletableFuture().get();
    } catch (ExecutionException e) {
      return new WriteOutcome.Unknown(String.valueOf(e.getCause()));
    }
  }
}
