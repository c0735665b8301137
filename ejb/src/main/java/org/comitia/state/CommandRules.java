package org.comitia.state;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.comitia.config.GoDuration;

/**
 * What a command must look like to be carried out, with Consul's texts. Looks at the command alone,
 * so that it can be refused before it is proposed; {@link StateMachine#apply} refuses it as well.
 * Pure functions.
 */
public final class CommandRules {
  /** A value's limit, Consul's {@code limits.kv_max_value_size}. */
  public static final int MAX_VALUE_BYTES = 512 * 1024;

  /** How many operations a transaction has, as since Consul 1.14. */
  public static final int MAX_TXN_OPS = 128;

  /** No session lives shorter; each agent may ask for more, see {@link #ttlRefusal}. */
  public static final Duration MIN_SESSION_TTL = Duration.ofSeconds(1);

  public static final Duration MAX_SESSION_TTL = Duration.ofHours(24);

  /**
   * How long a key is as it is stored (see {@link Names#isLonger}). PostgreSQL indexes up to 2,692
   * bytes of it and fails every save of the tables beyond that.
   */
  public static final int MAX_KEY_BYTES = 2048;

  /**
   * How long names and ids of nodes, services, checks, sessions and prepared queries are, as they
   * are stored: two of them make the key of a row.
   */
  public static final int MAX_NAME_BYTES = 1024;

  /** How many checks come with a registration. */
  public static final int MAX_CHECKS = 512;

  /** A service's tags together, in UTF-16 units: each check of the service repeats them. */
  public static final int MAX_TAGS_LENGTH = 64 * 1024;

  /** How many checks a session hangs on. */
  public static final int MAX_SESSION_CHECKS = 128;

  /** How many coordinates come together. */
  public static final int MAX_COORDINATES = 1024;

  /** How many dimensions a coordinate has. */
  public static final int MAX_DIMENSIONS = 64;

