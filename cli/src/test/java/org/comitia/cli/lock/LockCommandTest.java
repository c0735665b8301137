package org.comitia.cli.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.comitia.cli.CommandRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code comitia lock} with real child processes; the rules of keys and sessions are a server's.
 */
@Timeout(60)
class LockCommandTest {
  private static final String LOCK_FLAGS = "3304740253564472344";
  private static final String SEMAPHORE_FLAGS = "16210313421097356768";

  private final CommandRun command = new CommandRun();
  private final SmallConsul consul = new SmallConsul();

  @TempDir private Path folder;

  LockCommandTest() throws IOException {}

  @AfterEach
  void stop() {
    consul.close();
  }

  private int lock(String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "lock";
    all[1] = "-http-addr";
    all[2] = consul.address();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return command.run(all);
  }

  private CompletableFuture<Integer> lockInBackground(String... arguments) {
    return CompletableFuture.supplyAsync(() -> lock(arguments));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(10); // the class's time limit ends it
    }
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void theChildRunsWhileTheLockIsHeld() throws Exception {
    CompletableFuture<Integer> ended =
        lockInBackground(
            "-verbose",
            "/service//backup/",
            "echo $CONSUL_LOCK_HELD > " + file("began") + ";",
            "while [ ! -e " + file("end") + " ]; do sleep 0.05; done");
    await(() -> Files.exists(folder.resolve("began")));

    assertThat(consul.sessions()).containsExactly(consul.holder("service/backup/.lock"));
    assertThat(consul.flags("service/backup/.lock")).isEqualTo(LOCK_FLAGS);
    assertThat(consul.sessionBodies().get(0))
        .startsWith("{\"Name\":\"Consul lock for 'echo $CONSUL_LOCK_HELD")
        .endsWith("at 'service//backup/'\",\"TTL\":\"15s\"}");
    Files.createFile(folder.resolve("end"));

    assertThat(ended.get()).isZero();
    assertThat(Files.readString(folder.resolve("began"))).isEqualTo("true\n");
    assertThat(consul.keys()).isEmpty();
    assertThat(consul.sessions()).isEmpty();
    assertThat(command.out())
        .isEqualTo(
            """
            Setting up lock at path: service/backup/.lock
            Attempting lock acquisition
            Starting handler
            Child terminated, releasing lock
            Cleanup succeeded
            """);
  }

  @Test
  void theSecondWaitsForTheFirst() throws Exception {
    CompletableFuture<Integer> first =
        lockInBackground(
            "x",
            "touch " + file("held"),
            ";",
            "while [ ! -e " + file("end") + " ]; do sleep 0.05; done");
    await(() -> Files.exists(folder.resolve("held")));
    CompletableFuture<Integer> second =
        CompletableFuture.supplyAsync(
            () ->
                new CommandRun()
                    .run(
                        "lock",
                        "-http-addr",
                        consul.address(),
                        "x",
                        "test -e " + file("end") + " && touch " + file("second")));
    await(() -> consul.sessions().size() == 2);
    Files.createFile(folder.resolve("end"));

    assertThat(first.get()).isZero();
    assertThat(second.get()).isZero();
    assertThat(folder.resolve("second")).exists();
  }

  @Test
  void aLostLockEndsTheChildAndWhatItStarted() throws Exception {
    CompletableFuture<Integer> ended =
        lockInBackground(
            "-verbose",
            "x",
            "(trap 'echo $$ > " + file("told") + "; exit' TERM; touch " + file("began"),
            "; while true; do sleep 0.05; done); true");
    await(() -> Files.exists(folder.resolve("began")));
    consul.invalidate(consul.holder("x/.lock"));

    assertThat(ended.get()).isZero();
    assertThat(folder.resolve("told")).exists();
    assertThat(command.out())
        .contains("Lock lost, killing child\nTerminating child pid ")
        .contains("\nChild terminated\n")
        .endsWith("Cleanup succeeded\n");
  }

  /** Somebody else took the lock meanwhile: it is theirs, and their key stays. */
  @Test
  void aLockOfSomebodyElseStays() throws Exception {
    CompletableFuture<Integer> ended =
        lockInBackground(
            "-verbose",
            "x",
            "trap : TERM; touch " + file("began") + ";",
            "while [ ! -e " + file("taken") + " ]; do sleep 0.05; done");
    await(() -> Files.exists(folder.resolve("began")));
    String holder = consul.holder("x/.lock");
    CompletableFuture<Integer> other =
        CompletableFuture.supplyAsync(
            () ->
                new CommandRun()
                    .run(
                        "lock",
                        "-http-addr",
                        consul.address(),
                        "x",
                        "while [ ! -e " + file("end") + " ]; do sleep 0.05; done"));
    await(() -> consul.sessions().size() == 2);
    consul.invalidate(holder);
    await(() -> !Set.of("", holder).contains(consul.holder("x/.lock")));
    Files.createFile(folder.resolve("taken"));

    assertThat(ended.get()).isZero();
    assertThat(command.out()).endsWith("Cleanup aborted, lock in use\n");
    assertThat(consul.keys()).containsExactly("x/.lock");
    Files.createFile(folder.resolve("end"));
    assertThat(other.get()).isZero();
  }

  @Test
  void someFailedReadsAreNoLoss() throws Exception {
    CompletableFuture<Integer> ended =
        lockInBackground(
            "-verbose",
            "-monitor-retry=1",
            "x",
            "touch " + file("began") + "; while [ ! -e " + file("end") + " ]; do sleep 0.05; done");
    await(() -> Files.exists(folder.resolve("began")));
    consul.failReads(1);
    await(() -> consul.readsSinceFailures() > 0);
    Files.createFile(folder.resolve("end"));

    assertThat(ended.get()).isZero();
    assertThat(command.out()).doesNotContain("Lock lost");
  }

