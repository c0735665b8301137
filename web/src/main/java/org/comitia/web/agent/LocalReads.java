package org.comitia.web.agent;

import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.guard.Demand;
import org.comitia.state.Check;
import org.comitia.state.Service;
import org.comitia.web.http.Refusal;

/** What of this agent's services and checks somebody may see. */
final class LocalReads {
  private LocalReads() {}

  static boolean may(Authorizer authorizer, Service service) {
    return authorizer.allows(Resource.SERVICE, service.name(), Access.READ);
  }

  /** A check of a service as the service, one of the node as the node. */
  static boolean may(Authorizer authorizer, Check check) {
    return check.serviceId().isEmpty()
        ? authorizer.allows(Resource.NODE, check.node(), Access.READ)
        : authorizer.allows(Resource.SERVICE, check.serviceName(), Access.READ);
  }

  /**
   * @throws Refusal 403 when it may not be seen
   */
  static void require(Authorizer authorizer, String service) {
    Demand read = Demand.of(Resource.SERVICE, service, Access.READ);
    if (!read.isMetBy(authorizer)) {
      throw new Refusal(403, read.denial(authorizer));
    }
  }
}
