package org.comitia.web.filter;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.comitia.state.LimitExceededException;
import org.comitia.web.filter.Expression.Match;

/** One thing that can be selected in a {@code T}, and what it can be asked. */
interface Field<T> {
  /**
   * The question as a predicate.
   *
   * @param named how many names of the selector have led here, this field's included
   * @throws InvalidFilterException when the selector goes on to nowhere, or this cannot be asked
   */
  Predicate<T> asking(Match match, int named) throws InvalidFilterException;

  static <T> Field<T> text(Function<? super T, String> get) {
    return (match, named) -> {
      requireEnd(match, named);
      String value = match.value();
      Predicate<String> question =
          switch (match.operator().positive()) {
            case EQUAL -> value::equals;
            case IN -> text -> text.contains(value);
            case MATCHES -> regex(match);
            default -> throw cannot(match);
          };
      return directed(match, item -> question.test(orEmpty(get.apply(item))));
    };
  }

  static <T> Field<T> number(ToLongFunction<? super T> get) {
    return (match, named) -> {
      requireEnd(match, named);
      if (match.operator().positive() != Operator.EQUAL) {
        throw cannot(match);
      }
      long value = Coercion.number(match);
      return directed(match, item -> get.applyAsLong(item) == value);
    };
  }

  static <T> Field<T> flag(Predicate<? super T> get) {
    return (match, named) -> {
      requireEnd(match, named);
      if (match.operator().positive() != Operator.EQUAL) {
        throw cannot(match);
      }
      boolean value = Coercion.flag(match);
      return directed(match, item -> get.test(item) == value);
    };
  }

  static <T> Field<T> texts(Function<? super T, ? extends List<String>> get) {
    return (match, named) -> {
      requireEnd(match, named);
      String value = match.value();
      return switch (match.operator().positive()) {
        case IN -> directed(match, item -> orEmpty(get.apply(item)).contains(value));
        case IS_EMPTY -> directed(match, item -> orEmpty(get.apply(item)).isEmpty());
        default -> throw cannot(match);
      };
    };
  }

  /** A part with fields of its own; itself it cannot be asked anything. */
  static <T, U> Field<T> part(Function<? super T, ? extends U> get, Shape<U> shape) {
    return (match, named) -> {
      if (named == match.selector().size()) {
        throw cannot(match);
      }
      Predicate<U> inner = shape.asking(match, named);
      return item -> inner.test(get.apply(item));
    };
  }

  /** What is asked of a list's elements holds when it does for any of them. */
  static <T, U> Field<T> list(Function<? super T, ? extends List<U>> get, Shape<U> shape) {
    return (match, named) -> {
      if (named == match.selector().size()) {
        if (match.operator().positive() != Operator.IS_EMPTY) {
          throw cannot(match);
        }
        return directed(match, item -> orEmpty(get.apply(item)).isEmpty());
      }
      Predicate<U> inner = shape.asking(match, named);
      return item -> orEmpty(get.apply(item)).stream().anyMatch(inner);
    };
  }

  /** A map whose keys are the next name of the selector. */
  static <T, U> Field<T> map(Function<? super T, ? extends Map<String, U>> get, Field<U> values) {
    return (match, named) -> {
      if (named == match.selector().size()) {
        String value = match.value();
        return switch (match.operator().positive()) {
          case IN -> directed(match, item -> orEmpty(get.apply(item)).containsKey(value));
          case IS_EMPTY -> directed(match, item -> orEmpty(get.apply(item)).isEmpty());
          default -> throw cannot(match);
        };
      }
      String key = match.selector().get(named);
      Predicate<U> inner = values.asking(match, named + 1);
      boolean absent = match.operator().ofAbsent();
      return item -> {
        U value = orEmpty(get.apply(item)).get(key);
        return value == null ? absent : inner.test(value);
      };
    };
  }

  static <T> Field<T> textMap(Function<? super T, ? extends Map<String, String>> get) {
    return map(get, text(Function.identity()));
  }

  private static Predicate<String> regex(Match match) throws InvalidFilterException {
    try {
      Pattern pattern = match.regexes().compile(match.value());
      return text -> pattern.matcher(text).find();
    } catch (PatternSyntaxException e) {
      throw new InvalidFilterException(
          "Failed to compile regular expression "
              + Literals.quoted(match.value())
              + ": "
              + e.getMessage());
    } catch (LimitExceededException e) {
      throw InvalidFilterException.overLimit(e.getMessage());
    }
  }

  private static void requireEnd(Match match, int named) throws InvalidFilterException {
    if (named < match.selector().size()) {
      throw Shape.unknown(match, named + 1);
    }
  }

  private static InvalidFilterException cannot(Match match) {
    return new InvalidFilterException(
        "Invalid match operator "
            + Literals.quoted(match.operator().spoken())
            + " for selector "
            + match.quotedSelector());
  }

  private static <T> Predicate<T> directed(Match match, Predicate<T> positive) {
    return match.operator().negated() ? positive.negate() : positive;
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  private static <U> List<U> orEmpty(List<U> list) {
    return list == null ? List.of() : list;
  }

  private static <U> Map<String, U> orEmpty(Map<String, U> map) {
    return map == null ? Map.of() : map;
  }
}