  @Test
  void tooManyFailedReadsAreALoss() throws Exception {
    CompletableFuture<Integer> ended =
        lockInBackground(
            "-verbose", "-monitor-retry=0", "x", "touch " + file("began") + "; exec sleep 30");
    await(() -> Files.exists(folder.resolve("began")));
    consul.failReads(1);

    assertThat(ended.get()).isZero();
    assertThat(command.out()).contains("Lock lost, killing child\n");
  }

  @Test
  void theChildsFailureIsToldWhenAskedFor() {
    assertThat(lock("x", "exit 7")).isZero();
    assertThat(lock("-child-exit-code", "x", "exit 7")).isEqualTo(2);
    assertThat(lock("-child-exit-code", "-shell=false", "x", "true")).isZero();
    assertThat(lock("-child-exit-code", "-shell=false", "x", "/no/such/command")).isEqualTo(2);

    assertThat(command.err())
        .startsWith(
            "Error running handler: exit status 7\nError running handler: exit status 7\n"
                + "Error starting handler: ");
    assertThat(consul.keys()).isEmpty();
    assertThat(consul.sessions()).isEmpty();
  }

  @Test
  void aTimeoutGivesUp() throws Exception {
    consul.put("x/.lock", "", LOCK_FLAGS);
    consul.delay("x/.lock", true);

    assertThat(lock("-timeout=200ms", "x", "touch " + file("ran"))).isEqualTo(1);
    assertThat(lock("-try=1ms", "x", "touch " + file("ran"))).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo("Shutdown triggered or timeout during lock acquisition\n".repeat(2));
    assertThat(folder.resolve("ran")).doesNotExist();
    assertThat(consul.sessions()).isEmpty();
  }

  @Test
  void aSemaphoreHasSlots() throws Exception {
    CompletableFuture<Integer> first =
        lockInBackground(
            "-n=2",
            "x",
            "touch " + file("1") + "; while [ ! -e " + file("end") + " ]; do sleep 0.05; done");
    CompletableFuture<Integer> second =
        lockInBackground(
            "-n=2",
            "x",
            "touch " + file("2") + "; while [ ! -e " + file("end") + " ]; do sleep 0.05; done");
    await(() -> Files.exists(folder.resolve("1")) && Files.exists(folder.resolve("2")));

    assertThat(consul.flags("x/.lock")).isEqualTo(SEMAPHORE_FLAGS);
    assertThat(consul.value("x/.lock")).startsWith("{\"Limit\":2,\"Holders\":{\"");
    assertThat(consul.sessionBodies()).allMatch(body -> body.endsWith("\"Behavior\":\"delete\"}"));
    assertThat(consul.keys()).hasSize(3);
    assertThat(lock("-n=2", "-timeout=200ms", "x", "touch " + file("3"))).isEqualTo(1);
    assertThat(lock("-n=3", "x", "touch " + file("3"))).isEqualTo(1);
    assertThat(lock("x", "touch " + file("3"))).isEqualTo(1);
    assertThat(command.err())
        .isEqualTo(
            "Shutdown triggered or timeout during lock acquisition\n"
                + "Lock acquisition failed: semaphore limit conflict (lock: 2, local: 3)\n"
                + "Lock acquisition failed: Existing key does not match lock use\n");
    Files.createFile(folder.resolve("end"));

    assertThat(first.get()).isZero();
    assertThat(second.get()).isZero();
    assertThat(folder.resolve("3")).doesNotExist();
    assertThat(consul.keys()).isEmpty();
    assertThat(consul.sessions()).isEmpty();
  }

  @Test
  void aDeadHoldersSlotIsFree() throws Exception {
    consul.put(
        "x/.lock", "{\"Limit\":2,\"Holders\":{\"dead-1\":true,\"dead-2\":true}}", SEMAPHORE_FLAGS);

    assertThat(lock("-n=2", "x", "touch " + file("ran"))).isZero();

    assertThat(folder.resolve("ran")).exists();
    assertThat(consul.keys()).isEmpty();
  }

  @Test
  void aLostSlotEndsTheChild() throws Exception {
    CompletableFuture<Integer> ended =
        lockInBackground("-verbose", "-n=2", "x", "touch " + file("began") + "; exec sleep 30");
    await(() -> Files.exists(folder.resolve("began")));
    consul.invalidate(consul.sessions().iterator().next());

    assertThat(ended.get()).isZero();
    assertThat(command.out()).contains("Lock lost, killing child\n");
  }

  @Test
  void aForeignKeyIsNotTaken() {
    consul.put("x/.lock", "{}", "0");

    assertThat(lock("x", "true")).isEqualTo(1);
    assertThat(lock("-n=2", "x", "true")).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo(
            "Lock acquisition failed: Existing key does not match lock use\n"
                + "Lock acquisition failed: Existing key does not match semaphore use\n");
    assertThat(consul.keys()).containsExactly("x/.lock");
    assertThat(consul.sessions()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-n=0 x y|Lock holder limit must be positive",
        "x|Key prefix and child command must be specified",
        "-timeout=-1s x y|Timeout must be positive",
        "-timeout=x x y|invalid value \"x\" for flag -timeout: parse error",
        "-monitor-retry=-1 x y|Number for 'monitor-retry' must be >= 0",
        "-n=2 / y|Lock setup failed: missing prefix",
      })
  void mistakesAreTold(String line, String message) {
    assertThat(lock(line.split(" "))).isEqualTo(1);

    assertThat(command.err().lines().findFirst()).contains(message);
    assertThat(consul.sessionBodies()).isEmpty();
  }
}
