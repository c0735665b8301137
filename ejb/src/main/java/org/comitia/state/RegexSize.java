package org.comitia.state;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How large and how deep an expression is that RE2J would compile, read off its text. Follows
 * RE2J's own grammar to the letter, since a bracket that one of us takes for an ordinary character
 * would hide what stands behind it; what RE2J refuses may be measured in any way. Compiled, an
 * expression has at most four instructions an element.
 */
final class RegexSize {
  /** What a {@code \p} weighs: its table is copied, sorted and kept. */
  private static final int UNICODE_CLASS = 100;

  /** RE2J looks at each code point of a range whose case it folds. */
  private static final int FOLDED_A_UNIT = 100;

  /** No repetition count may be larger; RE2J refuses it. */
  private static final int MAX_COUNT = 1_000;

  private final String text;
  private int at;

  // the group that is being read, and the element in it that a repetition would repeat
  private long size;
  private long hollow;
  private int height;
  private long lastSize;
  private long lastHollow;
  private int lastHeight;
  private final Deque<long[]> outer = new ArrayDeque<>();

  private long weights;
  private int groups;
  private boolean folds;
  private boolean foldsRefusedBlock;

  private RegexSize(String text) {
    this.text = text;
  }

  static RegexSize of(String expression) {
    RegexSize measured = new RegexSize(expression);
    measured.measure();
    return measured;
  }

  /** Elements, each counted as often as it is repeated; anything too large once it is. */
  long elements() {
    return size + weights;
  }

  /**
   * Steps of a match that take no character, each counted as often as it is repeated. RE2J goes
   * from one to the next by a call of its own: as many of them in a row, so deep is the stack.
   */
  long hollow() {
    return hollow;
  }

  /** Groups and repetitions within each other. */
  int depth() {
    return height;
  }

  int groups() {
    return groups;
  }

  /** Whether it folds the case of a letter in the block that is refused, U+1C80 to U+1C8F. */
  boolean foldsRefusedBlock() {
    return foldsRefusedBlock;
  }

  private void measure() {
    while (more() && size + weights <= RegexBudget.MAX_ELEMENTS) {
      int c = pop();
      switch (c) {
        case '(' -> group();
        case ')' -> close();
        case '*', '+', '?' -> repeat(1, 0, 1);
        case '{' -> counted();
        case '\\' -> escaped();
        case '[' -> charClass();
        case '|' -> hollow(2); // what stands before or behind it may be nothing
        case '^', '$' -> hollow(1);
        case '.' -> element();
        default -> literal(c);
      }
    }
    while (!outer.isEmpty()) {
      close();
    }
  }

  private boolean more() {
    return at < text.length();
  }

  private boolean lookingAt(String what) {
    return text.startsWith(what, at);
  }

  private int pop() {
    int c = text.codePointAt(at);
    at += Character.charCount(c);
    return c;
  }

  /** Behind the next one of these, or at the end. */
  private void skipPast(String what) {
    int found = text.indexOf(what, at);
    at = found < 0 ? text.length() : found + what.length();
  }

  // ---- elements

  private void element() {
    lastSize = 1;
    lastHollow = 0;
    lastHeight = 0;
    size++;
  }

  private void hollow(int steps) {
    element();
    lastHollow = steps;
    hollow += steps;
  }

  private void literal(int c) {
    fold(c, c);
    element();
  }

  private void fold(int low, int high) {
    if (folds) {
      weights += Math.max(0, high - low) / FOLDED_A_UNIT;
      foldsRefusedBlock |= low <= 0x1C8F && high >= 0x1C80;
    }
  }

  // ---- groups

  private void group() {
    if (!lookingAt("?")) {
      open(2);
    } else if (lookingAt("?P<") || lookingAt("?<")) {
      skipPast(">");
      open(2);
    } else {
      at++;
      flags();
    }
  }

  /** Flags alone are no element: what stands before them is still the last one. */
  private void flags() {
    while (more()) {
      int c = pop();
      folds |= c == 'i';
      if (c == ':') {
        open(0);
        return;
      } else if (c == ')') {
        return;
      }
    }
  }

  /**
   * @param marks steps that keep where it begins and ends
   */
  private void open(int marks) {
    groups++;
    outer.push(new long[] {size, height, hollow, marks});
    size = 0;
    hollow = 0;
    height = 0;
    lastSize = 0;
    lastHollow = 0;
    lastHeight = 0;
  }

