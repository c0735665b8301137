package org.comitia.access;

import java.util.List;

/**
 * What is there without a row: Consul's built-in policies, and the token of those who show none.
 */
final class BuiltIn {
  static final Policy MANAGEMENT =
      new Policy(
          Policy.GLOBAL_MANAGEMENT,
          "global-management",
          "Builtin Policy that grants unlimited access",
          rules("write"),
          List.of(),
          0,
          0);

  static final Policy READ_ONLY =
      new Policy(
          Policy.GLOBAL_READ_ONLY,
          "builtin/global-read-only",
          "Builtin Policy that grants unlimited read-only access to all components",
          rules("read"),
          List.of(),
          0,
          0);

  static final Token ANONYMOUS =
      new Token(
          Token.ANONYMOUS,
          Token.ANONYMOUS_SECRET,
          "Anonymous Token",
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          false,
          "",
          0,
          0,
          0,
          0);

  private BuiltIn() {}

  private static String rules(String access) {
    StringBuilder rules = new StringBuilder();
    for (Resource resource : Resource.values()) {
      rules
          .append(resource.text())
          .append(resource.segmented() ? "_prefix \"\" {\n  policy = \"" : " = \"")
          .append(access)
          .append(resource.segmented() ? "\"\n}\n" : "\"\n");
    }
    return rules.toString();
  }
}