  private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "::", "[::]");

  private CommandRules() {}

  /**
   * Which bound of this project's a command is over; null for none. Part of {@link #refusal}. What
   * deletes is not measured: what an older version let in can be taken out.
   */
  public static String excess(Command command) {
    return Bounds.excess(command);
  }

  /** Which bound a service is over, whoever registers it; null for none. */
  public static String excess(Service service) {
    return Bounds.excess(service);
  }

  /** That a check's name or id is too long; null when neither is. */
  public static String checkExcess(String name, String id) {
    return Bounds.checkExcess(name, id);
  }

  /**
   * Why a command cannot be carried out, whatever the state; null when nothing speaks against it.
   */
  public static String refusal(Command command) {
    String excess = excess(command);
    if (excess != null) {
      return excess;
    } else if (command instanceof Command.Register register) {
      return refusal(register);
    } else if (command instanceof Command.Deregister deregister) {
      return deregister.node().isEmpty() ? "Must provide node" : null;
    } else if (command instanceof Command.KvPut put) {
      return entryRefusal(put.key(), put.value());
    } else if (command instanceof Command.KvAcquire acquire) {
      return entryRefusal(acquire.key(), acquire.value());
    } else if (command instanceof Command.KvRelease release) {
      return entryRefusal(release.key(), release.value());
    } else if (command instanceof Command.KvDelete delete) {
      return keyRefusal(delete.key());
    } else if (command instanceof Command.SessionCreate create) {
      return refusal(create.session());
    } else if (command instanceof Command.SessionDestroy destroy) {
      return destroy.id().isEmpty() ? "Must provide ID" : null;
    } else if (command instanceof Command.Txn txn) {
      return refusal(txn);
    } else if (command instanceof Command.PreparedQuerySet set) {
      return refusal(set.query());
    } else if (command instanceof Command.AutopilotSet set) {
      return AutopilotRules.refusal(set.config());
    } else if (command instanceof Command.AccessSet set) {
      return AccessBounds.refusal(set.object(), set.create());
    } else if (command instanceof Command.AclBootstrap bootstrap) {
      return AccessBounds.refusal(bootstrap.token(), true);
    } else if (command instanceof Command.AccessDelete delete) {
      return AccessBounds.idRefusal(delete.kind(), delete.id());
    }
    return null;
  }

  /**
   * Why a command cannot be carried out yet, at this feature level; null when it can. A leader asks
   * before it proposes, since servers that do not know the level cannot read the command.
   */
  public static String levelRefusal(Command command, int level) {
    if (command instanceof Command.AutopilotSet) {
      return AutopilotRules.levelRefusal(level);
    }
    boolean access =
        command instanceof Command.AccessSet
            || command instanceof Command.AccessDelete
            || command instanceof Command.AclBootstrap
            || command instanceof Command.RestoreRows part && !part.rows().access().isEmpty();
    return access ? AccessRules.levelRefusal(level) : null;
  }

  // ---- keys

  private static String entryRefusal(String key, byte[] value) {
    if (value.length > MAX_VALUE_BYTES) {
      return "Value for key "
          + Names.quote(key)
          + " is too large ("
          + value.length
          + " > "
          + MAX_VALUE_BYTES
          + " bytes)";
    }
    return keyRefusal(key);
  }

  private static String keyRefusal(String key) {
    return key.isEmpty() ? "Must provide key" : null;
  }

  /** What is wrong with single operations is told in the transaction's outcome. */
  private static String refusal(Command.Txn txn) {
    if (txn.ops().size() > MAX_TXN_OPS) {
      return "Transaction contains too many operations ("
          + txn.ops().size()
          + " > "
          + MAX_TXN_OPS
          + ")";
    }
    for (TxnOp op : txn.ops()) {
      if (op instanceof TxnOp.Kv kv && kv.value().length > MAX_VALUE_BYTES) {
        return entryRefusal(kv.key(), kv.value());
      }
    }
    return null;
  }

  // ---- catalog

  private static String refusal(Command.Register register) {
    Node node = register.node();
    if (node.name().isEmpty()) {
      return "Must provide node";
    }
    if (node.address().isEmpty() && !register.skipNodeUpdate()) {
      return "Must provide address if SkipNodeUpdate is not set";
    }
    String refusal = nodeRefusal(node);
    if (refusal == null && register.service() != null) {
      refusal = serviceRefusal(register.service());
    }
    return refusal == null ? checksRefusal(register.checks(), node) : refusal;
  }

  static String nodeRefusal(Node node) {
    if (node.name().isEmpty()) {
      return "Must provide node";
    }
    String badId = node.id().isEmpty() ? null : uuidError(node.id());
    return badId == null ? null : "Bad node ID: " + badId;
  }

  static String serviceRefusal(Service service) {
    if (service.name().isEmpty()) {
      // Consul 1.10 stores a service that has neither; 1.21.2 refuses it
      return "Must provide service name with ID";
    }
    return ANY_ADDRESS.contains(service.address()) ? "Invalid service address" : null;
  }

  private static String checksRefusal(List<Check> checks, Node node) {
    for (Check check : checks) {
      if (!check.node().isEmpty() && !Names.same(check.node(), node.name())) {
        return "check node "
            + Names.quote(check.node())
            + " does not match node "
            + Names.quote(node.name());
      }
    }
    return null;
  }

  // ---- sessions

  private static String refusal(Session session) {
    if (session.id().isEmpty()) {
      return "Missing session ID";
    }
    return session.node().isEmpty()
        ? "Must provide Node"
        : ttlRefusal(session.ttl(), MIN_SESSION_TTL);
  }

  /**
   * Why a session cannot have this TTL; null when it can. Zero stands for none.
   *
   * @param least what an agent asks for: Consul's {@code session_ttl_min}
   */
  public static String ttlRefusal(String text, Duration least) {
    if (text.isEmpty()) {
      return null;
    }
    Duration ttl;
    try {
      ttl = GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      return "Session TTL '" + text + "' invalid: time: " + goError(text, e);
    }
    if (!ttl.isZero() && (ttl.compareTo(least) < 0 || ttl.compareTo(MAX_SESSION_TTL) > 0)) {
      // no %d: its digits are the locale's
      return "Invalid Session TTL '%s', must be between [%s=%s]"
          .formatted(Long.toString(ttl.toNanos()), GoDuration.format(least), "24h0m0s");
    }
    return null;
  }

  private static String goError(String text, IllegalArgumentException e) {
    String kind = e.getMessage().startsWith("missing unit") ? "missing unit in" : "invalid";
    return kind + " duration " + Names.quote(text);
  }

  // ---- prepared queries

  private static String refusal(PreparedQuery query) {
    if (query.id().isEmpty()) {
      return "Missing Query ID";
    }
    if (query.name().isEmpty() && !query.isTemplate() && query.session().isEmpty()) {
      return "Must be bound to a session";
    }
    if (query.service().service().isEmpty()) {
      return "Must provide a Service name to query";
    }
    if (query.service().failover().nearestN() < 0) {
      return "Bad NearestN '" + query.service().failover().nearestN() + "', must be >= 0";
    }
    return dnsTtlRefusal(query.dnsTtl());
  }

  private static String dnsTtlRefusal(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      Duration ttl = GoDuration.parse(text);
      return ttl.isNegative() ? "DNS TTL '" + ttl.toNanos() + "', must be >=0" : null;
    } catch (IllegalArgumentException e) {
      return "Bad DNS TTL '" + text + "': time: " + goError(text, e);
    }
  }

  // ---- ids

  /** The complaint of Consul's UUID parser; null for a UUID. */
  public static String uuidError(String id) {
    if (id.length() != 36) {
      return "uuid string is wrong length";
    }
    if (id.charAt(8) != '-'
        || id.charAt(13) != '-'
        || id.charAt(18) != '-'
        || id.charAt(23) != '-') {
      return "uuid is improperly formatted";
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (!dash && !isHex(c)) {
        return "encoding/hex: invalid byte: U+%04X '%s'".formatted((int) c, c);
      }
    }
    return null;
  }

  static boolean isHex(char c) {
    return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
  }
}
