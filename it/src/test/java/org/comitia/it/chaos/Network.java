package org.comitia.it.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * A bridge of the host with one network namespace for each machine: 10.213.X.N, the host has
 * 10.213.X.254 and reaches all of them. X comes from the process id, or the network from {@code
 * -Dit.chaos.network=10.99.7}. A cut is a wrong hardware address for the other in a machine's
 * neighbour table: what it sends there arrives nowhere, without an error, on open connections as
 * well, in that direction only. Removed when it is closed.
 */
final class Network implements AutoCloseable {
  private static final String NOBODY = "02:00:00:00:00:01";

  private final String prefix = "cx" + ProcessHandle.current().pid() % 1_000_000;
  private final String network =
      System.getProperty("it.chaos.network", "10.213." + ProcessHandle.current().pid() % 250);
  private final List<String> namespaces = new ArrayList<>();

  Network() {
    Shell.run("ip", "link", "add", prefix, "type", "bridge");
    Shell.run("ip", "addr", "add", network + ".254/24", "dev", prefix);
    Shell.run("ip", "link", "set", prefix, "up");
  }

  String address(int machine) {
    return network + "." + machine;
  }

  private String namespace(int machine) {
    return prefix + "-" + machine;
  }

  /** The command that executes what is behind it in this machine's namespace. */
  List<String> launcher(int machine) {
    return List.of("nsenter", "--net=/run/netns/" + namespace(machine));
  }

  void add(int machine) {
    String namespace = namespace(machine);
    Shell.run("ip", "netns", "add", namespace);
    namespaces.add(namespace);
    Shell.run(
        "ip", "link", "add", namespace, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    Shell.run("ip", "link", "set", namespace, "master", prefix, "up");
    Shell.run("ip", "-n", namespace, "link", "set", "lo", "up");
    Shell.run("ip", "-n", namespace, "addr", "add", address(machine) + "/24", "dev", "eth0");
    Shell.run("ip", "-n", namespace, "link", "set", "eth0", "up");
  }

  void remove(int machine) {
    String namespace = namespace(machine);
    if (namespaces.remove(namespace)) {
      Shell.attempt("ip", "netns", "del", namespace);
    }
  }

  /** What one machine sends another arrives nowhere from now on. */
  void cut(int from, int to) {
    Shell.run(
        "ip",
        "-n",
        namespace(from),
        "neigh",
        "replace",
        address(to),
        "lladdr",
        NOBODY,
        "nud",
        "permanent",
        "dev",
        "eth0");
  }

  void mend(int from, int to) {
    Shell.run("ip", "-n", namespace(from), "neigh", "del", address(to), "dev", "eth0");
  }

  @Override
  public void close() {
    List.copyOf(namespaces).forEach(namespace -> Shell.attempt("ip", "netns", "del", namespace));
    namespaces.clear();
    Shell.attempt("ip", "link", "del", prefix);
  }
}
