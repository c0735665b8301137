package org.comitia.agent.event;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Map;
import org.comitia.consensus.port.UserEvent;

/**
 * Whom an event concerns. Regular expressions are RE2's, as in Go: linear in time, whoever wrote
 * them; they need only match a part.
 */
final class EventFilter {
  private EventFilter() {}

  /** Why the event cannot be fired, in Consul's words; null when it can. */
  static String problem(UserEvent event) {
    if (event.name().isEmpty()) {
      return "User event missing name";
    }
    if (!event.tagFilter().isEmpty() && event.serviceFilter().isEmpty()) {
      return "Cannot provide tag filter without service filter";
    }
    String node = problem("node", event.nodeFilter());
    String service = node != null ? node : problem("service", event.serviceFilter());
    return service != null ? service : problem("tag", event.tagFilter());
  }

  private static String problem(String which, String filter) {
    try {
      Pattern.compile(filter);
      return null;
    } catch (PatternSyntaxException e) {
      return "Invalid " + which + " filter: " + e.getMessage();
    }
  }

  /**
   * @param services name to the tags of each of this agent's services
   */
  static boolean concerns(UserEvent event, String nodeName, Map<String, List<String>> services) {
    if (problem(event) != null) {
      return false;
    }
    if (!matches(event.nodeFilter(), nodeName)) {
      return false;
    }
    if (event.serviceFilter().isEmpty()) {
      return true;
    }
    Pattern service = Pattern.compile(event.serviceFilter());
    return services.entrySet().stream()
        .anyMatch(
            entry ->
                service.matcher(entry.getKey()).find()
                    && (event.tagFilter().isEmpty()
                        || entry.getValue().stream()
                            .anyMatch(tag -> matches(event.tagFilter(), tag))));
  }

  private static boolean matches(String filter, String text) {
    return filter.isEmpty() || Pattern.compile(filter).matcher(text).find();
  }
}
