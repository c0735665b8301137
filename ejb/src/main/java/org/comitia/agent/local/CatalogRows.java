package org.comitia.agent.local;

import java.util.List;
import org.comitia.state.Check;
import org.comitia.state.Service;

/**
 * Rows of the catalog: ours beside the catalog's own, and with something changed. Pure functions.
 */
final class CatalogRows {
  private CatalogRows() {}

  static Service withTags(Service s, List<String> tags) {
    return new Service(
        s.node(),
        s.id(),
        s.name(),
        s.kind(),
        List.copyOf(tags),
        s.address(),
        s.taggedAddresses(),
        s.meta(),
        s.port(),
        s.socketPath(),
        s.weightPassing(),
        s.weightWarning(),
        s.enableTagOverride(),
        s.proxy(),
        s.connect(),
        0,
        0);
  }

  static Check withResult(Check c, String status, String output) {
    return check(c, c.node(), status, output, c.serviceName(), c.serviceTags());
  }

  /** The catalog gives a service's name and tags to its checks. */
  static Check withService(Check c, Service service) {
    return check(c, c.node(), c.status(), c.output(), service.name(), service.tags());
  }

  private static Check check(
      Check c, String node, String status, String output, String service, List<String> tags) {
    return new Check(
        node,
        c.id(),
        c.name(),
        status,
        c.notes(),
        output,
        c.serviceId(),
        service,
        tags,
        c.type(),
        c.interval(),
        c.timeout(),
        c.exposedPort(),
        c.definition(),
        0,
        0);
  }

  /** Whether the catalog's row says what ours does; when it was written does not matter. */
  static boolean same(Service ours, Service theirs) {
    return withTags(theirs, theirs.tags())
        .equals(
            new Service(
                theirs.node(),
                ours.id(),
                ours.name(),
                ours.kind(),
                ours.tags(),
                ours.address(),
                ours.taggedAddresses(),
                ours.meta(),
                ours.port(),
                ours.socketPath(),
                ours.weightPassing(),
                ours.weightWarning(),
                ours.enableTagOverride(),
                ours.proxy(),
                ours.connect(),
                0,
                0));
  }

  /**
   * @param outputToo false while a changed output waits to be written
   */
  static boolean same(Check ours, Check theirs, boolean outputToo) {
    String output = outputToo ? theirs.output() : ours.output();
    return ours.equals(
        check(
            theirs,
            ours.node(),
            theirs.status(),
            output,
            theirs.serviceName(),
            theirs.serviceTags()));
  }
}
