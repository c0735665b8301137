package org.comitia.web.filter;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.comitia.web.filter.Expression.Match;

/** What can be selected in a {@code T}, by name. Immutable. */
public final class Shape<T> {
  private final Map<String, Field<T>> fields;

  private Shape(Map<String, Field<T>> fields) {
    this.fields = Map.copyOf(fields);
  }

  public static <T> Builder<T> builder() {
    return new Builder<>();
  }

  /**
   * @param named how many names of the selector have led here
   */
  Predicate<T> asking(Match match, int named) throws InvalidFilterException {
    Field<T> field = fields.get(match.selector().get(named));
    if (field == null) {
      throw unknown(match, named + 1);
    }
    return field.asking(match, named + 1);
  }

  static InvalidFilterException unknown(Match match, int named) {
    return new InvalidFilterException("Selector " + match.selector(named) + " is not valid");
  }

  /** Collects fields. What the getters give may be null for nothing. */
  public static final class Builder<T> {
    private final Map<String, Field<T>> fields = new HashMap<>();

    private Builder<T> put(String name, Field<T> field) {
      fields.put(name, field);
      return this;
    }

    /** Asked by ==, !=, in, not in (a part of the text), matches and not matches. */
    public Builder<T> text(String name, Function<? super T, String> get) {
      return put(name, Field.text(get));
    }

    /** Asked by == and !=. */
    public Builder<T> number(String name, ToLongFunction<? super T> get) {
      return put(name, Field.number(get));
    }

    /** Asked by == and !=. */
    public Builder<T> flag(String name, Predicate<? super T> get) {
      return put(name, Field.flag(get));
    }

    /** Asked by in, not in, is empty and is not empty. */
    public Builder<T> texts(String name, Function<? super T, ? extends List<String>> get) {
      return put(name, Field.texts(get));
    }

    /** Asked by in, not in (its keys), is empty and is not empty; its values as texts. */
    public Builder<T> textMap(String name, Function<? super T, ? extends Map<String, String>> get) {
      return put(name, Field.textMap(get));
    }

    /** As a map of texts, its values by their own fields. */
    public <U> Builder<T> map(
        String name, Function<? super T, ? extends Map<String, U>> get, Shape<U> values) {
      return put(name, Field.map(get, Field.part(Function.identity(), values)));
    }

    /** Asked by is empty and is not empty; its elements by their fields, any of them. */
    public <U> Builder<T> list(
        String name, Function<? super T, ? extends List<U>> get, Shape<U> elements) {
      return put(name, Field.list(get, elements));
    }

    /** Only its fields can be asked. */
    public <U> Builder<T> part(String name, Function<? super T, ? extends U> get, Shape<U> shape) {
      return put(name, Field.part(get, shape));
    }

    public Shape<T> build() {
      return new Shape<>(fields);
    }
  }
}
