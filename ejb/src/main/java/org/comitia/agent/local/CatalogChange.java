package org.comitia.agent.local;

import java.util.List;
import org.comitia.state.Command;

/**
 * One write that brings the catalog nearer to this agent.
 *
 * @param secret of the token that came with the service or the check; empty for none
 * @param origin whose it is
 * @param what for a person, in case it fails: {@code service=web}
 * @param lines to be logged when it is done
 * @param done to be run on the registry's executor when it is done
 */
record CatalogChange(
    Command command, Origin origin, String secret, String what, List<String> lines, Runnable done) {
  /** Who asked for what is written. */
  enum Origin {
    /** The agent itself. */
    AGENT,
    FILE,
    API
  }

  /** Without the secret, since it may end in a log. */
  @Override
  public String toString() {
    return "CatalogChange[" + what + "]";
  }
}
