package org.comitia.it.chaos;

/**
 * A lock that sessions take and give back, or lose when they end, and a count of how often it was
 * taken (Consul's LockIndex), which a holder uses as a fencing token. There is no lock delay. An
 * expiry is an operation of unknown outcome that is invoked when the session may end at the
 * earliest.
 */
final class LockModel implements Model<LockModel.Held> {
  /** The key of the session in an operation's maps. */
  static final String SESSION = "session";

  /** The key of the count. */
  static final String INDEX = "index";

  /**
   * A lock's state.
   *
   * @param session who holds it; "" when nobody does
   * @param index how often it was taken
   */
  record Held(String session, long index) {
    private Held free() {
      return new Held("", index);
    }
  }

  @Override
  public Held initial() {
    return new Held("", 0);
  }

  @Override
  public Held after(Held held, Operation operation) {
    String session = operation.written().getOrDefault(SESSION, "");
    boolean mine = held.session().equals(session);
    boolean declined = operation.outcome() == Operation.Outcome.DECLINED;
    return switch (operation.kind()) {
      case ACQUIRE -> acquired(held, session, mine, declined);
      case RELEASE -> declined ? (mine ? null : held) : (mine ? held.free() : null);
      case EXPIRY -> mine ? held.free() : operation.known() ? held : null;
      case HOLDER -> seen(held, operation) ? held : null;
      case KEYS -> throw new IllegalArgumentException("not of a lock: " + operation);
    };
  }

  private static Held acquired(Held held, String session, boolean mine, boolean declined) {
    boolean free = held.session().isEmpty();
    if (declined) {
      return free || mine ? null : held;
    }
    if (mine) {
      return held;
    }
    return free ? new Held(session, held.index() + 1) : null;
  }

  private static boolean seen(Held held, Operation operation) {
    return held.session().equals(operation.seen().get(SESSION))
        && Long.toString(held.index()).equals(operation.seen().get(INDEX));
  }
}
