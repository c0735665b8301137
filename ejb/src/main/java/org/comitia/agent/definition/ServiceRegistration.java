package org.comitia.agent.definition;

import java.util.List;
import org.comitia.agent.check.CheckSpec;
import org.comitia.state.Service;

/**
 * A service and the checks that were defined inside it.
 *
 * @param service its indexes are 0
 * @param checks each with its id and the service's
 * @param secret of the token by which the catalog is written; empty for the agent's own
 */
public record ServiceRegistration(Service service, List<CheckSpec> checks, String secret) {
  /** The same with this secret, if it has none. */
  public ServiceRegistration orSecret(String other) {
    return secret.isEmpty() ? new ServiceRegistration(service, checks, other) : this;
  }

  /** Without the secret, since it may end in a log. */
  @Override
  public String toString() {
    return "ServiceRegistration[" + service.id() + "]";
  }
}
