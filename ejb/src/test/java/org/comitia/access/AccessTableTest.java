package org.comitia.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTableTest {
  private static Token token(String id, String secret) {
    return new Token(
        id, secret, "", List.of(), List.of(), List.of(), List.of(), false, "", 0, 0, 1, 1);
  }

  private static Policy policy(String id, String name) {
    return new Policy(id, name, "", "", List.of(), 1, 1);
  }

  private static Role role(String id, String name) {
    return new Role(id, name, "", List.of(), List.of(), List.of(), 1, 1);
  }

  @Test
  void whoShowsNoTokenHasTheAnonymousOne() {
    Token anonymous = AccessTable.EMPTY.bySecret("");
    assertThat(anonymous.id()).isEqualTo(Token.ANONYMOUS);
    assertThat(AccessTable.EMPTY.bySecret("anonymous")).isSameAs(anonymous);
    assertThat(AccessTable.EMPTY.token(Token.ANONYMOUS)).isSameAs(anonymous);
    assertThat(AccessTable.EMPTY.tokens()).containsExactly(anonymous);
    assertThat(AccessTable.EMPTY.rows()).isEmpty();
    assertThat(AccessTable.EMPTY.bySecret("other")).isNull();

    Token row = token(Token.ANONYMOUS, "anonymous");
    AccessTable set = AccessTable.EMPTY.plus(row);
    assertThat(set.bySecret("")).isSameAs(row);
    assertThat(set.tokens()).containsExactly(row);
    assertThat(set.minus(row.key()).bySecret("")).isSameAs(anonymous);
  }

  @Test
  void twoPoliciesAreAlwaysThere() {
    List<Policy> builtIn = AccessTable.EMPTY.policies();
    assertThat(builtIn)
        .extracting(Policy::name)
        .containsExactly("global-management", "builtin/global-read-only");
    assertThat(builtIn).allMatch(AccessTable::isBuiltIn);
    assertThat(AccessTable.EMPTY.policy(Policy.GLOBAL_MANAGEMENT)).isSameAs(builtIn.get(0));
    assertThat(AccessTable.EMPTY.policyByName("Global-Management")).isSameAs(builtIn.get(0));
    for (Resource resource : Resource.values()) {
      String name = resource.text() + (resource.segmented() ? "_prefix \"\"" : " =");
      assertThat(builtIn.get(0).rules()).contains(name);
      assertThat(builtIn.get(1).rules()).contains(name).doesNotContain("write");
    }
    assertThat(AccessTable.isBuiltIn(policy("aaaa", "global-management"))).isFalse();
  }

  @Test
  void idsAndNamesAreFoundWithoutRegardToCaseAndSecretsAreNot() {
    AccessTable table =
        AccessTable.EMPTY.plus(policy("AB", "Ops")).plus(role("CD", "Ops")).plus(token("EF", "S"));
    assertThat(table.policy("ab").name()).isEqualTo("Ops");
    assertThat(table.policyByName("oPS").id()).isEqualTo("AB");
    assertThat(table.roleByName("ops").id()).isEqualTo("CD");
    assertThat(table.token("ef").secret()).isEqualTo("S");
    assertThat(table.bySecret("S")).isNotNull();
    assertThat(table.bySecret("s")).isNull();
    assertThat(table.policyByName("op\u017F")).isNull(); // a long s, which Unicode folds to s
    assertThat(table.find(AccessObject.Kind.ROLE, "OPS")).isSameAs(table.role("cd"));
    assertThat(table.find(AccessObject.Kind.TOKEN, "S")).isNull();
  }

  @Test
  void aNameThatWasGivenUpLeadsToWhoHasItNow() {
    AccessTable table = AccessTable.EMPTY.plus(policy("a", "x")).plus(policy("a", "y"));
    assertThat(table.policyByName("x")).isNull();
    table = table.plus(policy("b", "x"));
    assertThat(table.policyByName("x").id()).isEqualTo("b");
    assertThat(table.policyByName("y").id()).isEqualTo("a");
    table = table.minus(AccessKey.of(AccessObject.Kind.POLICY, "a"));
    assertThat(table.policyByName("y")).isNull();
    assertThat(table.minus(AccessKey.of(AccessObject.Kind.POLICY, "a"))).isSameAs(table);
  }

  @Test
  void aSecretIsInNoText() {
    Token token = token("a", "hidden");
    assertThat(token.toString()).contains("a").doesNotContain("hidden");
    assertThat(List.of(token).toString()).doesNotContain("hidden");
  }

  @Test
  void aTokenExpiresAtItsTimeOrNever() {
    Token never = token("a", "s");
    Token once =
        new Token("a", "s", "", List.of(), List.of(), List.of(), List.of(), false, "", 1, 10, 1, 1);
    assertThat(never.isExpired(Long.MAX_VALUE)).isFalse();
    assertThat(once.isExpired(9)).isFalse();
    assertThat(once.isExpired(10)).isTrue();
  }

  /** Whatever the order in which they came and went, a table is that of its rows. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void itIsAsIfItWereBuiltFromItsRows(long seed) {
    Random random = new Random(seed);
    AccessTable table = AccessTable.EMPTY;
    Map<AccessKey, AccessObject> rows = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      String id = "" + random.nextInt(6);
      AccessObject object =
          switch (random.nextInt(3)) {
            case 0 -> token(id, "secret" + id);
            case 1 -> policy(id, id + random.nextInt(3));
            default -> role(id, id + random.nextInt(3));
          };
      if (random.nextInt(3) == 0) {
        table = table.minus(object.key());
        rows.remove(object.key());
      } else {
        table = table.plus(object);
        rows.put(object.key(), object);
      }
      AccessTable built = AccessTable.of(table.rows());
      assertThat(table.rows()).isEqualTo(rows);
      for (AccessObject.Kind kind : AccessObject.Kind.values()) {
        assertThat(table.list(kind))
            .isEqualTo(built.list(kind))
            .isSortedAccordingTo((a, b) -> a.id().compareTo(b.id()));
      }
      for (int n = 0; n < 6; n++) {
        assertThat(table.bySecret("secret" + n)).isEqualTo(built.bySecret("secret" + n));
        for (String name : List.of(n + "0", n + "1", n + "2")) {
          assertThat(table.policyByName(name)).isEqualTo(built.policyByName(name));
          assertThat(table.roleByName(name)).isEqualTo(built.roleByName(name));
        }
      }
    }
  }
}
