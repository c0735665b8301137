package org.comitia.raft.bootstrap;

import java.util.List;
import java.util.UUID;
import org.comitia.raft.Configuration;

/**
 * What the bootstrap protocol wants done after a batch of inputs. The frames may leave at once:
 * what had to be synced before them is synced.
 *
 * @param record what to write under the log store's record {@code bootstrap}; null for nothing
 * @param envelopes to send
 * @param start null unless this server is to start
 * @param attempt the set that this server has just promised, for the log line {@code Attempting
 *     bootstrap with nodes: [...]}; null when none
 */
public record BootstrapReady(
    Persist record, List<BootstrapEnvelope> envelopes, Start start, Configuration attempt) {

  /**
   * Replaces the record of before.
   *
   * @param sequence counts up from 1; reported back with {@link Bootstrap#synced}
   */
  public record Persist(long sequence, byte[] bytes) {}

  /**
   * Hand {@code configuration} to the empty core. The core's first entry and the record of the same
   * Ready go into one transaction. Told again after a restart: a core that is not empty ignores it.
   */
  public record Start(Configuration configuration, UUID cluster) {}

  public boolean isEmpty() {
    return record == null && envelopes.isEmpty() && start == null && attempt == null;
  }
}
