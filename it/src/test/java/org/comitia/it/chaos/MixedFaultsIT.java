package org.comitia.it.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.comitia.it.Await;
import org.comitia.it.Distribution;
import org.comitia.it.Http;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * {@code it.chaos.minutes} of faults from {@code it.chaos.seed}, of the kinds of {@code
 * it.chaos.faults}, one after the other in ever new orders, under clients at all servers. Needs
 * root, network namespaces, loop devices and a C compiler. It leaves a report, the history and the
 * servers' logs in {@code it/target/it-work/chaos-SEED}.
 */
@Tag("alone")
class MixedFaultsIT {
  private static final int CALM_MILLIS = 2_000;

  /** Servers that have just started are slow in everything. */
  private static final int WARM_MILLIS = 15_000;

  private final Report report = new Report();
  private final List<Client> clients = new ArrayList<>();
  private final ConcurrentSkipListMap<String, String> unique = new ConcurrentSkipListMap<>();

  @Test
  void nothingAcknowledgedIsLostAndHistoriesAreLinearizable() throws Exception {
    String minutes = System.getProperty("it.chaos.minutes", "");
    assumeTrue(
        !minutes.isEmpty() && !minutes.equals("0"),
        "mixed faults need root and Linux: it/chaos/run, or the profile debian");
    long seed = seed();
    List<Fault> faults = Fault.named(System.getProperty("it.chaos.faults", ""));
    Path folder = Distribution.workFolder("chaos-" + seed);
    Shell.run("rm", "-rf", folder.toString());
    Files.createDirectories(folder);
    try (History history = new History(folder.resolve("history.jsonl"));
        Cluster cluster = new Cluster(folder)) {
      Thread cleanUp = new Thread(cluster::close);
      Runtime.getRuntime().addShutdownHook(cleanUp);
      try {
        cluster.start();
        strike(cluster, history, faults, seed, Double.parseDouble(minutes));
        verify(cluster, history);
      } catch (AssertionError | RuntimeException e) {
        history.violation("the run did not end: " + e + "; last reads are missing");
        history.check();
      }
      summarize(folder, history, seed, minutes);
      assertThat(history.violations()).as("seed " + seed + "; all is in " + folder).isEmpty();
      Runtime.getRuntime().removeShutdownHook(cleanUp);
    }
  }

  private static long seed() {
    String seed = System.getProperty("it.chaos.seed", "");
    return seed.isEmpty() ? System.currentTimeMillis() % 1_000_000 : Long.parseLong(seed);
  }

  private void strike(
      Cluster cluster, History history, List<Fault> faults, long seed, double minutes) {
    Random random = new Random(seed);
    startClients(cluster, history, seed);
    long end = System.nanoTime() + (long) (minutes * TimeUnit.MINUTES.toNanos(1));
    try (Pinger pinger = new Pinger(cluster)) {
      Await.pause(WARM_MILLIS);
      List<Fault> deck = new ArrayList<>();
      while (System.nanoTime() < end && history.violations().isEmpty()) {
        if (deck.isEmpty()) {
          deck.addAll(faults);
          Collections.shuffle(deck, random);
        }
        Await.pause(CALM_MILLIS);
        strike(cluster, history, deck.remove(0), random, pinger);
      }
      Await.pause(CALM_MILLIS);
      say("acknowledged pings: " + pinger.count());
    } finally {
      clients.forEach(Client::stop);
      clients.forEach(Client::join);
    }
  }

  private void startClients(Cluster cluster, History history, long seed) {
    for (int place = 0; place < Cluster.PLACES; place++) {
      clients.add(new RegisterClient("registers", place, cluster, history, seed));
      clients.add(new RegisterClient("more-registers", place, cluster, history, seed));
      clients.add(new TransactionClient(place, cluster, history, seed));
      clients.add(new LockClient(place, cluster, history, seed));
      clients.add(new UniqueClient(place, cluster, history, seed, unique));
    }
    clients.forEach(Client::start);
  }

  private void strike(Cluster cluster, History history, Fault fault, Random random, Pinger pinger) {
    Machine leader = cluster.leader();
    List<Machine> followers = cluster.others(leader);
    Machine machine =
        fault.target == Fault.Target.LEADER
            ? leader
            : followers.get(random.nextInt(followers.size()));
    int hold = fault.seconds * 1_000 + random.nextInt(fault.seconds * 500 + 1);
    long begun = System.nanoTime();
    history.line(
        "{\"fault\": \""
            + fault.label()
            + "\", \"machine\": \""
            + machine.name()
            + "\", \"at\": "
            + history.at(begun)
            + "}");
    Runnable heal = fault.strike(cluster, machine, random);
    try {
      Await.pause(hold);
    } finally {
      heal.run();
    }
    long healed = System.nanoTime();
    cluster.awaitWhole();
    long whole = System.nanoTime();
    long during = pinger.longestGap(begun, healed);
    long after = pinger.longestGap(healed, whole);
    report.add(fault, during, after);
    say(
        fault.label()
            + " "
            + machine.name()
            + ": pause "
            + Report.seconds(during)
            + ", after it "
            + Report.seconds(after)
            + ", whole after "
            + Report.seconds(whole - healed));
  }

  private void verify(Cluster cluster, History history) throws IOException {
    cluster.awaitWhole();
    cluster.awaitConverged();
    for (Machine machine : cluster.machines()) {
      Http http = machine.agent.http();
      UniqueClient.missing(machine.name(), http, unique, history);
      LastReads last = new LastReads(machine, cluster, history);
      history.objects().forEach(last::read);
    }
    history.check();
  }

  /** Reads every object once more, so that what was written last is looked at too. */
  private static final class LastReads extends Client {
    private final Http http;

    LastReads(Machine machine, Cluster cluster, History history) {
      super("last reads at " + machine.name(), 0, cluster, history, 0);
      this.http = machine.agent.http();
    }

    @Override
    void next() {}

    void read(String object) {
      if (object.startsWith("register/")) {
        RegisterClient.read(object, http, this);
      } else if (object.startsWith("transaction/")) {
        TransactionClient.read(object, http, this);
      } else {
        LockClient.holder(object, http, this);
      }
    }
  }

  private void summarize(Path folder, History history, long seed, String minutes)
      throws IOException {
    String summary =
        "seed "
            + seed
            + ", "
            + minutes
            + " min: "
            + history.operations()
            + " operations ("
            + history.unknown()
            + " of unknown outcome) on "
            + history.objects().size()
            + " objects, "
            + unique.size()
            + " unique keys acknowledged, "
            + report.strikes()
            + " faults, "
            + history.violations().size()
            + " violations\n\n"
            + report.table()
            + String.join("\n", history.violations());
    Files.writeString(folder.resolve("report.md"), summary);
    Files.write(folder.resolve("strikes.tsv"), report.lines());
    say(summary);
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
