package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicLong;
import org.comitia.cluster.Caller;
import org.comitia.state.Check;
import org.comitia.state.CheckStatus;
import org.comitia.state.Command;
import org.comitia.state.Node;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** TTL and alias checks, thresholds, and what no agent carries out. */
class CheckRulesTest {
  private final Bench bench = new Bench();

  @AfterEach
  void close() {
    bench.close();
  }

  private static SpecBuilder ttl(Duration ttl) {
    SpecBuilder spec = new SpecBuilder();
    spec.interval = Duration.ZERO;
    spec.ttl = ttl;
    return spec;
  }

  @Test
  void aTtlCheckTurnsCriticalWithoutItsHeartbeat() throws Exception {
    TtlCheck check = (TtlCheck) bench.start(ttl(Duration.ofMillis(200)));
    assertThat(bench.next()).isEqualTo(new Bench.Update(CheckStatus.CRITICAL, "TTL expired"));
    assertThat(check.heartbeat(CheckStatus.WARNING, "slow")).isEqualTo("slow");
    assertThat(bench.next())
        .isEqualTo(
            new Bench.Update(
                CheckStatus.CRITICAL, "TTL expired (last output before timeout follows): slow"));
  }

  @Test
  void aCheckThatIsClosedLeavesNoTimer() {
    SpecBuilder rare = new SpecBuilder();
    rare.tcp = "127.0.0.1:1";
    rare.interval = Duration.ofHours(24);
    bench.start(ttl(Duration.ofHours(24))).close();
    bench.start(rare).close();
    assertThat(((ScheduledThreadPoolExecutor) bench.scheduled).getQueue())
        .allMatch(timer -> ((Future<?>) timer).isCancelled());
  }

  @Test
  void aHeartbeatsOutputIsCut() {
    SpecBuilder spec = ttl(Duration.ofMinutes(1));
    spec.outputMaxSize = 4;
    TtlCheck check = (TtlCheck) bench.start(spec);
    assertThat(check.heartbeat(CheckStatus.PASSING, "123456"))
        .isEqualTo("1234 ... (captured 4 of 6 bytes)");
  }

  @Test
  void anExpiryCountsUntilTheNextHeartbeat() {
    AtomicLong clock = new AtomicLong();
    TtlCheck check =
        new TtlCheck(
            ttl(Duration.ofNanos(100)).build(),
            (id, status, output) -> {},
            4096,
            new Timer(bench.scheduled),
            clock::get);
    check.start();
    clock.set(99);
    assertThat(check.counts()).isFalse();
    clock.set(100);
    assertThat(check.counts()).isTrue();
    check.heartbeat(CheckStatus.PASSING, "");
    assertThat(check.counts()).isFalse();
  }

  @Test
  void thresholdsCountResultsInARow() {
    SpecBuilder spec = new SpecBuilder();
    spec.successBeforePassing = 2;
    spec.failuresBeforeWarning = 2;
    spec.failuresBeforeCritical = 3;
    StatusCounter counter =
        new StatusCounter(
            spec.build(), (id, status, out) -> bench.updates.add(new Bench.Update(status, out)));
    counter.count(Probe.Result.passing("first"));
    counter.count(Probe.Result.critical("1"));
    counter.count(Probe.Result.critical("2"));
    counter.count(Probe.Result.critical("3"));
    counter.count(Probe.Result.passing("4"));
    counter.count(Probe.Result.passing("5"));
    counter.count(Probe.Result.critical("6"));
    assertThat(bench.updates)
        .containsExactly(
            new Bench.Update(CheckStatus.PASSING, "first"),
            new Bench.Update(CheckStatus.WARNING, "2"),
            new Bench.Update(CheckStatus.CRITICAL, "3"),
            new Bench.Update(CheckStatus.PASSING, "5"));
  }

  @Test
  void anAliasFollowsThisAgentsChecks() throws Exception {
    SpecBuilder spec = new SpecBuilder();
    spec.interval = Duration.ZERO;
    spec.aliasService = "web";
    bench.start(spec);
    assertThat(bench.next())
        .isEqualTo(
            new Bench.Update(CheckStatus.CRITICAL, "Service web could not be found on node "));
    bench.local.set(List.of("web"));
    assertThat(bench.next()).isEqualTo(new Bench.Update(CheckStatus.PASSING, "No checks found."));
    LocalChecks.Entry fine = entry("disk", "", "tcp", CheckStatus.PASSING, "");
    LocalChecks.Entry other = entry("x", "db", "tcp", CheckStatus.CRITICAL, "");
    LocalChecks.Entry slow = entry("ping", "web", "http", CheckStatus.WARNING, "slow");
    bench.local.set(List.of("web"), fine, other);
    assertThat(bench.next())
        .isEqualTo(new Bench.Update(CheckStatus.PASSING, "All checks passing."));
    bench.local.set(List.of("web"), slow, fine, other);
    assertThat(bench.next())
        .isEqualTo(new Bench.Update(CheckStatus.WARNING, "Aliased check \"ping\" failing: slow"));
  }

