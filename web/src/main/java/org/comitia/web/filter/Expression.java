package org.comitia.web.filter;

import java.util.List;

/** A parsed expression. Chains of one operator are flat, so that a long one needs no deep stack. */
sealed interface Expression {
  record Not(Expression operand) implements Expression {}

  /**
   * @param operands two or more
   */
  record And(List<Expression> operands) implements Expression {}

  /**
   * @param operands two or more
   */
  record Or(List<Expression> operands) implements Expression {}

  /**
   * @param selector at least one name
   * @param value null for {@code is empty} and {@code is not empty}
   */
  record Match(List<String> selector, Operator operator, String value) implements Expression {
    /** The first names of the selector as the error texts show them. */
    String selector(int names) {
      return Literals.quoted(String.join(".", selector.subList(0, names)));
    }

    /** The whole selector as the error texts show it. */
    String quotedSelector() {
      return selector(selector.size());
    }
  }
}
