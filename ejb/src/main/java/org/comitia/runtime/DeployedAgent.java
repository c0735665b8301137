package org.comitia.runtime;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.Supplier;
import org.comitia.agent.Agent;
import org.comitia.agent.Telemetry;
import org.comitia.agent.event.Events;
import org.comitia.agent.local.LocalServices;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Caller;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.cluster.Member;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.UserEvent;
import org.comitia.config.LogLevel;
import org.comitia.config.Version;
import org.comitia.log.LogOutlets;
import org.comitia.log.LogStream;
import org.comitia.runtime.NodeState.NotRunning;
import org.comitia.state.CheckStatus;

/**
 * The node of this deployment whatever its state: until it runs, and when it refuses to, it answers
 * so. It never throws. Safe for any thread.
 */
final class DeployedAgent implements Agent, Telemetry, LocalServices, Events {
  private static final AgentTokens NO_TOKENS = AgentTokens.none();

  private final Supplier<NodeState> state;
  private final Function<NodeRuntime, String> reload;
  private final CompletionStage<Void> ending;
  private final LogOutlets outlets;
  private final ScheduledExecutorService timers;

  /**
   * @param reload reads the settings again; null when they are in force, else why not
   * @param ending completes when this node begins to stop
   */
  DeployedAgent(
      Supplier<NodeState> state,
      Function<NodeRuntime, String> reload,
      CompletionStage<Void> ending,
      LogOutlets outlets,
      ScheduledExecutorService timers) {
    this.state = state;
    this.reload = reload;
    this.ending = ending;
    this.outlets = outlets;
    this.timers = timers;
  }

  // ---- Agent ----

  @Override
  public String unavailable() {
    return state.get().match(node -> "", NotRunning::why);
  }

  @Override
  public Self self() {
    return state
        .get()
        .match(
            node -> node.agent().self(),
            not ->
                new Self(
                    Map.of("Version", Version.ANNOUNCED, "ComitiaVersion", Version.TEXT),
                    Map.of(),
                    Map.of(),
                    null,
                    Map.of("agent", Map.of("not_running", not.why()))));
  }

  @Override
  public String datacenter() {
    return state.get().match(node -> node.agent().datacenter(), not -> "");
  }

  @Override
  public String nodeName() {
    return state.get().match(node -> node.agent().nodeName(), not -> "");
  }

  @Override
  public AgentTokens tokens() {
    return state.get().match(node -> node.agent().tokens(), not -> NO_TOKENS);
  }

  @Override
  public List<Member> members() {
    return state.get().match(node -> node.agent().members(), not -> List.of());
  }

  @Override
  public String join(String address) {
    return state.get().match(node -> node.agent().join(address), NotRunning::why);
  }

  @Override
  public String leave() {
    return state.get().match(DeployedAgent::left, NotRunning::why);
  }

  private static String left(NodeRuntime node) {
    String problem = node.agent().leave();
    if (problem == null) {
      CommandLink.exit(0, ""); // Consul's agent ends after a leave; in a user's server it idles
    }
    return problem;
  }

  @Override
  public boolean forceLeave(Caller caller, String name, boolean prune) {
    return state.get().match(node -> node.agent().forceLeave(caller, name, prune), not -> false);
  }

  @Override
  public CompletionStage<KeyringReply> keyring(KeyOperation operation, byte[] key) {
    return state
        .get()
        .match(
            node -> node.agent().keyring(operation, key),
            not -> CompletableFuture.completedFuture(KeyringReply.refused(not.why())));
  }

  @Override
  public String reload() {
    return state.get().match(reload, NotRunning::why);
  }

  @Override
  public Health health() {
    return state
        .get()
        .match(node -> node.agent().health(), not -> not.health(!CommandLink.isPresent()));
  }

  @Override
  public CompletionStage<Void> ending() {
    return ending;
  }

  // ---- Telemetry ----

  @Override
  public LogStream monitor(LogLevel level, boolean json) {
    return new LogStream(outlets, level, json, timers);
  }

  @Override
  public boolean showsPrometheus() {
    return state.get().match(NodeRuntime::showsPrometheus, not -> false);
  }

  // ---- LocalServices ----

  private CompletionStage<Outcome> change(
      Function<LocalServices, CompletionStage<Outcome>> change) {
    return state
        .get()
        .match(
            node -> change.apply(node.local()),
            not -> CompletableFuture.completedFuture(new Outcome(Result.UNAVAILABLE, not.why())));
  }

  @Override
  public View view() {
    return state.get().match(node -> node.local().view(), not -> View.EMPTY);
  }

  @Override
  public CompletionStage<Void> changed() {
    return state
        .get()
        .match(node -> node.local().changed(), not -> CompletableFuture.completedFuture(null));
  }

  @Override
  public CompletionStage<Outcome> registerService(
      Asker asker, Map<?, ?> definition, boolean replaceExistingChecks) {
    return change(local -> local.registerService(asker, definition, replaceExistingChecks));
  }

  @Override
  public CompletionStage<Outcome> deregisterService(Asker asker, String id) {
    return change(local -> local.deregisterService(asker, id));
  }

  @Override
  public CompletionStage<Outcome> registerCheck(Asker asker, Map<?, ?> definition) {
    return change(local -> local.registerCheck(asker, definition));
  }

  @Override
  public CompletionStage<Outcome> deregisterCheck(Asker asker, String id) {
    return change(local -> local.deregisterCheck(asker, id));
  }

  @Override
  public CompletionStage<Outcome> updateCheck(
      Asker asker, String id, CheckStatus status, String output) {
    return change(local -> local.updateCheck(asker, id, status, output));
  }

  @Override
  public CompletionStage<Outcome> serviceMaintenance(
      Asker asker, String id, boolean enable, String reason) {
    return change(local -> local.serviceMaintenance(asker, id, enable, reason));
  }

  @Override
  public CompletionStage<Outcome> nodeMaintenance(Asker asker, boolean enable, String reason) {
    return change(local -> local.nodeMaintenance(asker, enable, reason));
  }

  @Override
  public NetworkPosition position() {
    return state.get().match(NodeRuntime::position, not -> null);
  }

  // ---- Events ----

  @Override
  public Problem fire(UserEvent event) {
    return state
        .get()
        .match(node -> node.events().fire(event), not -> new Problem(not.why(), false));
  }

  @Override
  public List<UserEvent> recent() {
    return state.get().match(node -> node.events().recent(), not -> List.of());
  }

  @Override
  public Optional<CompletionStage<Boolean>> next(Duration wait) {
    return state
        .get()
        .match(
            node -> node.events().next(wait),
            not -> Optional.of(CompletableFuture.completedFuture(false)));
  }
}
