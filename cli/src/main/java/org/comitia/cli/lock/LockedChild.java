package org.comitia.cli.lock;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.comitia.cli.client.ChildCommand;

/** The process that runs while the lock is held, and those that it has started. */
final class LockedChild {
  /** Between the polite signal and the other one. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Process process;
  private final Consumer<String> log;

  private LockedChild(Process process, Consumer<String> log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it.
   *
   * @param log is told what happens, a line each
   */
  static LockedChild start(
      List<String> words, boolean shell, boolean passInput, Consumer<String> log)
      throws IOException {
    ProcessBuilder builder = ChildCommand.builder(words, shell);
    builder.environment().put("CONSUL_LOCK_HELD", "true");
    builder.redirectInput(
        passInput
            ? ProcessBuilder.Redirect.INHERIT
            : ProcessBuilder.Redirect.from(new File("/dev/null")));
    return new LockedChild(builder.start(), log);
  }

  /** Calls back with its exit code when it has ended, on another thread. */
  void onEnd(Consumer<Integer> then) {
    process.onExit().thenAccept(ended -> then.accept(ended.exitValue()));
  }

  /** Passes a signal on. */
  void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    } catch (IOException e) {
      log.accept("Warning, could not forward signal: " + e.getMessage());
    }
  }

  /**
   * Ends it and what it has started, politely for five seconds. A shell that ends leaves its own
   * children alone; the lock is no longer theirs either.
   */
  void kill() throws InterruptedException {
    List<ProcessHandle> family =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    log.accept("Terminating child pid " + process.pid());
    family.forEach(ProcessHandle::destroy);
    long until = System.nanoTime() + GRACE.toNanos();
    while (family.stream().anyMatch(ProcessHandle::isAlive)) {
      if (System.nanoTime() - until >= 0) {
        log.accept("Child did not exit after grace period of " + GRACE.toSeconds() + "s");
        log.accept("Killing child pid " + process.pid());
        family.forEach(ProcessHandle::destroyForcibly);
        process.waitFor(GRACE.toSeconds(), TimeUnit.SECONDS);
        return;
      }
      process.waitFor(20, TimeUnit.MILLISECONDS);
      Thread.sleep(5);
    }
    log.accept("Child terminated");
  }
}