  private static LocalChecks.Entry entry(
      String name, String service, String type, CheckStatus status, String output) {
    return new LocalChecks.Entry(name, name, service, type, status, output);
  }

  @Test
  void anAliasDoesNotFollowItselfNorOtherAliasesOfItsNode() throws Exception {
    SpecBuilder spec = new SpecBuilder();
    spec.interval = Duration.ZERO;
    spec.aliasService = "web";
    LocalChecks.Entry itself = entry("c1", "", "alias", CheckStatus.CRITICAL, "itself");
    LocalChecks.Entry another = entry("c2", "", "alias", CheckStatus.CRITICAL, "another");
    LocalChecks.Entry fine = entry("disk", "", "tcp", CheckStatus.PASSING, "");
    bench.local.set(List.of("web"), itself, another, fine);
    assertThat(bench.once(spec))
        .isEqualTo(new Bench.Update(CheckStatus.PASSING, "All checks passing."));
    LocalChecks.Entry ofItsService = entry("c1", "web", "alias", CheckStatus.CRITICAL, "itself");
    bench.local.set(List.of("web"), ofItsService);
    assertThat(bench.once(spec))
        .isEqualTo(new Bench.Update(CheckStatus.PASSING, "No checks found."));
  }

  @Test
  void aliasesThatFollowEachOtherComeToAnEnd() throws Exception {
    SpecBuilder spec = new SpecBuilder();
    spec.interval = Duration.ZERO;
    spec.aliasService = "web";
    spec.outputMaxSize = 100;
    String last = "Aliased check \"x\" failing: ".repeat(4).substring(0, 100);
    CheckRunner runner = bench.start(spec);
    Bench.Update update = bench.next();
    for (int i = 0; i < 10 && !update.output().equals(last); i++) {
      repeatedByAnother(update);
      update = bench.next();
    }
    assertThat(update.output()).isEqualTo(last);
    repeatedByAnother(update);
    assertThat(bench.updates.poll(1, java.util.concurrent.TimeUnit.SECONDS)).isNull();
    runner.close();
  }

  private void repeatedByAnother(Bench.Update update) {
    bench.local.set(List.of("web"), entry("x", "web", "alias", update.status(), update.output()));
  }

  @Test
  void anAliasFollowsAnotherNodesChecks() throws Exception {
    Node node = new Node("", "n2", "10.0.0.2", "dc1", Map.of(), Map.of(), 0, 0);
    bench.catalog.write(
        Caller.ANONYMOUS,
        new Command.Register(node, false, null, List.of(check("alive", "passing"))));
    SpecBuilder spec = new SpecBuilder();
    spec.interval = Duration.ZERO;
    spec.aliasNode = "n2";
    bench.start(spec);
    assertThat(bench.next())
        .isEqualTo(new Bench.Update(CheckStatus.PASSING, "All checks passing."));
    bench.catalog.write(
        Caller.ANONYMOUS,
        new Command.Register(node, false, null, List.of(check("alive", "critical"))));
    assertThat(bench.next())
        .isEqualTo(
            new Bench.Update(CheckStatus.CRITICAL, "Aliased check \"alive\" failing: said so"));
    bench.catalog.write(
        Caller.ANONYMOUS,
        new Command.Register(node, false, null, List.of(check("alive", "passing"))));
    assertThat(bench.next().status()).isEqualTo(CheckStatus.PASSING);
  }

  @Test
  void anAliasOfAServiceThatTheOtherNodeHasNotIsCritical() throws Exception {
    Node node = new Node("", "n2", "10.0.0.2", "dc1", Map.of(), Map.of(), 0, 0);
    bench.catalog.write(
        Caller.ANONYMOUS,
        new Command.Register(node, false, null, List.of(check("alive", "passing"))));
    SpecBuilder spec = new SpecBuilder();
    spec.interval = Duration.ZERO;
    spec.aliasNode = "n2";
    spec.aliasService = "web";
    assertThat(bench.once(spec))
        .isEqualTo(
            new Bench.Update(CheckStatus.CRITICAL, "Service web could not be found on node n2"));
  }

  private static Check check(String id, String status) {
    return new Check("n2", id, id, status, "", "said so", "", "", List.of(), "", 0, 0);
  }

  @Test
  void problemsAreConsulsTexts() {
    assertThat(ttl(Duration.ZERO).build().problem()).isEqualTo("TTL must be > 0 for TTL checks");
    SpecBuilder both = ttl(Duration.ofSeconds(1));
    both.interval = Duration.ofSeconds(1);
    assertThat(both.build().problem()).isEqualTo("Interval and TTL cannot both be specified");
    SpecBuilder http = new SpecBuilder();
    http.http = "http://localhost/";
    assertThat(http.build().problem()).isNull();
    assertThat(http.build().type()).isEqualTo("http");
    http.interval = Duration.ZERO;
    assertThat(http.build().problem())
        .isEqualTo("Interval must be > 0 for Script, HTTP, H2PING, or TCP checks");
    http.interval = Duration.ofSeconds(1);
    http.failuresBeforeWarning = 2;
    assertThat(http.build().problem())
        .isEqualTo("FailuresBeforeWarning can't be higher than FailuresBeforeCritical");
  }
}
