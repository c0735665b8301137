package org.comitia.web.filter;

import java.util.Locale;

/** What a selected value is asked. {@code contains} is {@link #IN} with its sides exchanged. */
enum Operator {
  EQUAL,
  NOT_EQUAL,
  IN,
  NOT_IN,
  IS_EMPTY,
  IS_NOT_EMPTY,
  MATCHES,
  NOT_MATCHES;

  /** Whether this is the opposite of another operator. */
  boolean negated() {
    return this == NOT_EQUAL || this == NOT_IN || this == IS_NOT_EMPTY || this == NOT_MATCHES;
  }

  /** Without its {@code not}. */
  Operator positive() {
    return switch (this) {
      case NOT_EQUAL -> EQUAL;
      case NOT_IN -> IN;
      case IS_NOT_EMPTY -> IS_EMPTY;
      case NOT_MATCHES -> MATCHES;
      default -> this;
    };
  }

  /** What it says about a key that a map does not have: nothing equals it, and it is empty. */
  boolean ofAbsent() {
    return negated() ? this != IS_NOT_EMPTY : this == IS_EMPTY;
  }

  /** The name in Consul's error texts, e.g. {@code Not Equal}. */
  String spoken() {
    StringBuilder words = new StringBuilder();
    for (String word : name().split("_")) {
      words.append(words.isEmpty() ? "" : " ").append(word.charAt(0));
      words.append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return words.toString();
  }
}
