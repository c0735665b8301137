package org.comitia.it.chaos;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** What strikes, whom, for how long, and how it is taken back. */
enum Fault {
  KILL_LEADER("kill", Target.LEADER, 3, "kill -9 of the leader, which is started again") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.agent.kill();
      return machine::start;
    }
  },
  KILL_FOLLOWER("kill", Target.FOLLOWER, 3, "kill -9 of a follower, which is started again") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.agent.kill();
      return machine::start;
    }
  },
  KILL_ALL("kill", Target.LEADER, 0, "kill -9 of all three, which are started again") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      cluster.machines().forEach(each -> each.agent.signal("KILL"));
      cluster.machines().forEach(each -> each.agent.awaitExit(Duration.ofSeconds(10)));
      return () -> cluster.machines().forEach(Machine::start);
    }
  },
  STOP_LEADER("stop", Target.LEADER, 2, "SIGTERM to the leader, which is started again") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.stop();
      return machine::start;
    }
  },
  STOP_FOLLOWER("stop", Target.FOLLOWER, 2, "SIGTERM to a follower, which is started again") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.stop();
      return machine::start;
    }
  },
  FREEZE_LEADER("freeze", Target.LEADER, 8, "SIGSTOP of the leader, then SIGCONT") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.agent.signal("STOP");
      return () -> machine.agent.signal("CONT");
    }
  },
  FREEZE_FOLLOWER("freeze", Target.FOLLOWER, 8, "SIGSTOP of a follower, then SIGCONT") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.agent.signal("STOP");
      return () -> machine.agent.signal("CONT");
    }
  },
  ISOLATE_LEADER(
      "partition", Target.LEADER, 8, "the leader and the others reach each other in no direction") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      return cut(cluster, machine, cluster.others(machine), true, true);
    }
  },
  ISOLATE_FOLLOWER(
      "partition",
      Target.FOLLOWER,
      8,
      "a follower and the others reach each other in no direction") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      return cut(cluster, machine, cluster.others(machine), true, true);
    }
  },
  MUTE_LEADER("partition", Target.LEADER, 8, "what the leader sends the others is lost, one-way") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      return cut(cluster, machine, cluster.others(machine), true, false);
    }
  },
  DEAF_LEADER("partition", Target.LEADER, 8, "what the others send the leader is lost, one-way") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      return cut(cluster, machine, cluster.others(machine), false, true);
    }
  },
  CUT_ONE_LINK(
      "partition",
      Target.LEADER,
      8,
      "the leader and one follower do not reach each other, the third reaches both") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      List<Machine> others = cluster.others(machine);
      return cut(cluster, machine, List.of(others.get(random.nextInt(others.size()))), true, true);
    }
  },
  STALL_SYNCS("disk", Target.LEADER, 6, "the leader's syncs do not return") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.stallSyncs(true);
      return () -> machine.stallSyncs(false);
    }
  },
  STALL_FOLLOWER_SYNCS("disk", Target.FOLLOWER, 6, "a follower's syncs do not return") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.stallSyncs(true);
      return () -> machine.stallSyncs(false);
    }
  },
  FREEZE_DISK(
      "disk",
      Target.LEADER,
      6,
      "whatever writes to the leader's disk waits, its log files included") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.freezeDisk();
      return machine::thawDisk;
    }
  },
  FAIL_SYNCS("disk", Target.LEADER, 6, "the leader's syncs fail with EIO") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.failSyncs(true);
      return () -> machine.failSyncs(false);
    }
  },
  FILL_DISK("disk", Target.LEADER, 10, "the leader's disk is full") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.fillDisk();
      return machine::emptyDisk;
    }
  },
  CLOCK_FORWARD(
      "clock", Target.LEADER, 5, "the leader's wall clock jumps an hour forward, then back") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.setClock(Duration.ofHours(1));
      return () -> machine.setClock(Duration.ZERO);
    }
  },
  CLOCK_BACK(
      "clock", Target.LEADER, 5, "the leader's wall clock jumps an hour back, then forward") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      machine.setClock(Duration.ofHours(-1));
      return () -> machine.setClock(Duration.ZERO);
    }
  },
  REPLACE(
      "replace", Target.FOLLOWER, 0, "a new machine joins, a follower's machine leaves for good") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      cluster.replace(cluster.machines().indexOf(machine));
      return () -> {};
    }
  },
  REPLACE_ALL("replace", Target.LEADER, 0, "all three machines are replaced, one by one") {
    @Override
    Runnable strike(Cluster cluster, Machine machine, Random random) {
      for (int place = 0; place < Cluster.PLACES; place++) {
        cluster.replace(place);
        cluster.awaitWhole();
      }
      return () -> {};
    }
  };

  /** Whom a fault strikes. */
  enum Target {
    LEADER,
    FOLLOWER
  }

  /** By which {@code --faults} takes it, besides its own name. */
  final String group;

  final Target target;

  /** How long it lasts at least; up to half of that comes on top. */
  final int seconds;

  final String what;

  Fault(String group, Target target, int seconds, String what) {
    this.group = group;
    this.target = target;
    this.seconds = seconds;
    this.what = what;
  }

  /**
   * @return takes it back
   */
  abstract Runnable strike(Cluster cluster, Machine machine, Random random);

  private static Runnable cut(
      Cluster cluster, Machine machine, List<Machine> others, boolean out, boolean in) {
    for (Machine other : others) {
      if (out) {
        cluster.network.cut(machine.number, other.number);
      }
      if (in) {
        cluster.network.cut(other.number, machine.number);
      }
    }
    return () -> {
      for (Machine other : others) {
        if (out) {
          cluster.network.mend(machine.number, other.number);
        }
        if (in) {
          cluster.network.mend(other.number, machine.number);
        }
      }
    };
  }

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @param names groups and single names, by commas; "" is all
   * @throws IllegalArgumentException for an unknown one
   */
  static List<Fault> named(String names) {
    if (names.isEmpty()) {
      return List.of(values());
    }
    List<String> wanted = Arrays.asList(names.split(","));
    for (String name : wanted) {
      if (Arrays.stream(values()).noneMatch(f -> f.group.equals(name) || f.label().equals(name))) {
        throw new IllegalArgumentException(
            "unknown fault "
                + name
                + "; there are "
                + Arrays.stream(values()).map(Fault::label).toList());
      }
    }
    return Arrays.stream(values())
        .filter(fault -> wanted.contains(fault.group) || wanted.contains(fault.label()))
        .toList();
  }
}
