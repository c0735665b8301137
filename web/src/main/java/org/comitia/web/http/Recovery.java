package org.comitia.web.http;

import java.util.List;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Authorizers;
import org.comitia.access.Resource;
import org.comitia.access.Rule;

/** What the recovery token of an agent may: everything with this agent, and see who is there. */
final class Recovery {
  private static final String ACCESSOR = "agent-recovery";

  private Recovery() {}

  static Authorizer authorizer(String node) {
    return Authorizers.of(
        List.of(
            new Rule(Resource.AGENT, node, false, Access.WRITE),
            new Rule(Resource.NODE, "", true, Access.READ)),
        Access.DENY,
        false,
        ACCESSOR);
  }
}
