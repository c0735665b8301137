package org.comitia.simulation;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.comitia.access.AccessObject;
import org.comitia.access.Policy;
import org.comitia.access.Token;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Read;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.KvEntry;
import org.comitia.state.Node;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.Session;

/**
 * The commands of the simulated clients: registers, which are keys, and everything else that lives
 * beside them in the state.
 */
final class SimulatedWrites {
  static final int REGISTERS = 4;

  private static final int NODES = 3;
  private static final int SESSIONS = 4;
  private static final int LOCKS = 2;
  private static final int TOKENS = 3;
  private static final long UNIQUE = 7;

  private SimulatedWrites() {}

  private static String register(int key) {
    return "register/" + key;
  }

  static Command write(int key, long value) {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    return new Command.KvPut(register(key), bytes, 0, null);
  }

  static Read<QueryResult.KvEntryResult> read(int key) {
    return new Read<>(
        Caller.ANONYMOUS,
        new Query.KvGet(register(key)),
        Read.Consistency.DEFAULT,
        0,
        Duration.ZERO,
        null);
  }

  /** The same, as this server knows it. */
  static Read<QueryResult.KvEntryResult> stale(int key) {
    return new Read<>(
        Caller.ANONYMOUS,
        new Query.KvGet(register(key)),
        Read.Consistency.STALE,
        0,
        Duration.ZERO,
        null);
  }

  /** What is in a register that was read; 0 when nothing was ever written. */
  static long value(QueryResult.KvEntryResult result) {
    KvEntry entry = result.entry();
    return entry == null ? 0 : value(entry.value());
  }

  private static long value(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  /** The id of a session that nobody else ever makes. */
  static String session(long number) {
    return new UUID(UNIQUE, number).toString();
  }

  /** What tells this write from all others; null when there may be more like it. */
  static String name(Command command) {
    if (command instanceof Command.KvPut put) {
      return name(value(put.value()));
    } else if (command instanceof Command.SessionCreate create) {
      String id = create.session().id();
      return UUID.fromString(id).getMostSignificantBits() == UNIQUE ? id : null;
    }
    return null;
  }

  /** The same of what was written to a register. */
  static String name(long value) {
    return "value " + value;
  }

  /** A change of the catalog, of sessions, locks or tokens; it may well be refused. */
  static Command other(RandomGenerator random) {
    String node = "n" + random.nextInt(NODES);
    String session = new UUID(0, 1 + random.nextInt(SESSIONS)).toString();
    String lock = "lock/" + random.nextInt(LOCKS);
    byte[] value = {(byte) random.nextInt(3)};
    return switch (random.nextInt(12)) {
      case 0, 1, 2 ->
          new Command.Register(
              new Node("", node, "10.1.0." + random.nextInt(3), "dc1", Map.of(), Map.of(), 0, 0),
              false,
              null,
              List.<Check>of());
      case 3 -> new Command.Deregister(node, null, null);
      case 4, 5 ->
          new Command.SessionCreate(
              new Session(
                  session,
                  "",
                  node,
                  random.nextBoolean() ? 0 : 15_000_000_000L,
                  random.nextBoolean() ? Session.Behavior.RELEASE : Session.Behavior.DELETE,
                  "",
                  List.of(),
                  List.of(),
                  0,
                  0));
      case 6 -> new Command.SessionDestroy(session);
      case 7 -> new Command.KvAcquire(lock, value, 0, session);
      case 8 -> new Command.KvRelease(lock, value, 0, session);
      case 9 -> new Command.AccessSet(token(random), random.nextBoolean());
      case 10 ->
          new Command.AccessDelete(AccessObject.Kind.TOKEN, accessor(random.nextInt(TOKENS)));
      default -> new Command.KvDelete(lock, null);
    };
  }

  private static String accessor(int number) {
    return new UUID(8, number).toString();
  }

  private static Token token(RandomGenerator random) {
    int number = random.nextInt(TOKENS);
    return new Token(
        accessor(number),
        "secret " + number,
        "described " + random.nextInt(3),
        List.of(Policy.GLOBAL_READ_ONLY),
        List.of(),
        List.of(),
        List.of(),
        false,
        "",
        1,
        0,
        0,
        0);
  }
}
