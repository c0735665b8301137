package org.comitia.consensus;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.logging.Logger;
import org.comitia.access.Policy;
import org.comitia.access.Token;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Indexes;
import org.comitia.state.StateVersion;

/**
 * Makes a management token of {@code acl.tokens.initial_management}, on the leader, unless the
 * cluster was bootstrapped before. Safe for any thread.
 */
final class InitialToken {
  private static final Logger LOG = Logger.getLogger("consul");

  private boolean toldOpen; // whoever looks
  private final AclOptions options;
  private final Function<Command, CompletionStage<WriteOutcome>> proposal;
  private final AtomicBoolean underWay = new AtomicBoolean();

  /**
   * @param proposal of a command; needs no answer of a client
   */
  InitialToken(AclOptions options, Function<Command, CompletionStage<WriteOutcome>> proposal) {
    this.options = options;
    this.proposal = proposal;
  }

  /** To be called now and then; returns at once. */
  void look(Status status, StateVersion state) {
    if (!options.enabled() && !toldOpen && state.indexes().containsKey(Indexes.ACL_BOOTSTRAP)) {
      toldOpen = true;
      LOG.warning(
          "COM3093: the cluster has tokens, and this server asks nobody for one: set acl.enabled here as well, or who asks"
              + " this server, or any while it leads, may do everything");
    }
    boolean due =
        options.enabled()
            && !options.initialManagement().isEmpty()
            && status.established()
            && state.level() >= FeatureLevel.ACCESS
            && !state.indexes().containsKey(Indexes.ACL_BOOTSTRAP)
            && state.access().bySecret(options.initialManagement()) == null;
    if (due && underWay.compareAndSet(false, true)) {
      proposal
          .apply(new Command.AclBootstrap(token(), 0))
          .whenComplete((outcome, problem) -> underWay.set(false));
    }
  }

  private Token token() {
    return new Token(
        UUID.randomUUID().toString(),
        options.initialManagement(),
        "Initial Management Token",
        List.of(Policy.GLOBAL_MANAGEMENT),
        List.of(),
        List.of(),
        List.of(),
        false,
        "",
        System.currentTimeMillis(),
        0,
        0,
        0);
  }
}
