package org.comitia.state;

import java.util.Set;

/**
 * What a command must look like to be carried out, with Consul's texts. Looks at the command alone,
 * so that it can be refused before it is proposed; {@link StateMachine#apply} refuses it as well.
 * Pure functions.
 */
public final class CommandRules {
  /** A value's limit, Consul's {@code limits.kv_max_value_size}. */
  public static final int MAX_VALUE_BYTES = 512 * 1024;

  private static final Set<String> ANY_ADDRESS = Set.of("0.0.0.0", "::", "[::]");

  private CommandRules() {}

  /**
   * Why a command cannot be carried out, whatever the state; null when nothing speaks against it.
   */
  public static String refusal(Command command) {
    if (command instanceof Command.Register register) {
      return refusal(register);
    }
    if (command instanceof Command.Deregister deregister) {
      return deregister.node().isEmpty() ? "Must provide node" : null;
    }
    if (command instanceof Command.KvPut put) {
      if (put.value().length > MAX_VALUE_BYTES) {
        return "Value for key "
            + Names.quote(put.key())
            + " is too large ("
            + put.value().length
            + " > "
            + MAX_VALUE_BYTES
            + " bytes)";
      }
      return keyRefusal(put.key());
    }
    if (command instanceof Command.KvDelete delete) {
      return keyRefusal(delete.key());
    }
    return null;
  }

  private static String keyRefusal(String key) {
    return key.isEmpty() ? "Must provide key" : null;
  }

  private static String refusal(Command.Register register) {
    Node node = register.node();
    if (node.name().isEmpty()) {
      return "Must provide node";
    }
    if (node.address().isEmpty() && !register.skipNodeUpdate()) {
      return "Must provide address if SkipNodeUpdate is not set";
    }
    String badId = node.id().isEmpty() ? null : uuidError(node.id());
    if (badId != null) {
      return "Bad node ID: " + badId;
    }
    Service service = register.service();
    if (service != null) {
      if (service.name().isEmpty()) {
        // Consul 1.10 stores a service that has neither; 1.21.2 refuses it
        return "Must provide service name with ID";
      }
      if (ANY_ADDRESS.contains(service.address())) {
        return "Invalid service address";
      }
    }
    for (Check check : register.checks()) {
      if (!check.node().isEmpty() && !Names.same(check.node(), node.name())) {
        return "check node "
            + Names.quote(check.node())
            + " does not match node "
            + Names.quote(node.name());
      }
    }
    return null;
  }

  /** The complaint of Consul's UUID parser; null for a UUID. */
  static String uuidError(String id) {
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
