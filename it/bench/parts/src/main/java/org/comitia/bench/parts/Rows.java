package org.comitia.bench.parts;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;

/** What the benchmarks fill a state with. */
final class Rows {
  private static final int VALUE = 64;

  private Rows() {}

  /** The same value again is no change. @param version of the value */
  static Command put(int key, long version) {
    byte[] value = ByteBuffer.allocate(VALUE).putLong(version).array();
    return new Command.KvPut("bench/" + key, value, 0, null);
  }

  /** The instance of {@code web} on a node, with a passing check. @param port what may change */
  static Command instance(int node, int port) {
    String name = "node-" + node;
    Service service =
        new Service(
            name, "web", "web", List.of("v1"), "10.1.0.1", Map.of(), Map.of("version", "1"), port, 1, 1, false, 0, 0);
    Check check =
        new Check(name, "web-check", "check", "passing", "", "HTTP GET: 200 OK", "web", "web", List.of(), "http", 0, 0);
    return new Command.Register(
        new Node("", name, "10.1.0.1", "dc1", Map.of(), Map.of(), 0, 0), true, service, List.of(check));
  }

  static StateMachine machine(int keys, int instances) {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    long index = 0;
    for (int key = 0; key < keys; key++) {
      machine.apply(++index, put(key, 0));
    }
    for (int node = 0; node < instances; node++) {
      machine.apply(++index, instance(node, 80));
    }
    machine.drainTouched();
    return machine;
  }
}
