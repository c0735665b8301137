package org.comitia.agent.local;

import java.util.ArrayList;
import java.util.List;
import org.comitia.access.Access;
import org.comitia.access.Resource;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.definition.ServiceRegistration;
import org.comitia.guard.Demand;
import org.comitia.state.Check;
import org.comitia.state.Names;
import org.comitia.state.Service;

/**
 * What changes of this agent's services and checks demand: the right to write the service, or the
 * node of a check that belongs to none; of what is replaced as well. Used where {@link LocalState}
 * is.
 */
final class LocalDemands {
  private final LocalState state;

  LocalDemands(LocalState state) {
    this.state = state;
  }

  private static Demand service(String name) {
    return Demand.of(Resource.SERVICE, name, Access.WRITE);
  }

  Demand node() {
    return Demand.of(Resource.NODE, state.node().name(), Access.WRITE);
  }

  /** Of a check: its service, or the node; the node as well of a service that is not there. */
  private Demand owner(String serviceId) {
    Service service = serviceId.isEmpty() ? null : state.service(serviceId);
    return service == null ? node() : service(service.name());
  }

  List<Demand> register(ServiceRegistration registration) {
    List<Demand> demands = new ArrayList<>();
    demands.add(service(registration.service().name()));
    Service replaced = state.service(registration.service().id());
    if (replaced != null) {
      demands.add(service(replaced.name()));
    }
    for (CheckSpec spec : registration.checks()) {
      replaced(spec, demands);
    }
    return demands;
  }

  /** A check that belongs to another one until now. */
  private void replaced(CheckSpec spec, List<Demand> demands) {
    Check known = state.check(spec.id());
    if (known != null && !Names.same(known.serviceId(), spec.serviceId())) {
      demands.add(owner(known.serviceId()));
    }
  }

  List<Demand> register(CheckSpec spec) {
    List<Demand> demands = new ArrayList<>();
    demands.add(owner(spec.serviceId()));
    replaced(spec, demands);
    return demands;
  }

  /** Nothing of one that is not there: nothing is done then. */
  List<Demand> ofService(String id) {
    Service known = state.service(id);
    return known == null ? List.of() : List.of(service(known.name()));
  }

  /** Likewise. */
  List<Demand> ofCheck(String id) {
    Check known = state.check(id);
    return known == null ? List.of() : List.of(owner(known.serviceId()));
  }
}
