package org.comitia.web.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A checked expression, ready to be asked about values. Safe for any thread. */
public final class Filter {
  private Filter() {}

  /**
   * Reads an expression against what can be selected. Neither this nor the predicate takes more
   * than time proportional to expression and value, regular expressions included.
   *
   * @param expression empty keeps everything
   * @throws InvalidFilterException with Consul's text
   */
  public static <T> Predicate<T> compile(String expression, Shape<T> shape)
      throws InvalidFilterException {
    return expression.isEmpty() ? any -> true : predicate(Parser.parse(expression), shape);
  }

  private static <T> Predicate<T> predicate(Expression expression, Shape<T> shape)
      throws InvalidFilterException {
    if (expression instanceof Expression.Not not) {
      return predicate(not.operand(), shape).negate();
    } else if (expression instanceof Expression.And and) {
      List<Predicate<T>> all = predicates(and.operands(), shape);
      return item -> all.stream().allMatch(one -> one.test(item));
    } else if (expression instanceof Expression.Or or) {
      List<Predicate<T>> any = predicates(or.operands(), shape);
      return item -> any.stream().anyMatch(one -> one.test(item));
    }
    return shape.asking((Expression.Match) expression, 0);
  }

  private static <T> List<Predicate<T>> predicates(List<Expression> operands, Shape<T> shape)
      throws InvalidFilterException {
    List<Predicate<T>> predicates = new ArrayList<>(operands.size());
    for (Expression operand : operands) {
      predicates.add(predicate(operand, shape));
    }
    return predicates;
  }
}
