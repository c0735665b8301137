package org.comitia.state;

import java.util.List;

/** The bounds of {@link CommandRules} on what a command would put into the state. */
final class Bounds {
  private Bounds() {}

  /** Which bound a command is over; null for none. */
  static String excess(Command command) {
    if (command instanceof Command.KvPut put) {
      return keyExcess(put.key());
    } else if (command instanceof Command.KvAcquire acquire) {
      return keyExcess(acquire.key());
    } else if (command instanceof Command.Txn txn) {
      return excess(txn);
    } else if (command instanceof Command.Register register) {
      return excess(register);
    } else if (command instanceof Command.SessionCreate create) {
      return excess(create.session());
    } else if (command instanceof Command.PreparedQuerySet set) {
      return excess(set.query());
    } else if (command instanceof Command.CoordinateUpdate update) {
      return excess(update);
    } else if (command instanceof Command.Restoration step) {
      return firstOf(
          nameExcess("restoration's id", step.id()),
          step instanceof Command.RestoreRows part ? RowBounds.excess(part.rows()) : null);
    } else if (command instanceof Command.AutopilotSet set) {
      return excess(set.config());
    } else if (command instanceof Command.AccessSet set) {
      return AccessBounds.excess(set.object());
    } else if (command instanceof Command.AclBootstrap bootstrap) {
      return AccessBounds.excess(bootstrap.token());
    }
    return null;
  }

  static String keyExcess(String key) {
    return Names.isLonger(key, CommandRules.MAX_KEY_BYTES)
        ? "the key is longer than "
            + CommandRules.MAX_KEY_BYTES
            + " bytes (a byte that is not UTF-8 counts as 4, a backslash as 2)"
        : null;
  }

  static String nameExcess(String what, String name) {
    return Names.isLonger(name, CommandRules.MAX_NAME_BYTES)
        ? "the " + what + " is longer than " + CommandRules.MAX_NAME_BYTES + " bytes"
        : null;
  }

  static String firstOf(String... excesses) {
    for (String excess : excesses) {
      if (excess != null) {
        return excess;
      }
    }
    return null;
  }

  static String countExcess(String what, int count, int most) {
    return count > most ? "more than " + most + " " + what + ": " + count : null;
  }

  private static String excess(Command.Txn txn) {
    for (TxnOp op : txn.ops()) {
      String excess = null;
      if (op instanceof TxnOp.Kv kv) {
        excess = kv.verb().sets() ? keyExcess(kv.key()) : null;
      } else if (op instanceof TxnOp.OnNode on) {
        excess = on.verb().sets() ? excess(on.node()) : null;
      } else if (op instanceof TxnOp.OnService on) {
        excess = on.verb().sets() ? excess(on.service()) : null;
      } else if (op instanceof TxnOp.OnCheck on) {
        excess = on.verb().sets() ? excess(on.check()) : null;
      }
      if (excess != null) {
        return excess;
      }
    }
    return null;
  }

  private static String excess(Command.Register register) {
    String excess =
        firstOf(
            countExcess(
                "checks in a registration", register.checks().size(), CommandRules.MAX_CHECKS),
            excess(register.node()),
            register.service() == null ? null : excess(register.service()));
    for (Check check : register.checks()) {
      excess = excess == null ? excess(check) : excess;
    }
    return excess;
  }

  static String excess(Node node) {
    return firstOf(nameExcess("node's name", node.name()), nameExcess("node's id", node.id()));
  }

  static String excess(Service service) {
    return firstOf(
        nameExcess("service's name", service.name()),
        nameExcess("service's id", service.id()),
        tagsExcess(service.tags()));
  }

  static String excess(Check check) {
    return firstOf(
        checkExcess(check.name(), check.id()),
        nameExcess("name of the check's service", check.serviceName()),
        nameExcess("id of the check's service", check.serviceId()),
        tagsExcess(check.serviceTags()));
  }

  static String checkExcess(String name, String id) {
    return firstOf(nameExcess("check's name", name), nameExcess("check's id", id));
  }

  private static String tagsExcess(List<String> tags) {
    long length = 0;
    for (String tag : tags) {
      length += tag.length();
    }
    return length > CommandRules.MAX_TAGS_LENGTH
        ? "the service's tags have more than "
            + CommandRules.MAX_TAGS_LENGTH
            + " characters together"
        : null;
  }

  static String excess(Session session) {
    List<String> checks = session.checks();
    String excess =
        firstOf(
            nameExcess("session's id", session.id()),
            countExcess("checks of a session", checks.size(), CommandRules.MAX_SESSION_CHECKS));
    for (String check : checks) {
      excess = excess == null ? nameExcess("id of the session's check", check) : excess;
    }
    return excess;
  }

  static String excess(PreparedQuery query) {
    String excess =
        firstOf(nameExcess("query's id", query.id()), nameExcess("query's name", query.name()));
    return excess != null || !query.isTemplate() ? excess : QueryTemplate.excess(query);
  }

  private static String excess(Command.CoordinateUpdate update) {
    String excess =
        countExcess("coordinates", update.coordinates().size(), CommandRules.MAX_COORDINATES);
    for (Coordinate coordinate : update.coordinates()) {
      excess = firstOf(excess, excess(coordinate));
    }
    return excess;
  }

  static String excess(AutopilotConfig config) {
    return firstOf(
        nameExcess("RedundancyZoneTag", config.redundancyZoneTag()),
        nameExcess("UpgradeVersionTag", config.upgradeVersionTag()));
  }

  static String excess(Coordinate coordinate) {
    return firstOf(
        nameExcess("coordinate's segment", coordinate.segment()),
        countExcess(
            "dimensions of a coordinate", coordinate.vec().size(), CommandRules.MAX_DIMENSIONS));
  }
}
