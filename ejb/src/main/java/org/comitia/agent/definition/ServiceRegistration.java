package org.comitia.agent.definition;

import java.util.List;
import org.comitia.agent.check.CheckSpec;
import org.comitia.state.Service;

/**
 * A service and the checks that were defined inside it.
 *
 * @param service its indexes are 0
 * @param checks each with its id and the service's
 */
public record ServiceRegistration(Service service, List<CheckSpec> checks) {}
