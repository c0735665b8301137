package org.comitia.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What this agent's settings say about access control.
 *
 * @param defaultAllow whether a token may do what none of its rules is about
 * @param downPolicy of a client agent that reaches no server, in Consul's words
 * @param tokenTtl how long a client agent goes by what a server said; zero or more
 * @param keyListPolicy whether reading below a prefix needs {@code list}
 * @param tokenPersistence whether tokens set at run time are kept
 */
public record AclSettings(
    boolean enabled,
    boolean defaultAllow,
    String downPolicy,
    Duration tokenTtl,
    boolean keyListPolicy,
    boolean tokenPersistence,
    Tokens tokens) {
  /** Nobody is asked for a token. */
  public static final AclSettings OFF =
      new AclSettings(false, false, "extend-cache", Duration.ZERO, false, false, Tokens.NONE);

  /** Secrets; empty for none. */
  public record Tokens(
      String initialManagement,
      String agent,
      String standard,
      String agentRecovery,
      String replication,
      String configFileServiceRegistration) {
    /** None. */
    public static final Tokens NONE = new Tokens("", "", "", "", "", "");

    /** Without them, since it may end in a log. */
    @Override
    public String toString() {
      return "Tokens[]";
    }
  }

  static AclSettings of(Map<Setting, Object> values) {
    return new AclSettings(
        (Boolean) values.get(Setting.ACL_ENABLED),
        (Boolean) values.get(Setting.ACL_DEFAULT_POLICY),
        (String) values.get(Setting.ACL_DOWN_POLICY),
        (Duration) values.get(Setting.ACL_TOKEN_TTL),
        (Boolean) values.get(Setting.ACL_ENABLE_KEY_LIST_POLICY),
        (Boolean) values.get(Setting.ACL_ENABLE_TOKEN_PERSISTENCE),
        new Tokens(
            text(values, Setting.ACL_TOKENS_INITIAL_MANAGEMENT),
            text(values, Setting.ACL_TOKENS_AGENT),
            text(values, Setting.ACL_TOKENS_DEFAULT),
            text(values, Setting.ACL_TOKENS_AGENT_RECOVERY),
            text(values, Setting.ACL_TOKENS_REPLICATION),
            text(values, Setting.ACL_TOKENS_CONFIG_FILE_SERVICE_REGISTRATION)));
  }

  private static String text(Map<Setting, Object> values, Setting setting) {
    return (String) values.getOrDefault(setting, "");
  }

  /** Adds what is wrong with them, without a secret. */
  static void check(Map<Setting, Object> values, List<String> problems) {
    if (((Duration) values.get(Setting.ACL_TOKEN_TTL)).isNegative()) {
      problems.add("acl.token_ttl cannot be negative");
    }
    String initial = text(values, Setting.ACL_TOKENS_INITIAL_MANAGEMENT);
    if (!initial.isEmpty() && !isUuid(initial)) {
      problems.add("acl.tokens.initial_management must be a UUID");
    }
  }

  private static boolean isUuid(String text) {
    try {
      return UUID.fromString(text).toString().equalsIgnoreCase(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
