package org.comitia.web.snapshot;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.comitia.cluster.Cluster;
import org.comitia.web.http.Answers;
import org.comitia.web.http.BodyThreads;
import org.comitia.web.http.Call;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.http.RequestLog;
import org.comitia.web.http.Upload;

/**
 * {@code PUT /v1/snapshot}: an archive comes into a file, and only then is looked at and restored.
 * One at a time. The file is its owner's alone, and goes with the request. Thread safe.
 */
final class Restores {
  /** So much stays free on the disk of the log and the tables. */
  private static final long SPARE_BYTES = 256L << 20;

  /** What an archive may have beyond the bytes that its state takes in memory. */
  private static final long SLACK_BYTES = 1 << 20;

  private static final String PREFIX = "restore-";
  private static final String SUFFIX = ".tmp";

  private final Path folder;
  private final long limit;
  private final Cluster cluster;
  private final BodyThreads bodies;
  private final Answers answers;
  private final AtomicBoolean busy = new AtomicBoolean();

  /**
   * @param folder for the file; null on a client agent, which restores nothing
   * @param limit how many bytes the state may take
   */
  Restores(Path folder, long limit, Cluster cluster, BodyThreads bodies, Answers answers) {
    this.folder = folder;
    this.limit = limit;
    this.cluster = cluster;
    this.bodies = bodies;
    this.answers = answers;
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
    if (folder != null && !busy.compareAndSet(false, true)) {
      Refusal refusal =
          new Refusal(429, "COM4051: an archive is being restored by this agent: wait for its end");
      Outcomes.refused(call, refusal).header("Connection", "close").retryLater().writeTo(response);
      return;
    }
    AsyncContext async = request.startAsync();
    async.setTimeout(0); // the upload has a pace, the cluster bounds its steps
    Restore restore = new Restore(call, async, response);
    if (folder == null) {
      restore.restore();
      return;
    }
    try {
      restore.file = Files.createTempFile(folder, PREFIX, SUFFIX); // its owner's alone
      long room = Files.getFileStore(folder).getUsableSpace() - SPARE_BYTES;
      Upload.begin(
          request, bodies, restore.file, Math.min(limit + SLACK_BYTES, room), restore::came);
    } catch (IOException e) {
      restore.came(Refusal.error("COM4053: the archive could not be kept in " + folder + ": " + e));
    }
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
    private final AsyncContext async;
    private final HttpServletResponse response;
    private Path file;

    private Restore(Call call, AsyncContext async, HttpServletResponse response) {
      this.call = call;
      this.async = async;
      this.response = response;
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
            .restore(file)
            .whenComplete((answer, problem) -> answers.execute(() -> end(reply(answer, problem))));
      } catch (RuntimeException | Error e) {
        end(Outcomes.broken(call, e));
      }
    }

    private Reply reply(Cluster.RestoreAnswer answer, Throwable problem) {
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
        busy.set(false);
      }
      reply.sendTo(async, response, gone -> RequestLog.gone(call, gone));
    }
  }
}
