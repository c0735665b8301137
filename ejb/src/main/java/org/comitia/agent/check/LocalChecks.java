package org.comitia.agent.check;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.comitia.state.CheckStatus;

/** What is registered with this agent, as alias checks look at it. Safe for any thread. */
public interface LocalChecks {
  /**
   * One check.
   *
   * @param serviceId empty for a check of the node
   * @param type see {@link CheckSpec#type()}
   */
  record Entry(
      String id, String name, String serviceId, String type, CheckStatus status, String output) {
    /** Whether it only says what others say of a service. */
    boolean isNodesAlias() {
      return serviceId.isEmpty() && type.equals("alias");
    }
  }

  /** The checks as they are now, in any order. */
  List<Entry> entries();

  /** Whether a service with this id is registered with this agent. */
  boolean hasService(String serviceId);

  /**
   * Completes at the next change of a service, or of a check's status or output; never for an
   * update that changed nothing. Nobody need cancel it.
   */
  CompletionStage<Void> changed();
}
