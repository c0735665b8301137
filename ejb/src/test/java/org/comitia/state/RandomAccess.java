package org.comitia.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;

/** Commands and queries about few tokens, policies and roles. */
final class RandomAccess {
  private static final List<String> POLICIES =
      List.of(
          "aaaa1111-cccc-0000-0000-000000000001",
          "aaaa2222-cccc-0000-0000-000000000002",
          "AAAA2222-CCCC-0000-0000-000000000002",
          Policy.GLOBAL_MANAGEMENT);
  private static final List<String> ROLES =
      List.of("bbbb1111-cccc-0000-0000-000000000001", "bbbb2222-cccc-0000-0000-000000000002");
  private static final List<String> TOKENS =
      List.of(
          "cccc1111-cccc-0000-0000-000000000001",
          "cccc2222-cccc-0000-0000-000000000002",
          "CCCC2222-CCCC-0000-0000-000000000002",
          Token.ANONYMOUS);
  private static final List<String> SECRETS =
      List.of("", "s1", "s2", "s3", "anonymous", TOKENS.get(0));
  private static final List<String> NAMES = List.of("ops", "Ops", "dev", "global-management");

  private final Random random;

  RandomAccess(Random random) {
    this.random = random;
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private <T> List<T> some(List<T> of) {
    List<T> some = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      some.add(one(of));
    }
    return some;
  }

  Command next(long last) {
    return switch (random.nextInt(10)) {
      case 0, 1, 2 -> new Command.AccessSet(policy(), random.nextBoolean());
      case 3, 4 -> new Command.AccessSet(role(), random.nextBoolean());
      case 5, 6, 7 -> new Command.AccessSet(token(), random.nextBoolean());
      case 8 -> {
        AccessObject.Kind kind = one(List.of(AccessObject.Kind.values()));
        yield new Command.AccessDelete(kind, id(kind));
      }
      default ->
          new Command.AclBootstrap(
              token(), random.nextBoolean() ? 0 : Math.max(0, last - random.nextInt(100)));
    };
  }

  private String id(AccessObject.Kind kind) {
    return switch (kind) {
      case POLICY -> one(POLICIES);
      case ROLE -> one(ROLES);
      case TOKEN -> one(TOKENS);
    };
  }

  private Policy policy() {
    return new Policy(
        one(POLICIES),
        one(NAMES),
        one(List.of("", "why")),
        one(List.of("", "key_prefix \"\" { policy = \"read\" }")),
        one(List.of(List.of(), List.of("dc1"))),
        0,
        0);
  }

  private Role role() {
    return new Role(
        one(ROLES),
        one(NAMES),
        "",
        some(POLICIES),
        one(List.of(List.of(), List.of(new ServiceIdentity("web", List.of("dc1"))))),
        one(List.of(List.of(), List.of(new NodeIdentity("n1", "dc1")))),
        0,
        0);
  }

  private Token token() {
    return new Token(
        one(TOKENS),
        one(SECRETS),
        one(List.of("", "why")),
        some(POLICIES),
        some(ROLES),
        one(List.of(List.of(), List.of(new ServiceIdentity("web", List.of())))),
        List.of(),
        random.nextInt(8) == 0,
        "",
        1_000,
        one(List.of(0L, 0L, 5_000L)),
        0,
        0);
  }

  Query<?> query() {
    AccessObject.Kind kind = one(List.of(AccessObject.Kind.values()));
    return switch (random.nextInt(4)) {
      case 0 -> new Query.AccessList(kind);
      case 1 -> new Query.AccessGet(kind, id(kind));
      case 2 -> new Query.AccessGet(kind, one(NAMES));
      default -> new Query.TokenBySecret(one(SECRETS));
    };
  }
}
