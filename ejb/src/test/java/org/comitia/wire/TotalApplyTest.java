package org.comitia.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Queries;
import org.comitia.state.Query;
import org.comitia.state.RandomCommands;
import org.comitia.state.StateDigest;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever can be decoded is applied: an entry that cannot would stop every server for ever. */
class TotalApplyTest {
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private final StateMachine other = new StateMachine(StateVersion.EMPTY);
  private final Set<String> unforeseen = new TreeSet<>();
  private long index;

  /** The decoder's own refusal is the only one. */
  private boolean apply(byte[] bytes) {
    Command command;
    try {
      command = Commands.decode(bytes);
    } catch (UnknownCommandException | MalformedFrameException refused) {
      return false;
    }
    CommandResult result = machine.apply(++index, command);
    assertThat(other.apply(index, command)).isEqualTo(result);
    if (result instanceof CommandResult.Failed failed
        && failed.message().startsWith("command not applied")) {
      unforeseen.add(command.getClass().getSimpleName() + ": " + failed.message());
    }
    assertThat(machine.version().appliedIndex()).isEqualTo(index);
    return true;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void commandsWithAnythingInTheirFieldsAreApplied(long seed) {
    AnyCommand commands = new AnyCommand(new Random(seed));
    Set<Class<?>> kinds = new HashSet<>();
    for (int i = 0; i < 700; i++) {
      Command command = commands.next();
      byte[] bytes;
      try {
        bytes = Commands.encode(command);
      } catch (IllegalArgumentException tooLarge) {
        continue;
      }
      if (apply(bytes)) {
        kinds.add(command.getClass());
      }
    }
    assertThat(kinds).containsExactlyInAnyOrderElementsOf(kinds(Command.class));
    assertThat(unforeseen).isEmpty();
    assertThat(StateDigest.of(other.version())).isEqualTo(StateDigest.of(machine.version()));
    Queries.evaluate(new Query.PreparedQueryExecute("a", false), machine.version());
  }

  private static Set<Class<?>> kinds(Class<?> type) {
    Set<Class<?>> kinds = new HashSet<>();
    for (Class<?> kind : type.getPermittedSubclasses()) {
      kinds.addAll(kind.isSealed() ? kinds(kind) : Set.of(kind));
    }
    return kinds;
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void bytesThatAreNearlyCommandsAreAppliedOrRefused(long seed) {
    Random random = new Random(seed);
    RandomCommands commands = new RandomCommands(seed);
    AnyCommand any = new AnyCommand(random);
    int applied = 0;
    for (int i = 0; i < 1_500; i++) {
      byte[] good;
      try {
        good = Commands.encode(random.nextInt(3) == 0 ? any.next() : commands.next(index));
      } catch (IllegalArgumentException tooLarge) {
        continue;
      }
      apply(good);
      applied += apply(Spoilt.bytes(good, random)) ? 1 : 0;
    }
    assertThat(applied).isGreaterThan(100);
    assertThat(unforeseen).isEmpty();
    assertThat(StateDigest.of(other.version())).isEqualTo(StateDigest.of(machine.version()));
  }

  /**
   * A version without the bounds put it into the log, and stopped there. This version reads the
   * same log and goes on.
   */
  @Test
  void aLogThatAnOlderVersionStoppedAtIsAppliedToItsEnd() {
    PreparedQuery old =
        new PreparedQuery(
            "aaaaaaaa-0000-0000-0000-000000000001",
            "w",
            "",
            "",
            new PreparedQuery.Template("name_prefix_match", "x{0,301}", false),
            new PreparedQuery.ServiceQuery(
                "web",
                new PreparedQuery.Failover(0, List.of()),
                false,
                List.of(),
                "",
                List.of(),
                Map.of(),
                Map.of(),
                false),
            "",
            0,
            0);
    List<Command> log =
        List.of(
            new Command.KvPut("before", new byte[] {1}, 0, null),
            new Command.PreparedQuerySet(old, false),
            new Command.KvPut("k".repeat(2_049), new byte[] {1}, 0, null),
            new Command.KvPut("behind", new byte[] {1}, 0, null));
    for (Command command : log) {
      assertThat(apply(Commands.encode(command))).isTrue();
    }
    assertThat(machine.version().kv()).containsOnlyKeys("before", "behind");
    assertThat(machine.version().preparedQueries()).isEmpty();
    assertThat(StateDigest.of(other.version())).isEqualTo(StateDigest.of(machine.version()));
  }
}
