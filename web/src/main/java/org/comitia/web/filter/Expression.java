package org.comitia.web.filter;

import java.util.List;
import org.comitia.state.RegexBudget;

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
   * @param regexes what the whole expression may spend on regular expressions
   */
  record Match(List<String> selector, Operator operator, String value, RegexBudget regexes)
      implements Expression {
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
