package org.comitia.it.chaos;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether operations on one object can be put into one order that the object's {@link Model}
 * allows, each at some moment between its invocation and its response: a search over all such
 * orders that remembers where it has been (J. Wing, C. Gong, "Testing and Verifying Concurrent
 * Objects", 1993, with the cache of G. Lowe, "Testing for Linearizability", 2017). Operations of
 * unknown outcome may come at any moment after their invocation, or never. It is exact, and
 * exponential at worst: a bound on its steps ends it, and then it has not decided.
 */
final class Linearizability<S> {
  /** Steps of the search for one object. */
  private static final long STEPS = 20_000_000;

  private static final String UNSEEN = "a value that nobody saw";

  /** The verdict on one object. */
  enum Verdict {
    LINEARIZABLE,
    VIOLATED,
    UNDECIDED
  }

  /**
   * @param verdict on all operations
   * @param reason where no order went on, in words; "" when there is one
   */
  record Result(Verdict verdict, String reason) {}

  private record Visited(BitSet done, Object state) {}

  /**
   * @param forced it changed nothing: if there is an order with it later, there is one with it
   *     here, so that no other way is tried
   */
  private record Step<S>(Event event, S before, boolean forced) {}

  /**
   * An invocation or a response, in a list from which both are taken out while the operation counts
   * as done.
   */
  private static final class Event {
    final Operation operation;
    final int number;
    final long time;
    final boolean invocation;
    Event response;
    Event before;
    Event next;

    /** The one before it that does the same; both of unknown outcome: they take effect in turn. */
    Event twin;

    Event(Operation operation, int number, boolean invocation) {
      this.operation = operation;
      this.number = number;
      this.invocation = invocation;
      this.time = operation == null ? 0 : invocation ? operation.invoked() : operation.responded();
    }

    void takeOut() {
      before.next = next;
      if (next != null) {
        next.before = before;
      }
    }

    void putBack() {
      before.next = this;
      if (next != null) {
        next.before = this;
      }
    }
  }

  private final Model<S> model;
  private final Event head;
  private int open;
  private S state;
  private final BitSet done = new BitSet();
  private final Set<Visited> visited = new HashSet<>();
  private final Deque<Step<S>> steps = new ArrayDeque<>();
  private int furthest = -1;
  private String reason = "";

  private Linearizability(Model<S> model, List<Operation> operations) {
    this.model = model;
    this.state = model.initial();
    this.head = list(operations);
    this.open = (int) operations.stream().filter(Operation::known).count();
  }

  /**
   * Writes of unknown outcome whose values nobody saw are first left out, which decides almost
   * always and at once. They may still be why a comparison failed; then one of their values is as
   * good as another.
   */
  static <S> Result check(Model<S> model, List<Operation> operations) {
    Set<String> values = new HashSet<>();
    for (Operation operation : operations) {
      values.addAll(operation.seen().values());
      values.addAll(operation.expected().values());
    }
    List<Operation> seen = operations.stream().filter(o -> !unseen(o, values)).toList();
    Result first = new Linearizability<>(model, seen).search();
    if (first.verdict() == Verdict.LINEARIZABLE || seen.size() == operations.size()) {
      return first;
    }
    return new Linearizability<>(
            model, operations.stream().map(o -> unseen(o, values) ? alike(o) : o).toList())
        .search();
  }

  private static boolean unseen(Operation operation, Set<String> values) {
    return !operation.known()
        && operation.kind() == Operation.Kind.KEYS
        && operation.written().values().stream().noneMatch(values::contains);
  }

  private static Operation alike(Operation o) {
    Map<String, String> written = new HashMap<>(o.written());
    written.replaceAll((key, value) -> UNSEEN);
    return new Operation(
        o.object(),
        o.kind(),
        o.client(),
        o.expected(),
        o.seen(),
        written,
        o.outcome(),
        o.invoked(),
        o.responded());
  }

  private static Event list(List<Operation> operations) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      Event invocation = new Event(operations.get(i), i, true);
      events.add(invocation);
      if (operations.get(i).known()) {
        invocation.response = new Event(operations.get(i), i, false);
        events.add(invocation.response);
      }
    }
    // At the same moment, whoever is invoked may come first.
    events.sort(
        Comparator.<Event>comparingLong(event -> event.time)
            .thenComparing(event -> !event.invocation));
    Event head = new Event(null, -1, true);
    Event last = head;
    Map<List<Object>, Event> alike = new HashMap<>();
    for (Event event : events) {
      Operation o = event.operation;
      if (!o.known()) {
        event.twin = alike.put(List.of(o.kind(), o.expected(), o.written()), event);
      }
      last.next = event;
      event.before = last;
      last = event;
    }
    return head;
  }

  /**
   * Of those that may come next, the answered ones are tried first: what nobody answered may as
   * well never have happened, and mostly did not.
   */
  private Result search() {
    Event at = head.next;
    boolean answered = true;
    for (long step = 0; open > 0; step++) {
      if (step >= STEPS) {
        return new Result(Verdict.UNDECIDED, "no order found in " + STEPS + " steps; " + reason);
      }
      if (at.invocation) {
        boolean placed = at.operation.known() == answered && tried(at);
        at = placed ? head.next : at.next;
        answered |= placed;
      } else if (answered) {
        at = head.next;
        answered = false;
      } else {
        // Whoever is answered here had to have a place before.
        remember(at);
        Event undone = undo();
        if (undone == null) {
          return new Result(Verdict.VIOLATED, reason);
        }
        at = undone.next;
        answered = undone.operation.known();
      }
    }
    return new Result(Verdict.LINEARIZABLE, "");
  }

  /** Puts an operation next, unless the state forbids it or that was tried before. */
  private boolean tried(Event event) {
    if (event.twin != null && !done.get(event.twin.number)) {
      return false;
    }
    S after = model.after(state, event.operation);
    if (after == null) {
      return false;
    }
    done.set(event.number);
    if (!visited.add(new Visited((BitSet) done.clone(), after))) {
      done.clear(event.number);
      return false;
    }
    boolean forced = event.operation.known() && after.equals(state);
    steps.push(new Step<>(event, state, forced));
    state = after;
    event.takeOut();
    if (event.response != null) {
      event.response.takeOut();
      open--;
    }
    return true;
  }

  /** Goes back to where another way may be tried. @return whose place was wrong; null: nobody's */
  private Event undo() {
    while (!steps.isEmpty()) {
      Step<S> last = steps.pop();
      Event event = last.event();
      state = last.before();
      done.clear(event.number);
      if (event.response != null) {
        event.response.putBack();
        open++;
      }
      event.putBack();
      if (!last.forced()) {
        return event;
      }
    }
    return null;
  }

  /** Keeps the furthest point that an order reached, which is where to look. */
  private void remember(Event stuck) {
    if (steps.size() > furthest) {
      furthest = steps.size();
      StringBuilder text =
          new StringBuilder("no place for " + stuck.operation + "; state then: " + state);
      steps.stream().limit(5).forEach(s -> text.append("\n  after ").append(s.event().operation));
      reason = text.toString();
    }
  }
}
