package org.comitia.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.comitia.cluster.StoreException;
import org.comitia.consensus.InstalledTables;
import org.comitia.consensus.QuorumRecovery;
import org.comitia.raft.participant.Recovered;

/**
 * The last thing that befalls a cluster: all are down, all but one are lost for good, or so a
 * person believes, who has that one go on alone. Some of the others come back with their old disks,
 * fewer than a majority; then everybody is emptied and joins.
 */
final class QuorumLoss {
  /** Each wiped or recovered server is one more incarnation, of which a run may have 64. */
  private static final int MOST_INCARNATIONS = 50;

  private final World world;
  private final List<SimulatedNode> others = new ArrayList<>();
  private SimulatedNode survivor;

  QuorumLoss(World world) {
    this.world = world;
  }

  /** Once all is well, in one run of three with enough servers. */
  boolean befalls() {
    if (world.random.nextInt(3) > 0 || world.check.incarnations() > MOST_INCARNATIONS) {
      return false;
    }
    List<SimulatedNode> members = new ArrayList<>();
    for (SimulatedNode node : world.nodes) {
      if (!node.retired && node.running) {
        members.add(node);
      }
    }
    if (members.size() < 3) {
      return false;
    }
    survivor = members.remove(world.random.nextInt(members.size()));
    others.addAll(members);
    return true;
  }

  /** The survivor is cut off: what it and the others write from then on only one side has. */
  void begin() {
    world.trace("op", "all but " + survivor.name + " are about to be lost");
    world.clients.stop();
    world.network.split(survivor.ordinal, survivor.ordinal);
    for (int i = 0; i < 3; i++) {
      world.clients.single(world.random.nextInt(SimulatedWrites.REGISTERS), true, survivor);
      world.clients.single(0, true, others.get(0));
    }
  }

  /** Everybody is down, the survivor's disk is recovered, and it starts beside old servers. */
  void strike() {
    survivor.crash();
    others.forEach(SimulatedNode::crash);
    world.network.heal();
    world.check.dropped(others);
    recover();
    survivor.start();
    int majority = (others.size() + 1) / 2 + 1;
    int back = world.random.nextInt(majority);
    for (SimulatedNode node : others) {
      node.expect = 0;
      if (back-- > 0) {
        world.after(world.random.nextLong(World.SECOND), node::start);
      }
    }
    survivor.expect = 0;
  }

  /** Whoever is not of the new cluster is emptied, as the refusals say. */
  void end() {
    for (SimulatedNode node : others) {
      node.wipe();
      world.after(world.random.nextLong(World.SECOND), node::start);
    }
  }

  private void recover() {
    SimulatedDisk disk = survivor.disk;
    InstalledTables.unfinished(disk.tables.point(), disk.stored()).ifPresent(disk::write);
    DiskLog before = new DiskLog();
    before.copy(disk.log);
    if (world.broken == Breakage.RECOVERED_WITHOUT_UNCOMMITTED) {
      disk.forget(Math.max(disk.tables.point().appliedIndex(), disk.log.base().index()));
    }
    try {
      QuorumRecovery recovery =
          QuorumRecovery.of(survivor.log.store(), disk.tables, survivor.nodeId, survivor.level);
      Invariants.require(
          recovery.objection().isEmpty(),
          "whoever was a member has something to begin a cluster with",
          () -> survivor.name + ": " + recovery.objection());
      boolean sameCluster = world.broken == Breakage.RECOVERED_KEEPS_CLUSTER;
      boolean sameStore = world.broken == Breakage.RECOVERED_KEEPS_INCARNATION;
      UUID incarnation = world.uuid();
      UUID cluster = world.uuid();
      Recovered done =
          recovery.carryOut(
              survivor.name,
              survivor.address,
              sameStore ? disk.incarnation : incarnation,
              sameCluster ? recovery.cluster() : cluster,
              world.now / World.MILLI);
      world.check.recovered(survivor, before, done);
      world.trace(survivor.name, "is recovered: " + done);
    } catch (StoreException e) {
      throw new Violation("a stopped server can be recovered", survivor.name + ": " + e);
    }
  }
}
