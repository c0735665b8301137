package org.comitia.agent.check;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.logging.Logger;
import org.comitia.config.GoDuration;
import org.comitia.config.Setting;
import org.comitia.state.CheckStatus;

/**
 * Runs a program: exit code 0 is passing, 1 warning, any other critical; output and error output
 * together are the check's. When its time is over it is killed with its children. No thread waits
 * for it: its end and its output are looked for now and then.
 */
final class ScriptProbe implements Probe {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final long FIRST_LOOK_NANOS = 5_000_000;
  private static final long MAX_LOOK_NANOS = 50_000_000;
  private static final int CHUNK = 8192;
  private static final File NOTHING = new File(File.separatorChar == '/' ? "/dev/null" : "NUL");

  private final String checkId;
  private final List<String> args;
  private final int limit;
  private final Executor starts;
  private final Timer timer;
  private final long timeoutNanos;
  private volatile Process process;
  private volatile boolean abandoned;

  ScriptProbe(CheckSpec spec, int limit, Executor starts, Timer timer, long timeoutNanos) {
    this.checkId = spec.id();
    this.args = spec.args();
    this.limit = limit;
    this.starts = starts;
    this.timer = timer;
    this.timeoutNanos = timeoutNanos;
  }

  @Override
  public CompletionStage<Result> begin() {
    Process before = process;
    if (before != null && before.isAlive()) {
      kill(before);
      return CompletableFuture.completedFuture(
          Result.critical(
              "COM5015: the last run was killed but has not ended: pid=" + before.pid()));
    }
    CompletableFuture<Result> result = new CompletableFuture<>();
    starts.execute(() -> start(result));
    return result;
  }

  private void start(CompletableFuture<Result> result) {
    if (abandoned) {
      return;
    }
    try {
      ProcessBuilder builder =
          new ProcessBuilder(args)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(NOTHING));
      Setting.removeSecrets(builder.environment());
      Process started = builder.start();
      process = started;
      if (abandoned) {
        kill(started);
      }
      Run run = new Run(started, new OutputTail(limit), System.nanoTime() + timeoutNanos, result);
      timer.after(FIRST_LOOK_NANOS, () -> look(run, FIRST_LOOK_NANOS));
    } catch (IOException | RuntimeException e) {
      LOG.warning("Check failed to invoke: check=" + checkId + " error=\"" + e.getMessage() + '"');
      result.complete(Result.critical(e.getMessage()));
    }
  }

  private record Run(
      Process process, OutputTail output, long deadline, CompletableFuture<Result> result) {}

  private void look(Run run, long afterNanos) {
    boolean ended = !run.process().isAlive();
    try {
      drain(run);
    } catch (IOException e) {
      // its end was closed with the process; what was read counts
    }
    if (ended) {
      run.result().complete(result(run));
    } else if (System.nanoTime() - run.deadline() >= 0) {
      kill(run.process());
      run.result().complete(late(run));
    } else {
      long next = Math.min(MAX_LOOK_NANOS, afterNanos * 2);
      timer.after(next, () -> look(run, next));
    }
  }

  private static void drain(Run run) throws IOException {
    InputStream in = run.process().getInputStream();
    byte[] chunk = new byte[CHUNK];
    for (int there = in.available(); there > 0; there = in.available()) {
      int read = in.read(chunk, 0, Math.min(there, CHUNK));
      if (read < 0) {
        return;
      }
      run.output().write(chunk, 0, read);
    }
  }

  private static Result result(Run run) {
    String output = run.output().textWithCount();
    return switch (run.process().exitValue()) {
      case 0 -> Result.passing(output);
      case 1 -> new Result(CheckStatus.WARNING, output);
      default -> Result.critical(output);
    };
  }

  private Result late(Run run) {
    String text =
        "Timed out (" + GoDuration.format(Duration.ofNanos(timeoutNanos)) + ") running check";
    LOG.warning("Timed out running check: check=" + checkId + " pid=" + run.process().pid());
    String output = run.output().textWithCount();
    return Result.critical(output.isEmpty() ? text : text + "\n\n" + output);
  }

  /** A child that has left the process tree on purpose (a daemon) lives on. */
  private static void kill(Process process) {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
  }

  @Override
  public void abandon() {
    abandoned = true;
    Process running = process;
    if (running != null && running.isAlive()) {
      kill(running);
    }
  }
}
