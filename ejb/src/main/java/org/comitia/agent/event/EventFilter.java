package org.comitia.agent.event;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.comitia.agent.event.Events.Problem;
import org.comitia.cluster.UserEvent;
import org.comitia.state.LimitExceededException;
import org.comitia.state.RegexBudget;

/**
 * Whom an event concerns, read once. Regular expressions are RE2's, as in Go: linear in time,
 * whoever wrote them; they need only match a part.
 */
final class EventFilter {
  /** Bytes of name, filters and payload: events are signals, not data. */
  static final int MAX_BYTES = 512;

  private final Pattern node;
  private final Pattern service;
  private final Pattern tag;

  private EventFilter(Pattern node, Pattern service, Pattern tag) {
    this.node = node;
    this.service = service;
    this.tag = tag;
  }

  /** What keeps an event from being fired, in a value rather than an exception's text. */
  static final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean overLimit;

    private Unfit(String text, boolean overLimit) {
      super(text, null, false, false);
      this.overLimit = overLimit;
    }

    Problem problem() {
      return new Problem(getMessage(), overLimit);
    }
  }

  /**
   * Reads an event's filters; nothing is compiled before the event's size was looked at.
   *
   * @throws Unfit in Consul's words, when nobody may fire or hear such an event
   */
  static EventFilter of(UserEvent event) throws Unfit {
    if (event.name().isEmpty()) {
      throw new Unfit("User event missing name", false);
    }
    if (bytes(event) > MAX_BYTES) {
      throw new Unfit(
          "user event exceeds configured limit of " + MAX_BYTES + " bytes before encoding", false);
    }
    if (!event.tagFilter().isEmpty() && event.serviceFilter().isEmpty()) {
      throw new Unfit("Cannot provide tag filter without service filter", false);
    }
    RegexBudget budget = new RegexBudget();
    return new EventFilter(
        compiled("node", event.nodeFilter(), budget),
        compiled("service", event.serviceFilter(), budget),
        compiled("tag", event.tagFilter(), budget));
  }

  private static long bytes(UserEvent event) {
    long bytes = event.payload().length;
    for (String text :
        List.of(event.name(), event.nodeFilter(), event.serviceFilter(), event.tagFilter())) {
      bytes +=
          text.length() > MAX_BYTES ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes;
  }

  /** Null for an empty one, which all match. */
  private static Pattern compiled(String which, String filter, RegexBudget budget) throws Unfit {
    try {
      return filter.isEmpty() ? null : budget.compile(filter);
    } catch (PatternSyntaxException e) {
      throw new Unfit("Invalid " + which + " filter: " + e.getMessage(), false);
    } catch (LimitExceededException e) {
      throw new Unfit("Invalid " + which + " filter: " + e.getMessage(), true);
    }
  }

  /**
   * @param services name to the tags of each of this agent's services
   */
  boolean concerns(String nodeName, Map<String, List<String>> services) {
    if (!matches(node, nodeName)) {
      return false;
    }
    return service == null
        || services.entrySet().stream()
            .anyMatch(
                entry ->
                    matches(service, entry.getKey())
                        && (tag == null
                            || entry.getValue().stream().anyMatch(text -> matches(tag, text))));
  }

  private static boolean matches(Pattern filter, String text) {
    return filter == null || filter.matcher(text).find();
  }
}