  private void close() {
    if (!outer.isEmpty()) {
      long[] around = outer.pop();
      lastHollow = hollow + around[3] + (size == 0 ? 1 : 0);
      lastSize = size + 1;
      lastHeight = height + 1;
      size = around[0] + lastSize;
      hollow = around[2] + lastHollow;
      height = Math.max((int) around[1], lastHeight);
    }
  }

  // ---- repetitions

  /** A brace that does not begin a repetition stands for itself. */
  private void counted() {
    int from = at;
    int min = number();
    int max = min;
    int levels = 1;
    if (min >= 0 && lookingAt(",")) {
      at++;
      max = lookingAt("}") ? min : number();
      levels = Math.max(1, max - min);
    }
    if (min < 0 || max < 0 || !lookingAt("}")) {
      at = from;
      literal('{');
      return;
    }
    at++;
    repeat(Math.max(1, max), max - min, levels);
  }

  /** -1 for none. */
  private int number() {
    int from = at;
    int value = 0;
    while (more() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
      value = Math.min(MAX_COUNT, value * 10 + text.charAt(at++) - '0');
    }
    return at == from || (at > from + 1 && text.charAt(from) == '0') ? -1 : value;
  }

  private void repeat(int times, int optional, int levels) {
    if (lookingAt("?")) {
      at++; // as few as possible
    }
    long added = lastSize * (times - 1) + Math.max(1, optional);
    size += added;
    lastSize += added;
    long steps = lastHollow * (times - 1) + Math.max(1, optional);
    hollow += steps;
    lastHollow += steps;
    lastHeight += levels;
    height = Math.max(height, lastHeight);
  }

  // ---- escapes and classes

  private void escaped() {
    if (!more()) {
      return;
    }
    switch (text.charAt(at)) {
      case 'Q' -> {
        at++;
        quoted();
      }
      case 'p', 'P' -> {
        unicodeClass();
        element();
      }
      case 'A', 'b', 'B', 'z' -> {
        at++;
        hollow(1);
      }
      case 'C', 'd', 'D', 's', 'S', 'w', 'W' -> {
        at++;
        element();
      }
      default -> literal(escape());
    }
  }

  private void quoted() {
    int end = text.indexOf("\\E", at);
    end = end < 0 ? text.length() : end;
    while (at < end) {
      literal(pop());
    }
    at = Math.min(text.length(), end + 2);
  }

  /** At the p. */
  private void unicodeClass() {
    at++;
    weights += UNICODE_CLASS;
    if (lookingAt("{")) {
      skipPast("}");
    } else if (more()) {
      pop();
    }
  }

  /** The character that an escape stands for; behind the backslash. */
  private int escape() {
    int c = pop();
    if (c >= '0' && c <= '7') {
      int value = c - '0';
      for (int digits = 1; digits < 3 && more() && octal(text.charAt(at)); digits++) {
        value = value * 8 + pop() - '0';
      }
      return value;
    } else if (c != 'x' || !more()) {
      return c;
    }
    if (lookingAt("{")) {
      int from = at + 1;
      skipPast("}");
      return hex(from, Math.max(from, at - 1));
    }
    at = Math.min(text.length(), at + 2);
    return hex(at - 2, at);
  }

  private static boolean octal(char c) {
    return c >= '0' && c <= '7';
  }

  /** The code point; anything above the highest one, which RE2J then refuses. */
  private int hex(int from, int to) {
    int value = 0;
    for (int i = from; i < to && value <= Character.MAX_CODE_POINT; i++) {
      value = value * 16 + Math.max(0, Character.digit(text.charAt(i), 16));
    }
    return value;
  }

  private void charClass() {
    if (lookingAt("^")) {
      at++;
    }
    for (boolean first = true; more() && (first || text.charAt(at) != ']'); first = false) {
      member();
    }
    at++;
    element();
  }

  private void member() {
    if (lookingAt("[:") && text.indexOf(":]", at) >= 0) {
      skipPast(":]");
    } else if (lookingAt("\\p") || lookingAt("\\P")) {
      at++;
      unicodeClass();
    } else if (at + 1 < text.length()
        && text.charAt(at) == '\\'
        && "dDsSwW".indexOf(text.charAt(at + 1)) >= 0) {
      at += 2;
    } else {
      int low = classChar();
      int high = low;
      if (lookingAt("-") && !text.startsWith("]", at + 1) && at + 1 < text.length()) {
        at++;
        high = classChar();
      }
      fold(low, high);
    }
  }

  private int classChar() {
    int c = pop();
    return c == '\\' && more() ? escape() : c;
  }
}
