package org.comitia.state;

import java.util.Locale;

/** What a check says; the name in lower case is Consul's. */
public enum CheckStatus {
  PASSING,
  WARNING,
  CRITICAL;

  /** As the API writes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** As the API writes it; an unknown text, {@code maintenance} included, is critical. */
  public static CheckStatus of(String text) {
    return switch (text) {
      case "passing" -> PASSING;
      case "warning" -> WARNING;
      default -> CRITICAL;
    };
  }
}
