package org.comitia.access;

import java.util.ArrayList;
import java.util.List;
import org.pcollections.TreePMap;

/**
 * All tokens, policies and roles of a version of the state: immutable, shared freely between
 * threads, and the same object as long as no command has changed one of them. Ids and names are
 * found without regard to case, as in Consul; of letters only those of ASCII are folded.
 *
 * <p>Two policies and a token are there without a row: {@link Policy#GLOBAL_MANAGEMENT}, {@link
 * Policy#GLOBAL_READ_ONLY} and, as long as no row is in its place, {@link Token#ANONYMOUS}.
 */
public final class AccessTable {
  /** No rows. */
  public static final AccessTable EMPTY =
      new AccessTable(TreePMap.empty(), TreePMap.empty(), TreePMap.empty(), TreePMap.empty())
          .with(BuiltIn.ANONYMOUS, null)
          .with(BuiltIn.MANAGEMENT, null)
          .with(BuiltIn.READ_ONLY, null);

  private final TreePMap<AccessKey, AccessObject> rows;
  private final TreePMap<AccessKey, AccessObject> all; // the rows, and what is built in
  private final TreePMap<String, Token> tokens; // by secret
  private final TreePMap<AccessKey, AccessObject> named; // by kind and name

  private AccessTable(
      TreePMap<AccessKey, AccessObject> rows,
      TreePMap<AccessKey, AccessObject> all,
      TreePMap<String, Token> tokens,
      TreePMap<AccessKey, AccessObject> named) {
    this.rows = rows;
    this.all = all;
    this.tokens = tokens;
    this.named = named;
  }

  /** A table of these rows; what is looked up by something else than their key is built here. */
  public static AccessTable of(TreePMap<AccessKey, AccessObject> rows) {
    AccessTable table = EMPTY;
    for (AccessObject object : rows.values()) {
      table = table.plus(object);
    }
    return table;
  }

  /** What was set, by {@link AccessObject#key()}; nothing that is built in. */
  public TreePMap<AccessKey, AccessObject> rows() {
    return rows;
  }

  /** With this row, instead of the one that had its key. */
  public AccessTable plus(AccessObject object) {
    AccessObject old = all.get(object.key());
    AccessTable next = with(object, old);
    return new AccessTable(rows.plus(object.key(), object), next.all, next.tokens, next.named);
  }

  /** Without this row; the anonymous token is the built-in one again. */
  public AccessTable minus(AccessKey key) {
    AccessObject old = rows.get(key);
    if (old == null) {
      return this;
    }
    AccessTable left =
        new AccessTable(
            rows.minus(key),
            all.minus(key),
            old instanceof Token token ? tokens.minus(token.secret()) : tokens,
            old instanceof Token ? named : named.minus(nameKey(old)));
    return key.equals(BuiltIn.ANONYMOUS.key()) ? left.with(BuiltIn.ANONYMOUS, null) : left;
  }

  private AccessTable with(AccessObject object, AccessObject old) {
    TreePMap<AccessKey, AccessObject> every = all.plus(object.key(), object);
    if (object instanceof Token token) {
      TreePMap<String, Token> others =
          old instanceof Token before ? tokens.minus(before.secret()) : tokens;
      return new AccessTable(rows, every, others.plus(token.secret(), token), named);
    }
    TreePMap<AccessKey, AccessObject> others = old == null ? named : named.minus(nameKey(old));
    return new AccessTable(rows, every, tokens, others.plus(nameKey(object), object));
  }

  private static AccessKey nameKey(AccessObject object) {
    return AccessKey.of(
        object.kind(), object instanceof Policy policy ? policy.name() : ((Role) object).name());
  }

  // ---- tokens

  /**
   * The token whose secret is this, expired or not; null for none. Who shows an empty one, or
   * {@link Token#ANONYMOUS_SECRET}, has the anonymous token.
   */
  public Token bySecret(String secret) {
    return tokens.get(secret.isEmpty() ? Token.ANONYMOUS_SECRET : secret);
  }

  /** By its accessor, expired or not; null for none. */
  public Token token(String accessor) {
    return (Token) get(AccessObject.Kind.TOKEN, accessor);
  }

  /** All, in byte order of their accessors. */
  public List<Token> tokens() {
    return list(AccessObject.Kind.TOKEN, Token.class);
  }

  // ---- policies and roles

  /** Null for none. */
  public Policy policy(String id) {
    return (Policy) get(AccessObject.Kind.POLICY, id);
  }

  /** Null for none. */
  public Policy policyByName(String name) {
    return (Policy) named.get(AccessKey.of(AccessObject.Kind.POLICY, name));
  }

  /** All, the built-in ones too, in byte order of their ids. */
  public List<Policy> policies() {
    return list(AccessObject.Kind.POLICY, Policy.class);
  }

  /** Null for none. */
  public Role role(String id) {
    return (Role) get(AccessObject.Kind.ROLE, id);
  }

  /** Null for none. */
  public Role roleByName(String name) {
    return (Role) named.get(AccessKey.of(AccessObject.Kind.ROLE, name));
  }

  /** All, in byte order of their ids. */
  public List<Role> roles() {
    return list(AccessObject.Kind.ROLE, Role.class);
  }

  // ---- any kind

  /** Null for none. */
  public AccessObject get(AccessObject.Kind kind, String id) {
    return all.get(AccessKey.of(kind, id));
  }

  /** By its id, else by its name, which a token has not; null for none. */
  public AccessObject find(AccessObject.Kind kind, String idOrName) {
    AccessObject found = get(kind, idOrName);
    return found != null ? found : named.get(AccessKey.of(kind, idOrName));
  }

  /** All of a kind, in byte order of their ids. */
  public List<AccessObject> list(AccessObject.Kind kind) {
    return list(kind, AccessObject.class);
  }

  private <T extends AccessObject> List<T> list(AccessObject.Kind kind, Class<T> type) {
    List<T> list = new ArrayList<>();
    for (AccessObject object : all.tailMap(new AccessKey(kind, ""), true).values()) {
      if (object.kind() != kind) {
        break;
      }
      list.add(type.cast(object));
    }
    return List.copyOf(list);
  }

  /** Whether it is there without a row, and cannot be changed: one of the two policies. */
  public static boolean isBuiltIn(Policy policy) {
    AccessKey key = policy.key();
    return key.equals(BuiltIn.MANAGEMENT.key()) || key.equals(BuiltIn.READ_ONLY.key());
  }

  /** As names and ids are compared: capital letters of ASCII become small ones. */
  static String fold(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isUpper(text.charAt(i))) {
        StringBuilder folded = new StringBuilder(text);
        for (int at = i; at < text.length(); at++) {
          char c = text.charAt(at);
          folded.setCharAt(at, isUpper(c) ? (char) (c + ('a' - 'A')) : c);
        }
        return folded.toString();
      }
    }
    return text;
  }

  private static boolean isUpper(char c) {
    return c >= 'A' && c <= 'Z';
  }
}
