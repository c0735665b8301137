package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Cluster.RestoreAnswer;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.Configuration;
import org.comitia.state.Command;
import org.comitia.state.Coordinate;
import org.comitia.state.KvEntry;
import org.comitia.state.Node;
import org.comitia.state.Restoring;
import org.comitia.state.Service;
import org.comitia.state.StateLimit;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way of an archive into the log, and what comes in between; the test is the log. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ArchiveRestoreTest {
  private static final CompletionStage<WriteOutcome> NO_LEADER =
      CompletableFuture.completedFuture(
          new WriteOutcome.NotApplied(Failure.NO_LEADER, "No cluster leader"));

  @TempDir Path folder;

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private final List<Command> sent = new ArrayList<>();
  private long limit = 1L << 40;
  private long memory = 1L << 40;
  private long usable = 1L << 40;
  private StateVersion archived;
  private Path archive;

  @BeforeEach
  void anArchiveOfSeveralParts() throws Exception {
    apply(new Command.RaiseLevel(1));
    apply(new Command.RaiseLevel(2));
    for (int i = 0; i < 6; i++) {
      apply(new Command.KvPut("k" + i, new byte[100_000], 0, null));
    }
    archived = machine.version();
    archive(archived, archived.appliedIndex());
    apply(new Command.KvPut("later", new byte[0], 0, null));
  }

  private void archive(StateVersion archived, long index) throws Exception {
    archive = folder.resolve("archive");
    CatalogStore.Point point =
        new CatalogStore.Point(index, 1, new UUID(1, 1), Configuration.EMPTY, 0);
    StateArchive bytes =
        new StateArchive(new Applier.View(point, archived, 0), "dc1", Instant.now());
    try (OutputStream out = Files.newOutputStream(archive)) {
      for (byte[] next = bytes.next(); next != null; next = bytes.next()) {
        out.write(next);
      }
    }
  }

  private CompletionStage<WriteOutcome> apply(Command command) {
    long index = machine.version().appliedIndex() + 1;
    return CompletableFuture.completedFuture(
        new WriteOutcome.Applied(index, machine.apply(index, command)));
  }

  private static CompletionStage<WriteOutcome> unknown() {
    return CompletableFuture.completedFuture(new WriteOutcome.Unknown("the connection broke"));
  }

  private RestoreAnswer restored(Function<Command, CompletionStage<WriteOutcome>> log)
      throws Exception {
    return new ArchiveRestore(
            (caller, command) -> {
              sent.add(command);
              return log.apply(command);
            },
            machine,
            new StateRoom(new StateLimit(limit), memory),
            () -> usable,
            1_000,
            Runnable::run)
        .restore(Caller.ANONYMOUS, archive)
        .toCompletableFuture()
        .get();
  }

  private long count(Class<?> kind) {
    return sent.stream().filter(kind::isInstance).count();
  }

  @Test
  void eachPartIsSentOnceInItsOrder() throws Exception {
    RestoreAnswer answer = restored(this::apply);
    assertThat(answer).isEqualTo(new RestoreAnswer(machine.version().appliedIndex(), null, ""));
    assertThat(machine.version().kv()).doesNotContainKey("later").hasSize(6);
    assertThat(count(Command.RestoreRows.class)).isGreaterThan(2);
    assertThat(sent.get(0)).isInstanceOf(Command.RestoreBegin.class);
  }

  /** It came, and the answer did not; or it did not come. */
  @Test
  void whatIsUnknownIsSentAgain() throws Exception {
    int[] calls = {0};
    RestoreAnswer answer =
        restored(
            command -> {
              calls[0]++;
              if (!(command instanceof Command.RestoreCommit) && calls[0] % 3 == 1) {
                apply(command);
                return unknown();
              }
              return calls[0] % 3 == 2 ? NO_LEADER : apply(command);
            });
    assertThat(answer.failure()).isNull();
    assertThat(machine.version().kv()).doesNotContainKey("later");
  }

  @Test
  void theLastStepIsNotSentAgain() throws Exception {
    RestoreAnswer answer =
        restored(command -> command instanceof Command.RestoreCommit ? unknown() : apply(command));
    assertThat(answer.failure()).isEqualTo(Failure.REFUSED);
    assertThat(answer.message()).startsWith("COM3060: nobody knows");
    assertThat(count(Command.RestoreCommit.class)).isEqualTo(1);
  }

  /** It was applied here, which tells what nobody answered. */
  @Test
  void whatBecameOfTheLastStepIsSeenHere() throws Exception {
    RestoreAnswer answer =
        restored(
            command -> {
              CompletionStage<WriteOutcome> applied = apply(command);
              return command instanceof Command.RestoreCommit ? unknown() : applied;
            });
    assertThat(answer).isEqualTo(new RestoreAnswer(machine.version().appliedIndex(), null, ""));
  }

  private void isRefusedBeforeAnythingIsSent(String code) throws Exception {
    RestoreAnswer answer = restored(this::apply);
    assertThat(answer.failure()).isEqualTo(Failure.REFUSED);
    assertThat(answer.message()).startsWith(code);
    assertThat(sent).isEmpty();
    assertThat(machine.version().kv()).containsKey("later");
  }

  @Test
  void whatHasNoRoomIsReadNoFurther() throws Exception {
    limit = archived.tables().bytes() - 1;
    isRefusedBeforeAnythingIsSent("COM3055");
    limit = 1L << 40;
    memory = machine.version().bytes() + 2 * archived.tables().bytes() - 1;
    isRefusedBeforeAnythingIsSent("COM3056");
    memory++;
    assertThat(restored(this::apply).failure()).isNull();
  }

  @Test
  void theReserveOfTheDiskStaysFree() throws Exception {
    usable = 1_000_000;
    isRefusedBeforeAnythingIsSent("COM3066: the disk has no room for the archive: it needs ");
    usable = 2_000_000;
    assertThat(restored(this::apply).failure()).isNull();
  }

  @Test
  void rowsThatAreNotThoseOfTheArchiveAreNotRestored() throws Exception {
    archive(archived, archived.appliedIndex() + 1); // the digest covers the index
    isRefusedBeforeAnythingIsSent("COM3054");
  }

  @Test
  void whileAnotherOneIsUnderWayNothingIsSent() throws Exception {
    apply(new Command.RestoreBegin("other", 2, 1, 1));
    isRefusedBeforeAnythingIsSent("COM3064");
  }

  /** No table keeps it: every later save would fail, or load another state. */
  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -0.0})
  void aNumberThatNoTableKeepsIsNotRestored(double number) throws Exception {
    Coordinate row = new Coordinate("n", "", List.of(number), 1, 0, 0);
    Node node = new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 1, 1);
    Tables t = archived.tables();
    archive(
        new StateVersion(
            archived.appliedIndex(),
            new Tables(
                t.nodes().plus(node.key(), node),
                t.services(),
                t.checks(),
                t.kv(),
                t.tombstones(),
                t.indexes(),
                t.sessions(),
                t.lockDelays(),
                t.preparedQueries(),
                t.coordinates().plus(row.key(), row),
                t.autopilot(),
                t.access())),
        archived.appliedIndex());
    isRefusedBeforeAnythingIsSent("COM3067");
  }

  /** Answers have it as it is. */
  @ParameterizedTest
  @ValueSource(strings = {"no JSON", "{\"a\":1", "{} {}", "[]", "1", " ", "{\"a\":NaN}", "DEEP"})
  void whatAServiceSaysOfAMeshIsAJsonObject(String text) throws Exception {
    String bad = text.equals("DEEP") ? "{\"a\":" + "[".repeat(70) + "]".repeat(70) + "}" : text;
    Tables before = archived.tables();
    archive(withService(before, bad, ""), archived.appliedIndex());
    isRefusedBeforeAnythingIsSent(
        "COM3067: the archive has a row that no command would bring, nothing was changed: the proxy of service ");
    archive(withService(before, "", bad), archived.appliedIndex());
    isRefusedBeforeAnythingIsSent(
        "COM3067: the archive has a row that no command would bring, nothing was changed: the connect of service ");
    archive(
        withService(before, "{\"Config\":{\"a\":[1]}}", "{\"Native\":true}"),
        archived.appliedIndex());
    assertThat(restored(this::apply).failure()).isNull();
  }

  private StateVersion withService(Tables t, String proxy, String connect) {
    Node node = new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 1, 1);
    Service service =
        new Service(
            "n", "s", "s", "", List.of(), "", Map.of(), Map.of(), 1, "", 1, 1, false, proxy,
            connect, 1, 1);
    return new StateVersion(
        archived.appliedIndex(),
        new Tables(
            t.nodes().plus(node.key(), node),
            t.services().plus(service.key(), service),
            t.checks(),
            t.kv(),
            t.tombstones(),
            t.indexes(),
            t.sessions(),
            t.lockDelays(),
            t.preparedQueries(),
            t.coordinates(),
            t.autopilot(),
            t.access()));
  }

  @Test
  void rowsThatDoNotBelongTogetherAreNotRestored() throws Exception {
    Tables tables = archived.tables();
    for (String name : List.of("a", "b")) {
      Node node = new Node("same-id", name, "10.0.0.1", "dc1", Map.of(), Map.of(), 1, 1);
      tables =
          new Tables(
              tables.nodes().plus(node.key(), node),
              tables.services(),
              tables.checks(),
              tables.kv(),
              tables.tombstones(),
              tables.indexes(),
              tables.sessions(),
              tables.lockDelays(),
              tables.preparedQueries(),
              tables.coordinates(),
              tables.autopilot(),
              tables.access());
    }
    archive(new StateVersion(archived.appliedIndex(), tables), archived.appliedIndex());
    isRefusedBeforeAnythingIsSent("COM3065: the archive's rows do not belong together, a node id");
    KvEntry held = new KvEntry("held", new byte[0], 0, 1, "no-session", 1, 1);
    archive(
        new StateVersion(
            archived.appliedIndex(),
            new Tables(
                archived.tables().nodes(),
                archived.tables().services(),
                archived.tables().checks(),
                archived.tables().kv().plus("held", held),
                archived.tables().tombstones(),
                archived.tables().indexes(),
                archived.tables().sessions(),
                archived.tables().lockDelays(),
                archived.tables().preparedQueries(),
                archived.tables().coordinates(),
                archived.tables().autopilot(),
                archived.tables().access())),
        archived.appliedIndex());
    isRefusedBeforeAnythingIsSent(
        "COM3065: the archive's rows do not belong together, a row names");
  }

  /** Whoever speaks to the leader itself. */
  @Test
  void aLeaderProposesNoMoreThanIsNeeded() {
    StateRoom room = new StateRoom(new StateLimit(limit), memory);
    StateVersion now = machine.version();
    assertThat(room.refusal(new Command.RestoreBegin("r", 2, 65, 16 << 10), 0, now, null)).isNull();
    assertThat(text(room.refusal(new Command.RestoreBegin("r", 2, 66, 16 << 10), 0, now, null)))
        .startsWith("COM3053");
    Restoring.Progress one = new Restoring.Progress("r", 1, 900_000, 900_001);
    assertThat(text(room.refusal(new Command.RestoreBegin("s", 2, 1, 1), 0, now, one)))
        .startsWith("COM3064");
    assertThat(text(room.refusal(rows(1), 0, now, one))).startsWith("COM3053");
    assertThat(((WriteOutcome.NotApplied) room.refusal(rows(2), 0, now, one)).failure())
        .isEqualTo(Failure.OVERLOADED); // its own turn comes when this one is applied
    StateRoom small = new StateRoom(new StateLimit(limit), now.bytes() + 2 * one.bytes() - 1);
    assertThat(text(small.refusal(new Command.RestoreCommit("r"), 0, now, one)))
        .startsWith("COM3056");
    assertThat(room.refusal(new Command.RestoreCommit("r"), 0, now, one)).isNull();
    assertThat(room.refusal(rows(0), 0, now, one)).isNull(); // it has come already
  }

  private Command.RestoreRows rows(long sequence) {
    return new Command.RestoreRows("r", sequence, archived.tables());
  }

  private static String text(WriteOutcome refused) {
    return ((WriteOutcome.NotApplied) refused).message();
  }

  @Test
  void whatIsRefusedIsGivenUpAtOnce() throws Exception {
    RestoreAnswer answer =
        restored(
            command -> {
              if (command instanceof Command.RestoreRows part && part.sequence() == 1) {
                apply(new Command.RestoreAbort(part.id()));
              }
              return apply(command);
            });
    assertThat(answer.failure()).isEqualTo(Failure.REFUSED);
    assertThat(answer.message()).startsWith("COM3051");
    assertThat(sent.get(sent.size() - 1)).isInstanceOf(Command.RestoreAbort.class);
    assertThat(count(Command.RestoreCommit.class)).isZero();
    assertThat(machine.version().kv()).containsKey("later");
  }

  @Test
  void whatFindsNoLeaderSaysThatNothingWasChanged() throws Exception {
    List<ArchiveRestore> restoring = new ArrayList<>();
    restoring.add(
        new ArchiveRestore(
            (caller, command) -> {
              restoring.get(0).end(); // else it tries for 40 s
              return NO_LEADER;
            },
            machine,
            new StateRoom(new StateLimit(limit), memory),
            () -> usable,
            1_000,
            Runnable::run));
    RestoreAnswer answer =
        restoring.get(0).restore(Caller.ANONYMOUS, archive).toCompletableFuture().get();
    assertThat(answer.failure()).isEqualTo(Failure.NO_LEADER);
    assertThat(answer.message())
        .isEqualTo("COM3058: the restoration was given up, nothing was changed: No cluster leader");
  }

  @Test
  void aServerThatStopsTriesNothingAgainAndRestoresOneAtATime() throws Exception {
    List<Runnable> lane = new ArrayList<>();
    ArchiveRestore restores =
        new ArchiveRestore(
            (caller, command) -> {
              sent.add(command);
              return NO_LEADER;
            },
            machine,
            new StateRoom(new StateLimit(limit), memory),
            () -> usable,
            1_000,
            lane::add);
    CompletableFuture<RestoreAnswer> first =
        restores.restore(Caller.ANONYMOUS, archive).toCompletableFuture();
    RestoreAnswer second = restores.restore(Caller.ANONYMOUS, archive).toCompletableFuture().get();
    assertThat(second.failure()).isEqualTo(Failure.OVERLOADED);
    assertThat(second.message()).startsWith("COM4051");
    restores.end();
    lane.remove(0).run();
    assertThat(first.get().message()).startsWith("COM3058");
    assertThat(sent).isEmpty();
    restores.restore(Caller.ANONYMOUS, archive);
    assertThat(lane).hasSize(1);
  }

  @Test
  void whatNobodyExpectedHasACode() throws Exception {
    RestoreAnswer answer =
        restored(
            command -> {
              throw new IllegalStateException("struck by the test");
            });
    assertThat(answer.failure()).isEqualTo(Failure.REFUSED);
    assertThat(answer.message()).matches("COM3081: .*struck by the test.*");
    ArchiveRestore full =
        new ArchiveRestore(
            (caller, command) -> apply(command),
            machine,
            new StateRoom(new StateLimit(limit), memory),
            () -> usable,
            1_000,
            task -> {
              throw new RejectedExecutionException();
            });
    answer = full.restore(Caller.ANONYMOUS, archive).toCompletableFuture().get();
    assertThat(answer.failure()).isEqualTo(Failure.OVERLOADED);
    assertThat(answer.message()).startsWith("COM3080: no thread is free to restore");
  }
}
