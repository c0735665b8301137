package org.comitia.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AuthorizersTest {
  private static Authorizer of(String rules, Access defaultPolicy) throws InvalidRulesException {
    return Authorizers.of(Rules.parse(rules).rules(), defaultPolicy, false, "a");
  }

  @Test
  void exactOneDecidesThenTheLongestPrefix() throws InvalidRulesException {
    Authorizer some =
        of(
            """
            key_prefix "" { policy = "read" }
            key_prefix "a/" { policy = "write" }
            key_prefix "a/b/" { policy = "deny" }
            key "a/b/c" { policy = "list" }
            """,
            Access.DENY);
    assertThat(some.allows(Resource.KEY, "b", Access.READ)).isTrue();
    assertThat(some.allows(Resource.KEY, "b", Access.LIST)).isFalse();
    assertThat(some.allows(Resource.KEY, "a/x", Access.WRITE)).isTrue();
    assertThat(some.allows(Resource.KEY, "a/b/x", Access.READ)).isFalse();
    assertThat(some.allows(Resource.KEY, "a/b/c", Access.LIST)).isTrue();
    assertThat(some.allows(Resource.KEY, "a/b/c", Access.WRITE)).isFalse();
    assertThat(some.allowsPrefix(Resource.KEY, "a/", Access.WRITE)).isFalse();
    assertThat(some.allowsPrefix(Resource.KEY, "a/c", Access.WRITE)).isTrue();
    assertThat(some.allows(Resource.NODE, "b", Access.READ)).isFalse();
    assertThat(some.accessor()).isEqualTo("a");
  }

  @Test
  void denialWinsAmongEquals() throws InvalidRulesException {
    Authorizer denied =
        of("key \"a\" {policy=\"deny\"} key \"a\" {policy=\"write\"}", Access.WRITE);
    assertThat(denied.allows(Resource.KEY, "a", Access.READ)).isFalse();
    assertThat(denied.allows(Resource.KEY, "b", Access.WRITE)).isTrue();
    assertThat(denied.allowsAll(Resource.KEY, Access.READ)).isFalse();
    Authorizer manager =
        Authorizers.of(Rules.parse("key \"a\" {policy=\"deny\"}").rules(), Access.DENY, true, "a");
    assertThat(manager.allows(Resource.KEY, "a", Access.READ)).isFalse();
    assertThat(manager.allows(Resource.KEY, "b", Access.WRITE)).isTrue();
  }

  /**
   * Consul's as well: what everybody may does not include tokens, and snapshots, which hold them.
   */
  @Test
  void theDefaultPolicyMakesNobodyAManager() throws InvalidRulesException {
    Authorizer nobody = of("", Access.WRITE);
    assertThat(nobody.allows(Resource.OPERATOR, "", Access.WRITE)).isTrue();
    assertThat(nobody.allows(Resource.ACL, "", Access.READ)).isFalse();
    assertThat(nobody.allowsAny(Resource.ACL, Access.READ)).isFalse();
  }

  @Test
  void managementAllowsEverything() {
    Authorizer all = Authorizers.of(List.of(), Access.DENY, true, "a");
    for (Resource resource : Resource.values()) {
      assertThat(all.allows(resource, "x", Access.WRITE)).isTrue();
      assertThat(all.allowsAll(resource, Access.WRITE)).isTrue();
      assertThat(all.allowsPrefix(resource, "x", Access.WRITE)).isTrue();
    }
  }

  @Test
  void agreesWithTheNaiveOne() {
    Random random = new Random(65);
    int allowed = 0;
    for (int i = 0; i < 100_000; i++) {
      List<Rule> rules = rules(random);
      Access defaultPolicy = random.nextBoolean() ? Access.DENY : Access.WRITE;
      Authorizer naive = new NaiveAuthorizer(rules, defaultPolicy, "a");
      Authorizer fast = Authorizers.of(rules, defaultPolicy, false, "a");
      for (int question = 0; question < 12; question++) {
        Resource resource = random.nextInt(4) == 0 ? Resource.OPERATOR : Resource.KEY;
        String segment = segment(random, NaiveAuthorizer.LONGEST_RULE + 2, 3);
        Access access = Access.values()[1 + random.nextInt(3)];
        boolean allows = naive.allows(resource, segment, access);
        assertThat(fast.allows(resource, segment, access))
            .as("%s %s %s %s", rules, resource, segment, access)
            .isEqualTo(allows);
        allowed += allows ? 1 : 0;
        if (question == 0) {
          String prefix = segment(random, NaiveAuthorizer.LONGEST_RULE, 3);
          assertThat(fast.allowsPrefix(resource, prefix, access))
              .as("%s %s %s* %s", rules, resource, prefix, access)
              .isEqualTo(naive.allowsPrefix(resource, prefix, access));
          assertThat(fast.allowsAny(resource, access))
              .as("%s %s any %s", rules, resource, access)
              .isEqualTo(naive.allowsAny(resource, access));
          assertThat(fast.allowsAll(resource, access))
              .as("%s %s all %s", rules, resource, access)
              .isEqualTo(naive.allowsAll(resource, access));
        }
      }
    }
    assertThat(allowed).isBetween(300_000, 900_000);
  }

  private static List<Rule> rules(Random random) {
    List<Rule> rules = new ArrayList<>();
    Access[] all = Access.values();
    // mostly allowing, so that questions about many segments have both answers
    boolean allowing = random.nextBoolean();
    for (int i = random.nextInt(10); i > 0; i--) {
      Access access = allowing ? all[1 + random.nextInt(3)] : all[random.nextInt(4)];
      if (random.nextInt(8) == 0) {
        rules.add(new Rule(Resource.OPERATOR, "", false, access));
      } else {
        rules.add(
            new Rule(
                Resource.KEY,
                segment(random, NaiveAuthorizer.LONGEST_RULE, 2),
                random.nextBoolean(),
                access));
      }
    }
    return rules;
  }

  private static String segment(Random random, int longest, int letters) {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(longest + 1); i > 0; i--) {
      out.append((char) ('a' + random.nextInt(letters)));
    }
    return out.toString();
  }
}
