package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.cluster.Member;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.Command;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.ServiceKey;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.junit.jupiter.api.Test;

/**
 * The leader's rounds against the real state. A test says when a proposed command is applied, and
 * so which other writes come before it.
 */
class MemberCatalogTest {
  private static final long SECOND = 1_000_000_000L;
  private static final UUID ID = UUID.randomUUID();
  private static final UUID OTHER_ID = UUID.randomUUID();

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private final List<Runnable> inFlight = new ArrayList<>();
  private final Set<UUID> silent = new HashSet<>();
  private final MemberCatalog catalog =
      new MemberCatalog(machine::version, this::propose, this::isSilent, Runnable::run, "dc1");
  private Configuration servers = new Configuration(List.of());
  private long now = -5 * SECOND; // crosses zero
  private long term = 1;
  private int asked;

  private boolean isSilent(Member member) {
    asked++;
    return silent.contains(member.nodeId());
  }

  private CompletionStage<?> propose(Command command) {
    CompletableFuture<Object> outcome = new CompletableFuture<>();
    inFlight.add(() -> outcome.complete(apply(command)));
    return outcome;
  }

  private Object apply(Command command) {
    return machine.apply(machine.version().appliedIndex() + 1, command);
  }

  /** A round whose writes are still under way when it returns. */
  private void begin(Member... members) {
    catalog.keep(term, servers, List.of(members), now);
  }

  private void finish() {
    List<Runnable> writes = List.copyOf(inFlight);
    inFlight.clear();
    writes.forEach(Runnable::run);
  }

  private void round(Member... members) {
    begin(members);
    finish();
  }

  /** Rounds twice a second, as long as this. */
  private void pass(long nanos, Member... members) {
    for (long until = now + nanos; now < until; ) {
      now += SECOND / 2;
      round(members);
    }
  }

  private static Member member(String name, UUID id, Member.Status status, String... tags) {
    Map<String, String> all = new java.util.HashMap<>(Map.of(Member.Tags.ROLE, "node"));
    for (int i = 0; i < tags.length; i += 2) {
      all.put(tags[i], tags[i + 1]);
    }
    return new Member(name, id, "10.0.0.1", 8301, all, status, 0);
  }

  private static Member alive(String name, UUID id) {
    return member(name, id, Member.Status.ALIVE);
  }

  private Node node(String name) {
    return machine.version().nodes().get(Names.fold(name));
  }

  private String health(String name) {
    Check check = machine.version().checks().get(CheckKey.of(name, MemberCatalog.SERF_HEALTH));
    return check == null ? null : check.status();
  }

  private void registerByHand(String name, String id) {
    apply(
        new Command.Register(
            new Node(id, name, "10.9.9.9", "dc1", Map.of(), Map.of(), 0, 0),
            false,
            new Service(
                name, "web", "web", List.of(), "", Map.of(), Map.of(), 80, 1, 1, false, 0, 0),
            List.of()));
  }

  @Test
  void whoIsThereIsRegisteredOnce() {
    round(alive("n", ID));
    assertThat(node("n").id()).isEqualTo(ID.toString());
    assertThat(health("n")).isEqualTo("passing");
    begin(alive("n", ID));
    assertThat(inFlight).isEmpty();
  }

  @Test
  void aServerHasTheServiceWithItsPort() {
    String[] tags = {Member.Tags.ROLE, "consul", Member.Tags.PORT, "8300"};
    round(member("n", ID, Member.Status.ALIVE, tags));
    tags[3] = "9300";
    round(member("n", ID, Member.Status.ALIVE, tags));
    assertThat(machine.version().services().get(ServiceKey.of("n", "consul")).port())
        .isEqualTo(9300);
  }

  @Test
  void anOddTagOfOneMemberDoesNotKeepTheOthersOut() {
    round(
        member("a", ID, Member.Status.ALIVE, Member.Tags.ROLE, "consul", Member.Tags.PORT, "x"),
        alive("b", OTHER_ID));
    assertThat(health("b")).isEqualTo("passing");
  }

  @Test
  void whoFailedIsCriticalOnceItIsSilentAndTheLeaderKnowsItsWay() {
    round(alive("n", ID));
    term = 2;
    Member failed = member("n", ID, Member.Status.FAILED);
    silent.add(ID);
    round(failed);
    assertThat(health("n")).isEqualTo("passing");
    silent.clear();
    pass(10 * SECOND, failed);
    assertThat(health("n")).isEqualTo("passing");
    silent.add(ID);
    round(failed);
    assertThat(health("n")).isEqualTo("critical");
  }

