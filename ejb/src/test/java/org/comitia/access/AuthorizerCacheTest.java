package org.comitia.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a token's links come to, and how long it is kept. */
class AuthorizerCacheTest {
  private static final Policy KEYS = policy("keys", "key_prefix \"\" { policy = \"write\" }");
  private static final Policy SECRET = policy("secret", "key \"secret\" { policy = \"deny\" }");

  private final AuthorizerCache cache = new AuthorizerCache("dc1", Access.DENY);

  private static Policy policy(String name, String rules, String... datacenters) {
    return new Policy(id(name), name, "", rules, List.of(datacenters), 1, 1);
  }

  private static String id(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes()).toString();
  }

  private static Role role(String name, Policy policy, String service, String node) {
    return new Role(
        id(name),
        name,
        "",
        policy == null ? List.of() : List.of(policy.id()),
        service.isEmpty() ? List.of() : List.of(new ServiceIdentity(service, List.of())),
        node.isEmpty() ? List.of() : List.of(new NodeIdentity(node, "dc1")),
        1,
        1);
  }

  private static Token token(
      String name,
      List<String> policies,
      List<String> roles,
      List<ServiceIdentity> services,
      List<NodeIdentity> nodes) {
    return new Token(
        id(name), id("s" + name), "", policies, roles, services, nodes, false, "", 1, 0, 1, 1);
  }

  private static Token linked(String name, Policy... policies) {
    return token(
        name, List.of(policies).stream().map(Policy::id).toList(), List.of(), List.of(), List.of());
  }

  private static AccessTable table(AccessObject... objects) {
    AccessTable table = AccessTable.EMPTY;
    for (AccessObject object : objects) {
      table = table.plus(object);
    }
    return table;
  }

  @Test
  void policiesAndThoseOfRolesCount() {
    Role role = role("r", SECRET, "", "");
    Token token =
        token(
            "t",
            List.of(KEYS.id(), id("gone")),
            List.of(role.id(), id("gone")),
            List.of(),
            List.of());
    Authorizer authorizer = cache.of(table(KEYS, SECRET, role, token), token);
    assertThat(authorizer.allows(Resource.KEY, "a", Access.WRITE)).isTrue();
    assertThat(authorizer.allows(Resource.KEY, "secret", Access.READ)).isFalse();
    assertThat(authorizer.allows(Resource.NODE, "a", Access.READ)).isFalse();
    assertThat(authorizer.accessor()).isEqualTo(token.id());
  }

  @Test
  void policyOfAnotherDatacenterDoesNotCount() {
    Policy here = policy("here", "acl = \"read\"", "dc2", "dc1");
    Policy there = policy("there", "operator = \"read\"", "dc2");
    Token token = linked("t", here, there);
    Authorizer authorizer = cache.of(table(here, there, token), token);
    assertThat(authorizer.allows(Resource.ACL, "", Access.READ)).isTrue();
    assertThat(authorizer.allows(Resource.OPERATOR, "", Access.READ)).isFalse();
  }

  @Test
  void identitiesStandForConsulsRules() {
    Role role = role("r", null, "web", "n2");
    Token token =
        token(
            "t",
            List.of(),
            List.of(role.id()),
            List.of(
                new ServiceIdentity("db", List.of("dc1")),
                new ServiceIdentity("far", List.of("dc2"))),
            List.of(new NodeIdentity("n1", "dc1"), new NodeIdentity("n3", "dc2")));
    Authorizer authorizer = cache.of(table(role, token), token);
    for (String service : List.of("web", "web-sidecar-proxy", "db", "db-sidecar-proxy")) {
      assertThat(authorizer.allows(Resource.SERVICE, service, Access.WRITE)).as(service).isTrue();
    }
    assertThat(authorizer.allows(Resource.SERVICE, "far", Access.WRITE)).isFalse();
    assertThat(authorizer.allows(Resource.SERVICE, "far", Access.READ)).isTrue();
    assertThat(authorizer.allows(Resource.NODE, "n1", Access.WRITE)).isTrue();
    assertThat(authorizer.allows(Resource.NODE, "n2", Access.WRITE)).isTrue();
    assertThat(authorizer.allows(Resource.NODE, "n3", Access.WRITE)).isFalse();
    assertThat(authorizer.allowsAll(Resource.NODE, Access.READ)).isTrue();
    assertThat(authorizer.allowsAny(Resource.KEY, Access.READ)).isFalse();
  }

  @Test
  void nodeIdentityAloneSeesNoNodes() {
    Token token =
        token("t", List.of(), List.of(), List.of(), List.of(new NodeIdentity("n1", "dc1")));
    Authorizer authorizer = cache.of(table(token), token);
    assertThat(authorizer.allows(Resource.NODE, "n2", Access.READ)).isFalse();
    assertThat(authorizer.allowsAll(Resource.SERVICE, Access.READ)).isTrue();
  }

  @Test
  void builtInPoliciesAllowEverythingOrReadingEverything() {
    AccessTable table = AccessTable.EMPTY;
    Token manager = linked("m", table.policy(Policy.GLOBAL_MANAGEMENT));
    Token reader = linked("r", table.policy(Policy.GLOBAL_READ_ONLY));
    for (Resource resource : Resource.values()) {
      assertThat(cache.of(table, manager).allowsAll(resource, Access.WRITE)).isTrue();
      assertThat(cache.of(table, reader).allowsAll(resource, Access.READ)).isTrue();
      assertThat(cache.of(table, reader).allowsAny(resource, Access.WRITE)).isFalse();
    }
  }

  @Test
  void whoeverHasAPolicyThatNobodyCanReadMayDoNothing() {
    Policy later = policy("later", "key \"a\" { policy = \"borrow\" }");
    Token token = linked("t", KEYS, later);
    Authorizer authorizer =
        new AuthorizerCache("dc1", Access.WRITE).of(table(KEYS, later, token), token);
    assertThat(authorizer.allowsAny(Resource.KEY, Access.READ)).isFalse();
    assertThat(authorizer.accessor()).isEqualTo(token.id());
  }

  @Test
  void oneIsMadeAsLongAsNothingChangesThatItComesFrom() {
    Token token = linked("t", KEYS);
    AccessTable table = table(KEYS, token);
    Authorizer first = cache.of(table, token);
    assertThat(cache.of(table, token)).isSameAs(first);
    AccessTable other = table.plus(SECRET).plus(linked("u", SECRET));
    assertThat(cache.of(other, token)).isSameAs(first);
    AccessTable changed = other.plus(policy("keys", ""));
    assertThat(cache.of(changed, token).allowsAny(Resource.KEY, Access.READ)).isFalse();
    AccessTable without = changed.minus(KEYS.key());
    assertThat(cache.of(without, token).allowsAny(Resource.KEY, Access.READ)).isFalse();
    Token relinked = linked("t", SECRET);
    assertThat(cache.of(without.plus(relinked), relinked)).isNotSameAs(first);
    assertThat(cache.of(table, token).allowsAll(Resource.KEY, Access.WRITE)).isTrue();
  }

  @Test
  void tokensThatAreGoneAreForgotten() {
    AccessTable table = table(KEYS);
    for (int i = 0; i < 5_000; i++) {
      Token token = linked("t" + i, KEYS);
      cache.of(table.plus(token), token);
      assertThat(cache.size()).isLessThanOrEqualTo(1_001);
    }
  }
}
