package org.comitia.web.operator;

import java.util.List;
import org.comitia.cluster.ServerHealth;

/**
 * How the servers are together.
 *
 * @param healthy whether each of them is
 * @param tolerance how many more healthy voters may be lost before nothing can be decided
 */
record ClusterHealth(List<ServerHealth> servers, boolean healthy, int tolerance) {
  static ClusterHealth of(List<ServerHealth> servers) {
    long voters = servers.stream().filter(ServerHealth::voter).count();
    long well = servers.stream().filter(server -> server.voter() && server.healthy()).count();
    long needed = voters / 2 + 1;
    return new ClusterHealth(
        servers,
        servers.stream().allMatch(ServerHealth::healthy),
        (int) Math.max(0, well - needed));
  }
}
