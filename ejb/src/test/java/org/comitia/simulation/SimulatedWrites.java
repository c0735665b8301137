package org.comitia.simulation;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.KvEntry;
import org.comitia.state.Node;
import org.comitia.state.Session;
import org.comitia.state.StateVersion;

/**
 * The commands of the simulated clients: registers, which are keys, and everything else that lives
 * beside them in the state.
 */
final class SimulatedWrites {
  static final int REGISTERS = 4;

  private static final int NODES = 3;
  private static final int SESSIONS = 4;
  private static final int LOCKS = 2;

  private SimulatedWrites() {}

  private static String register(int key) {
    return "register/" + key;
  }

  static Command write(int key, long value) {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    return new Command.KvPut(register(key), bytes, 0, null);
  }

  /** What is in a register; 0 when nothing was ever written. */
  static long read(StateVersion state, int key) {
    KvEntry entry = state.kv().get(register(key));
    return entry == null ? 0 : ByteBuffer.wrap(entry.value()).getLong();
  }

  /** A change of the catalog, of sessions, or of locks; it may well be refused. */
  static Command other(RandomGenerator random) {
    String node = "n" + random.nextInt(NODES);
    String session = new UUID(0, 1 + random.nextInt(SESSIONS)).toString();
    String lock = "lock/" + random.nextInt(LOCKS);
    byte[] value = {(byte) random.nextInt(3)};
    return switch (random.nextInt(10)) {
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
      default -> new Command.KvDelete(lock, null);
    };
  }
}
