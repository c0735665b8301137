package org.comitia.web.snapshot;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.comitia.cluster.Cluster;
import org.comitia.files.DiskRoom;
import org.comitia.web.http.Answers;
import org.comitia.web.http.AuditLog;
import org.comitia.web.http.BodyThreads;
import org.comitia.web.http.Call;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.http.RequestLog;
import org.comitia.web.http.Upload;

/**
 * {@code PUT /v1/snapshot}: an archive comes into a file, and only then is looked at and restored.
 * One at a time; one that has been coming for ten minutes makes way for another one, so that no
 * client holds the place for ever. The file is its owner's alone, and goes with the request. Thread
 * safe.
 */
final class Restores {
  /** What an archive may have beyond the bytes that its state takes in memory. */
  private static final long SLACK_BYTES = 1 << 20;

  private static final String PREFIX = "restore-";
  private static final String SUFFIX = ".tmp";

  private final Path folder;
  private final DiskRoom room;
  private final long limit;
  private final Cluster cluster;
  private final BodyThreads bodies;
  private final Answers answers;
  private final LongSupplier clock;
  private final AtomicReference<Restore> underWay = new AtomicReference<>();

  /**
   * @param folder for the file; null on a client agent, which restores nothing
   * @param room of its disk
   * @param limit how many bytes the state may take
   * @param clock {@link System#nanoTime}, by which an upload knows when it began
   */
  Restores(
      Path folder,
      DiskRoom room,
      long limit,
      Cluster cluster,
      BodyThreads bodies,
      Answers answers,
      LongSupplier clock) {
    this.folder = folder;
    this.room = room;
    this.limit = limit;
    this.cluster = cluster;
    this.bodies = bodies;
    this.answers = answers;
    this.clock = clock;
  }

  /** What a crash has left is deleted. */
  void clean() {
    if (folder == null) {
      return;
    }
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, PREFIX + "*" + SUFFIX)) {
      for (Path file : left) {
        delete(file);
      }
    } catch (IOException e) {
      // it is not there yet, or takes room
    }
  }

  /** Takes the request over; returns at once. */
  void begin(Call call, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Restore restore = new Restore(call, response);
    if (folder != null && !takePlace(restore, request.getContentLengthLong())) {
      Refusal refusal =
          new Refusal(429, "COM4051: an archive is being restored by this agent: wait for its end");
      Outcomes.refused(call, refusal).header("Connection", "close").retryLater().writeTo(response);
      return;
    }
    try {
      restore.async = request.startAsync();
    } catch (RuntimeException | Error e) { // of the container
      underWay.compareAndSet(restore, null);
      throw e;
    }
    restore.async.setTimeout(0); // the upload has a pace, the cluster bounds its steps
    if (folder == null) {
      restore.restore();
      return;
    }
    try {
      restore.file = Files.createTempFile(folder, PREFIX, SUFFIX); // its owner's alone
      restore.upload =
          Upload.begin(request, bodies, restore.file, limit + SLACK_BYTES, room, restore::came);
    } catch (IOException | RuntimeException | Error e) { // whatever it is, the place is free again
      restore.came(Refusal.error("COM4053: the archive could not be kept in " + folder + ": " + e));
    }
  }

  /** What says how long it is, and may be so long, takes it from one that has come for long. */
  private boolean takePlace(Restore restore, long announced) {
    Restore other = underWay.get();
    boolean mayTake = announced > 0 && announced <= limit + SLACK_BYTES;
    boolean gone = mayTake && other != null && other.makesWay();
    return gone && underWay.compareAndSet(other, restore) || underWay.compareAndSet(null, restore);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      RequestLog.unexpected("COM4054: the file of an archive could not be deleted: " + file, e);
    }
  }

  private final class Restore {
    private final Call call;
    private final HttpServletResponse response;
    private AsyncContext async;
    private Path file;
    private volatile Upload upload; // null: it has just begun

    private Restore(Call call, HttpServletResponse response) {
      this.call = call;
      this.response = response;
    }

    private boolean makesWay() {
      Upload coming = upload;
      return coming != null && coming.makeWay(clock.getAsLong());
    }

    /**
     * @param refusal null when it is in the file
     */
    private void came(Refusal refusal) {
      if (refusal == null) {
        restore();
      } else {
        end(Outcomes.refused(call, refusal).header("Connection", "close"));
      }
    }

    private void restore() {
      try {
        cluster
            .restore(call.caller(), file)
            .whenComplete((answer, problem) -> answers.execute(() -> end(reply(answer, problem))));
      } catch (RuntimeException | Error e) {
        end(Outcomes.broken(call, e));
      }
    }

    private Reply reply(Cluster.RestoreAnswer answer, Throwable problem) {
      if (problem == null && answer.failure() == null) {
        AuditLog.changed(
            call,
            call.visitor().authorizer().accessor(),
            "restored a snapshot: tokens, policies and roles are the archive's");
      }
      Reply reply =
          problem != null
              ? Outcomes.broken(call, problem)
              : answer.failure() != null
                  ? Outcomes.failed(call, answer.failure(), answer.message())
                  : Reply.empty(200);
      return file == null ? reply.header("Connection", "close") : reply; // its body was not read
    }

    private void end(Reply reply) {
      if (folder != null) {
        if (file != null) {
          delete(file);
        }
        underWay.compareAndSet(this, null); // else it has made way
      }
      reply.sendTo(async, response, gone -> RequestLog.gone(call, gone));
    }
  }
}
