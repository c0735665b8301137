package org.comitia.access;

import java.util.ArrayList;
import java.util.List;
import org.comitia.access.RulesScanner.Kind;
import org.comitia.access.RulesScanner.Lexeme;

/**
 * Reads a text of rules into blocks: what {@code key "a" { policy = "read" }} says in HCL and
 * {@code {"key": {"a": {"policy": "read"}}}} in JSON is the same tree. After HCL 1, whose objects
 * in lists count like objects one behind the other.
 */
final class RulesTree {
  /** Blocks and lists within each other; rules need five at most. */
  static final int MAX_DEPTH = 8;

  /** What stands behind a name. */
  sealed interface Value permits Text, Block, Sequence {
    int line();
  }

  record Text(String text, int line) implements Value {}

  record Block(List<Entry> entries, int line) implements Value {}

  record Sequence(List<Value> values, int line) implements Value {}

  record Entry(String name, int line, Value value) {}

  private final RulesScanner scanner;
  private Lexeme current;
  private int depth;

  private RulesTree(String text) throws InvalidRulesException {
    scanner = new RulesScanner(text);
    current = scanner.next();
  }

  static Block read(String text) throws InvalidRulesException {
    RulesTree tree = new RulesTree(text);
    if (!tree.scanner.json()) {
      return tree.blockOfHcl(Kind.END);
    }
    Block whole = tree.blockOfJson();
    if (tree.current.kind() != Kind.END) {
      throw tree.expected("the end behind the closing brace");
    }
    return whole;
  }

  // ---- HCL

  private Block blockOfHcl(Kind end) throws InvalidRulesException {
    int line = current.line();
    List<Entry> entries = new ArrayList<>();
    while (!(end == Kind.END ? current.kind() == Kind.END : current.is("}"))) {
      entries.add(entryOfHcl());
      accept(",");
    }
    return new Block(entries, line);
  }

  private Entry entryOfHcl() throws InvalidRulesException {
    int line = current.line();
    List<String> names = new ArrayList<>(2);
    while (current.kind() == Kind.STRING || current.kind() == Kind.WORD) {
      if (names.size() == MAX_DEPTH) {
        throw tooDeep();
      }
      names.add(current.text());
      advance();
    }
    if (names.isEmpty()) {
      throw expected("a name");
    }
    Value value;
    if (names.size() == 1 && accept("=")) {
      value = valueOfHcl();
    } else if (current.is("{")) {
      value = valueOfHcl();
    } else {
      throw expected(names.size() == 1 ? "\"=\" or \"{\"" : "\"{\"");
    }
    for (int i = names.size() - 1; i > 0; i--) {
      value = new Block(List.of(new Entry(names.get(i), line, value)), line);
    }
    return new Entry(names.get(0), line, value);
  }

  private Value valueOfHcl() throws InvalidRulesException {
    int line = current.line();
    if (accept("{")) {
      deeper();
      Block block = blockOfHcl(Kind.SIGN);
      depth--;
      expect("}");
      return block;
    } else if (!accept("[")) {
      return text();
    }
    deeper();
    List<Value> values = new ArrayList<>();
    while (!current.is("]")) {
      values.add(valueOfHcl());
      if (!accept(",")) {
        break;
      }
    }
    depth--;
    expect("]");
    return new Sequence(values, line);
  }

  // ---- JSON

  private Value valueOfJson() throws InvalidRulesException {
    if (current.is("{")) {
      return blockOfJson();
    }
    int line = current.line();
    if (!accept("[")) {
      return text();
    }
    deeper();
    List<Value> values = new ArrayList<>();
    if (!current.is("]")) {
      do {
        values.add(valueOfJson());
      } while (accept(","));
    }
    depth--;
    expect("]");
    return new Sequence(values, line);
  }

  private Block blockOfJson() throws InvalidRulesException {
    int line = current.line();
    expect("{");
    deeper();
    List<Entry> entries = new ArrayList<>();
    if (!current.is("}")) {
      do {
        entries.add(entryOfJson());
      } while (accept(","));
    }
    depth--;
    expect("}");
    return new Block(entries, line);
  }

  private Entry entryOfJson() throws InvalidRulesException {
    Lexeme name = current;
    if (name.kind() != Kind.STRING) {
      throw expected("a name in quotes");
    }
    advance();
    expect(":");
    return new Entry(name.text(), name.line(), valueOfJson());
  }

  // ---- both

  private Text text() throws InvalidRulesException {
    Lexeme string = current;
    if (string.kind() != Kind.STRING) {
      throw expected("a string in quotes");
    }
    advance();
    return new Text(string.text(), string.line());
  }

  private void advance() throws InvalidRulesException {
    current = scanner.next();
  }

  private boolean accept(String sign) throws InvalidRulesException {
    boolean there = current.is(sign);
    if (there) {
      advance();
    }
    return there;
  }

  private void expect(String sign) throws InvalidRulesException {
    if (!accept(sign)) {
      throw expected("\"" + sign + "\"");
    }
  }

  private void deeper() throws InvalidRulesException {
    if (++depth > MAX_DEPTH) {
      throw tooDeep();
    }
  }

  private InvalidRulesException tooDeep() {
    return new InvalidRulesException(
        current.line(), "nested more than " + MAX_DEPTH + " levels deep");
  }

  private InvalidRulesException expected(String what) {
    return new InvalidRulesException(
        current.line(), "expected " + what + ", found " + current.shown());
  }
}