  @Test
  void ofManyThatFailedSomeAreAskedAtATimeAndAllInTheEnd() {
    Member[] failed = new Member[100];
    for (int i = 0; i < failed.length; i++) {
      UUID id = UUID.randomUUID();
      round(alive("n" + i, id));
      failed[i] = member("n" + i, id, Member.Status.FAILED);
      if (i >= 20) {
        silent.add(id); // the first twenty answer
      }
    }
    pass(5 * SECOND, failed);
    for (int i = 0; i < 60; i++) {
      int before = asked;
      round(failed);
      assertThat(asked - before).isLessThanOrEqualTo(4);
    }
    for (int i = 0; i < failed.length; i++) {
      assertThat(health("n" + i)).as("n%s", i).isEqualTo(i < 20 ? "passing" : "critical");
    }
  }

  private void registerItself(String name, UUID id, String rack) {
    Map<String, String> meta = Map.of("rack", rack);
    apply(
        new Command.Register(
            new Node(id.toString(), name, "10.0.0.1", "dc1", Map.of(), meta, 0, 0),
            false,
            null,
            List.of()));
  }

  @Test
  void theMetaOfAnAgentThatRegistersItselfMeanwhileStays() {
    begin(alive("n", ID));
    registerItself("n", ID, "r1");
    finish();
    assertThat(node("n").meta()).containsEntry("rack", "r1");
    round(alive("n", ID));
    assertThat(node("n").meta()).containsEntry("rack", "r1");
    assertThat(health("n")).isEqualTo("passing");
  }

  @Test
  void theMetaOfAnAgentThatComesBackOnAnotherAddressMeanwhileStays() {
    registerByHand("n", ID.toString()); // elsewhere
    begin(alive("n", ID));
    registerItself("n", ID, "r2");
    finish();
    round(alive("n", ID));
    assertThat(node("n").meta()).containsEntry("rack", "r2");
    assertThat(health("n")).isEqualTo("passing");
  }

  @Test
  void aRegistrationThatLandsAfterItsMemberLeftIsTakenBack() {
    begin(alive("n", ID));
    apply(new Command.Deregister("n", null, null)); // what the leave itself writes
    finish();
    assertThat(node("n")).as("the ghost").isNotNull();
    round(member("n", ID, Member.Status.LEFT));
    assertThat(node("n")).isNull();
  }

  @Test
  void aGhostOfAMemberThatIsForgottenIsReaped() {
    begin(alive("n", ID));
    apply(new Command.Deregister("n", null, null));
    finish();
    pass(10 * SECOND);
    assertThat(node("n")).as("not at once").isNotNull();
    pass(10 * SECOND);
    assertThat(node("n")).isNull();
  }

  @Test
  void aRemovalDecidedOnOldKnowledgeDoesNotTakeTheNodeThatHasTheNameByNow() {
    round(alive("n", ID));
    begin(member("n", ID, Member.Status.LEFT));
    apply(new Command.Deregister("n", null, null));
    registerByHand("n", OTHER_ID.toString());
    finish();
    assertThat(node("n").id()).isEqualTo(OTHER_ID.toString());
    assertThat(machine.version().services()).containsKey(ServiceKey.of("n", "web"));
  }

  @Test
  void whoIsAboutToLeaveIsNotRegisteredAgain() {
    round(alive("n", ID));
    apply(new Command.Deregister("n", null, null));
    round(member("n", ID, Member.Status.ALIVE, Member.Tags.LEAVING, "1"));
    assertThat(node("n")).isNull();
  }

  @Test
  void nodesRegisteredByHandStay() {
    registerByHand("by-hand", "");
    pass(60 * SECOND, alive("n", ID));
    assertThat(node("by-hand")).isNotNull();
  }

  @Test
  void aServerOfTheConfigurationStays() {
    round(alive("n", ID));
    servers =
        new Configuration(
            List.of(new Server(new ServerId(ID, UUID.randomUUID()), "n", "10.0.0.1:8300", true)));
    pass(60 * SECOND);
    assertThat(node("n")).isNotNull();
  }

  @Test
  void aNodeThatIsUnknownForAMomentIsNotReaped() {
    round(alive("n", ID));
    for (int i = 0; i < 5; i++) {
      pass(14 * SECOND);
      round(alive("n", ID));
      now += SECOND;
      round(alive("n", ID));
    }
    assertThat(node("n")).isNotNull();
    pass(14 * SECOND);
    term = 2; // another leadership looks for itself
    pass(14 * SECOND);
    assertThat(node("n")).isNotNull();
    pass(2 * SECOND);
    assertThat(node("n")).isNull();
  }

  @Test
  void whoComesBackWithAnotherIdReplacesItself() {
    round(alive("n", ID));
    round(alive("n", OTHER_ID));
    round(alive("n", OTHER_ID));
    assertThat(node("n").id()).isEqualTo(OTHER_ID.toString());
    assertThat(health("n")).isEqualTo("passing");
  }
}
