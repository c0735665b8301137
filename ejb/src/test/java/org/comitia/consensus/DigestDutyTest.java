package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.comitia.raft.Configuration;
import org.comitia.raft.Entry;
import org.comitia.raft.Outbound;
import org.comitia.raft.Persist;
import org.comitia.raft.Proposal;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.Ready;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StateMark;
import org.comitia.raft.StoredLog;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.wire.Commands;
import org.junit.jupiter.api.Test;

/** What a leader says of the digests that it is told, with cores whose disks are at once. */
class DigestDutyTest {
  private static final long RIGHT = 7;
  private static final long WRONG = 8;

  private final Server leader = server(1, true);
  private final Server learner = server(2, false);
  private final Map<ServerId, RaftCore> cores = new LinkedHashMap<>();
  private final List<Command.CompareDigest> compared = new ArrayList<>();
  private final DigestDuty duty = new DigestDuty(1_000, TimeUnit.HOURS.toNanos(1));
  private final StateVersion state = state();
  private long now;

  private static Server server(int number, boolean voter) {
    ServerId id = new ServerId(new UUID(0, number), new UUID(1, number));
    return new Server(id, "s" + number, "127.0.0." + number + ":8300", voter);
  }

  private static StateVersion state() {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    for (int level = 1; level <= FeatureLevel.DIGESTS; level++) {
      machine.apply(level, new Command.RaiseLevel(level));
    }
    return machine.version();
  }

  /** One voter that leads, and one that learns. */
  private RaftCore leading() throws Exception {
    for (Server server : List.of(leader, learner)) {
      RaftOptions options = RaftOptions.withMultiplier(1);
      cores.put(
          server.id(), new RaftCore(server.id(), options, StoredLog.EMPTY, new Random(1), now));
    }
    RaftCore core = cores.get(leader.id());
    assertThat(core.bootstrap(new Configuration(List.of(leader)), now)).isTrue();
    run(5);
    assertThat(core.established()).isTrue();
    assertThat(core.addLearner(learner, now)).isInstanceOf(Proposal.Accepted.class);
    run(5);
    return core;
  }

  private void run(int seconds) throws Exception {
    for (int i = 0; i < seconds * 100; i++) {
      now += TimeUnit.MILLISECONDS.toNanos(10);
      for (Map.Entry<ServerId, RaftCore> one : cores.entrySet()) {
        one.getValue().tick(now);
        work(one.getKey(), one.getValue());
      }
    }
  }

  private void work(ServerId id, RaftCore core) throws Exception {
    for (Ready ready = core.ready(); !ready.isEmpty(); ready = core.ready()) {
      for (Persist persist : ready.persists()) {
        core.synced(persist.sequence(), now);
      }
      for (Entry entry : ready.committed()) {
        core.applied(entry.index());
        if (id.equals(leader.id()) && entry.kind() == Entry.Kind.COMMAND) {
          compared.add((Command.CompareDigest) Commands.decode(entry.data()));
        }
      }
      for (Outbound outbound : ready.messages()) {
        cores.get(outbound.to()).receive(id, outbound.message(), now);
      }
    }
  }

  private void look() throws Exception {
    duty.look(cores.get(leader.id()), state, now);
    run(1);
  }

  private void promoted() throws Exception {
    RaftCore core = cores.get(leader.id());
    assertThat(core.promote(learner.id(), now)).isInstanceOf(Proposal.Accepted.class);
    run(2);
  }

  /** Both have applied the mark, and tell this. */
  private long marked(long leaders, long learners) throws Exception {
    look();
    long index = cores.get(leader.id()).commitIndex();
    cores.get(leader.id()).marked(new StateMark(index, leaders));
    cores.get(learner.id()).marked(new StateMark(index, learners));
    run(1);
    return index;
  }

  @Test
  void theOnlyVoterIsNoWitnessForItself() throws Exception {
    leading();
    marked(WRONG, RIGHT);
    look();
    assertThat(compared).containsExactly(new Command.CompareDigest(0, 0));
    promoted();
    look();
    assertThat(compared).containsExactly(new Command.CompareDigest(0, 0));
    assertThat(duty.undecided()).startsWith("COM3069");
  }

  @Test
  void twoVotersThatAgreeAreAMajority() throws Exception {
    leading();
    long index = marked(RIGHT, RIGHT);
    promoted();
    look();
    assertThat(compared)
        .containsExactly(new Command.CompareDigest(0, 0), new Command.CompareDigest(index, RIGHT));
  }
}
