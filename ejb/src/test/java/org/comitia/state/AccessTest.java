package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessTable;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may become of tokens, policies and roles, with Consul's texts. */
class AccessTest {
  private static final String P1 = "aaaa1111-0000-0000-0000-000000000001";
  private static final String P2 = "aaaa2222-0000-0000-0000-000000000002";
  private static final String R1 = "bbbb1111-0000-0000-0000-000000000001";
  private static final String T1 = "cccc1111-0000-0000-0000-000000000001";
  private static final String T2 = "cccc2222-0000-0000-0000-000000000002";
  private static final CommandResult DONE = new CommandResult.Done(true);

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private AccessTable table() {
    return machine.version().access();
  }

  private void create(AccessObject object) {
    assertThat(apply(new Command.AccessSet(object, true))).isEqualTo(DONE);
  }

  private void update(AccessObject object) {
    assertThat(apply(new Command.AccessSet(object, false))).isEqualTo(DONE);
  }

  private void refused(String text, Command command) {
    StateVersion before = machine.version();
    CommandResult result = apply(command);
    assertThat(result).isEqualTo(new CommandResult.Failed(text));
    assertThat(machine.version().tables()).isSameAs(before.tables());
    assertThat(table()).isSameAs(before.access());
  }

  private void notCreated(String text, AccessObject object) {
    refused(text, new Command.AccessSet(object, true));
  }

  private void notUpdated(String text, AccessObject object) {
    refused(text, new Command.AccessSet(object, false));
  }

  private static Policy policy(String id, String name) {
    return new Policy(id, name, "", "key \"a\" { policy = \"read\" }", List.of(), 0, 0);
  }

  private static Role role(String id, String name, String... policies) {
    return new Role(id, name, "", List.of(policies), List.of(), List.of(), 0, 0);
  }

  private static Token token(String id, String secret, List<String> policies, List<String> roles) {
    return new Token(
        id, secret, "", policies, roles, List.of(), List.of(), false, "", 1_000, 0, 0, 0);
  }

  private static Token token(String id, String secret) {
    return token(id, secret, List.of(), List.of());
  }

  private static Token expiring(String id, String secret, long millis) {
    return new Token(
        id, secret, "", List.of(), List.of(), List.of(), List.of(), false, "", 1_000, millis, 0, 0);
  }

  private static Token with(
      boolean local, List<ServiceIdentity> services, List<NodeIdentity> nodes) {
    return new Token(
        T1, "s1", "", List.of(), List.of(), services, nodes, local, "", 1_000, 0, 0, 0);
  }

  @BeforeEach
  void levels() {
    for (int level = 1; level <= FeatureLevel.ACCESS; level++) {
      assertThat(apply(new Command.RaiseLevel(level))).isEqualTo(DONE);
    }
  }

  // ---- the feature level

  @Test
  void belowItsLevelNothingIsKeptAndTheStateIsThatOfTheBuildBefore() {
    StateMachine young = new StateMachine(StateVersion.EMPTY);
    young.apply(1, new Command.RaiseLevel(1));
    young.apply(2, new Command.RaiseLevel(2));
    String before = StateDigest.of(young.version().at(9));
    long digest = young.version().digest();
    long at = 2;
    for (Command command :
        List.of(
            new Command.AccessSet(policy(P1, "p"), true),
            new Command.AccessDelete(AccessObject.Kind.TOKEN, T1),
            new Command.AclBootstrap(token(T1, "s"), 0))) {
      assertThat(((CommandResult.Failed) young.apply(++at, command)).message())
          .startsWith("COM3090: ")
          .contains("level 2")
          .isEqualTo(CommandRules.levelRefusal(command, 2));
      assertThat(CommandRules.levelRefusal(command, 3)).isNull();
    }
    assertThat(StateDigest.of(young.version().at(9))).isEqualTo(before);
    assertThat(young.version().digest()).isEqualTo(digest);
  }

  // ---- bootstrap

  @Test
  void theFirstTokenIsMadeOnce() {
    Token first = token(T1, "s1", List.of(Policy.GLOBAL_MANAGEMENT), List.of());
    assertThat(apply(new Command.AclBootstrap(first, 0))).isEqualTo(DONE);
    long done = index;
    assertThat(table().bySecret("s1")).isEqualTo(first.at(done, done));
    Token second = token(T2, "s2", List.of(Policy.GLOBAL_MANAGEMENT), List.of());
    refused(
        "Permission denied: ACL bootstrap no longer allowed (reset index: " + done + ")",
        new Command.AclBootstrap(second, 0));
    refused(
        "Invalid bootstrap reset index (specified 99, reset index: " + done + ")",
        new Command.AclBootstrap(second, 99));
    assertThat(apply(new Command.AclBootstrap(second, done))).isEqualTo(DONE);
    assertThat(table().bySecret("s2")).isNotNull();
    refused(
        "Permission denied: ACL bootstrap no longer allowed (reset index: " + index + ")",
        new Command.AclBootstrap(token("cccc3333-0000-0000-0000-000000000003", "s3"), 0));
  }

  @Test
  void aBootstrapThatFailsMayBeDoneAgain() {
    refused(
        "No such ACL policy with ID \"" + P1 + "\"",
        new Command.AclBootstrap(token(T1, "s1", List.of(P1), List.of()), 0));
    assertThat(apply(new Command.AclBootstrap(token(T1, "s1"), 0))).isEqualTo(DONE);
  }

  // ---- tokens

  @Test
  void accessorAndSecretAreUniqueWhicheverTheOtherOneIs() {
    create(token(T1, T2));
    notCreated("Invalid Token: AccessorID is already in use", token(T1, "other"));
    notCreated("Invalid Token: AccessorID is already in use", token(T1.toUpperCase(), "other"));
    notCreated("Invalid Token: AccessorID is already in use", token(T2, "other"));
    String other = "cccc3333-0000-0000-0000-000000000003";
    notCreated("Invalid Token: SecretID is already in use", token(other, T2));
    notCreated("Invalid Token: SecretID is already in use", token(other, T1));
    notCreated("Invalid Token: SecretID is already in use", token(other, "anonymous"));
    notCreated("Invalid Token: SecretID - not a valid UUID", token(other, ""));
    notCreated("Invalid Token: AccessorID - not a valid UUID", token("x", "other"));
    notCreated(
        "Invalid Token: AccessorID - UUIDs with the prefix"
            + " \"00000000-0000-0000-0000-0000000000\" are reserved",
        token("00000000-0000-0000-0000-0000000000ff", "other"));
  }

  @Test
  void ofATokenThatIsThereTheSecretAndTheTimesStay() {
    create(expiring(T1, "s1", 5_000));
    long created = index;
    Token changed =
        new Token(
            T1.toUpperCase(),
            "",
            "new",
            List.of(Policy.GLOBAL_READ_ONLY),
            List.of(),
            List.of(),
            List.of(),
            false,
            "",
            77,
            0,
            0,
            0);
    update(changed);
    assertThat(table().token(T1))
        .isEqualTo(
            new Token(
                T1,
                "s1",
                "new",
                List.of(Policy.GLOBAL_READ_ONLY),
                List.of(),
                List.of(),
                List.of(),
                false,
                "",
                1_000,
                5_000,
                created,
                index));
    assertThat(table().bySecret("s1")).isSameAs(table().token(T1));
    notUpdated("Changing a token's SecretID is not permitted", token(T1, "s2"));
    notUpdated("Cannot change expiration time of " + T1, expiring(T1, "s1", 5_001));
    notUpdated("Cannot toggle local mode of " + T1, with(true, List.of(), List.of()));
    notUpdated("Cannot find token \"" + T2 + "\"", token(T2, "s2"));
    notUpdated("AccessorID is not a valid UUID", token("x", "s1"));
    Token byMethod =
        new Token(T1, "", "", List.of(), List.of(), List.of(), List.of(), false, "m", 0, 0, 0, 0);
    notUpdated("Cannot change AuthMethod of " + T1, byMethod);
  }

  @Test
  void whatIsSetAsItIsChangesNothing() {
    create(policy(P1, "p"));
    create(token(T1, "s1", List.of(P1), List.of()));
    StateVersion before = machine.version();
    update(token(T1, "", List.of(P1, P1, P1.toUpperCase()), List.of()));
    update(policy(P1, "p"));
    update(AccessTable.EMPTY.policy(Policy.GLOBAL_MANAGEMENT));
    update(AccessTable.EMPTY.token(Token.ANONYMOUS));
    assertThat(table()).isSameAs(before.access());
    assertThat(machine.version().digest()).isEqualTo(before.digest());
  }

  @Test
  void linksLeadToWhatIsThere() {
    notCreated("No such ACL policy with ID \"" + P1 + "\"", token(T1, "s", List.of(P1), List.of()));
    notCreated("No such ACL role with ID \"" + R1 + "\"", token(T1, "s", List.of(), List.of(R1)));
    notCreated("No such ACL policy with ID \"" + P1 + "\"", role(R1, "r", P1));
    create(policy(P1, "p"));
    create(role(R1, "r", P1.toUpperCase()));
    create(token(T1, "s", List.of(P1), List.of(R1)));
    assertThat(table().role(R1).policies()).containsExactly(P1);

    assertThat(apply(new Command.AccessDelete(AccessObject.Kind.POLICY, P1))).isEqualTo(DONE);
    assertThat(apply(new Command.AccessDelete(AccessObject.Kind.ROLE, R1))).isEqualTo(DONE);
    assertThat(table().token(T1).policies()).containsExactly(P1);
    QueryResult.AccessObjects answer =
        Queries.evaluate(new Query.AccessGet(AccessObject.Kind.TOKEN, T1), machine.version());
    assertThat(answer.objects()).containsExactly(table().token(T1));
    assertThat(answer.names()).isEmpty();
    assertThat(answer.index()).isEqualTo(index);
  }

  @Test
  void theAnonymousTokenIsChangedAndNeverDeleted() {
    create(policy(P1, "p"));
    update(token(Token.ANONYMOUS, "anonymous", List.of(P1), List.of()));
    assertThat(table().bySecret("").policies()).containsExactly(P1);
    assertThat(table().bySecret("").createIndex()).isEqualTo(index);
    for (int i = 0; i < 2; i++) {
      refused(
          "Delete operation not permitted on the anonymous token",
          new Command.AccessDelete(AccessObject.Kind.TOKEN, Token.ANONYMOUS));
      update(token(Token.ANONYMOUS, "", List.of(), List.of()));
    }
    notUpdated("Changing a token's SecretID is not permitted", token(Token.ANONYMOUS, "s"));
  }

  @Test
  void aTimeThatIsOverBeforeItBeginsIsRefused() {
    notCreated("ExpirationTime cannot be before CreateTime", expiring(T1, "s", 999));
    notCreated("ExpirationTime cannot be before CreateTime", expiring(T1, "s", -1));
  }

  @Test
  void identitiesHaveNamesThatServicesAndNodesMayHave() {
    notCreated(
        "Service identity is missing the service name field on this token",
        with(false, List.of(new ServiceIdentity("", List.of())), List.of()));
    notCreated(
        "Service identity \"Web\" has an invalid name. Only lowercase alphanumeric characters, '-'"
            + " and '_' are allowed",
        with(false, List.of(new ServiceIdentity("Web", List.of())), List.of()));
    notCreated(
        "Service identity \"web\" cannot specify a list of datacenters on a local token",
        with(true, List.of(new ServiceIdentity("web", List.of("dc1"))), List.of()));
    notCreated(
        "Node identity is missing the datacenter field on this token",
        with(false, List.of(), List.of(new NodeIdentity("n", ""))));
    notCreated(
        "Node identity has an invalid name. Only lowercase alphanumeric characters, '-' and '_' are"
            + " allowed",
        with(false, List.of(), List.of(new NodeIdentity("n-", "dc1"))));
    notCreated(
        "Node identity is missing the node name field on this role",
        new Role(R1, "r", "", List.of(), List.of(), List.of(new NodeIdentity("", "dc1")), 0, 0));
    ServiceIdentity web = new ServiceIdentity("web", List.of("dc1", "dc1"));
    create(with(false, List.of(web, web), List.of(new NodeIdentity("n-1", "dc1"))));
    assertThat(table().token(T1).serviceIdentities())
        .containsExactly(new ServiceIdentity("web", List.of("dc1")));
  }

  // ---- policies and roles

  @Test
  void namesAreUniqueWithoutRegardToCase() {
    create(policy(P1, "p"));
    create(role(R1, "p"));
    notCreated("Invalid Policy: A Policy with Name \"P\" already exists", policy(P2, "P"));
    notCreated(
        "Invalid Policy: A Policy with Name \"global-management\" already exists",
        policy(P2, "global-management"));
    notCreated(
        "Invalid Role: A Role with Name \"p\" already exists",
        role("bbbb2222-0000-0000-0000-000000000002", "p"));
    create(policy(P2, "q"));
    notUpdated("Invalid Policy: A policy with name \"p\" already exists", policy(P2, "p"));
    update(policy(P1, "P"));
    assertThat(table().policyByName("p").name()).isEqualTo("P");
    notCreated("policy " + P1 + " exists already", policy(P1, "other"));
    notUpdated("cannot find role " + T1, role(T1, "other"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "é", "a.b", "builtin/x", "a\n"})
  void namesAreOfFewCharacters(String name) {
    String rest = "invalid Name. Only alphanumeric characters, '-' and '_' are allowed";
    notCreated("Invalid Policy: " + rest, policy(P1, name));
    notCreated("Invalid Role: " + rest, role(R1, name));
  }

  @Test
  void namesAreNoLongerThanConsuls() {
    create(policy(P1, "p".repeat(128)));
    create(role(R1, "r".repeat(256)));
    assertThat(apply(new Command.AccessSet(policy(P2, "p".repeat(129)), true)))
        .isInstanceOf(CommandResult.Failed.class);
    assertThat(apply(new Command.AccessSet(role(R1, "r".repeat(257)), false)))
        .isInstanceOf(CommandResult.Failed.class);
    notCreated("Invalid Policy: no Name is set", policy(P2, ""));
    notCreated("Invalid Role: no Name is set", role(P2, ""));
    notCreated("Policy ID invalid UUID", policy("", "x"));
    notCreated("Role ID invalid UUID", role("x", "x"));
  }

  @Test
  void whatIsBuiltInStays() {
    Policy management = table().policy(Policy.GLOBAL_MANAGEMENT);
    notUpdated(
        "Changing the Rules for the builtin global-management policy is not permitted",
        policy(Policy.GLOBAL_MANAGEMENT, "global-management"));
    notUpdated(
        "Changing the Datacenters of the builtin global-management policy is not permitted",
        new Policy(
            management.id(),
            management.name(),
            management.description(),
            management.rules(),
            List.of("dc1"),
            0,
            0));
    notUpdated(
        "COM3091: the builtin global-management policy keeps its name and its description: create"
            + " another policy",
        new Policy(management.id(), "mine", "", management.rules(), List.of(), 0, 0));
    refused(
        "Delete operation not permitted on the builtin global-management policy",
        new Command.AccessDelete(AccessObject.Kind.POLICY, Policy.GLOBAL_MANAGEMENT));
  }

  @ParameterizedTest
  @CsvSource({
    "TOKEN, Accessor ID is missing or an invalid UUID",
    "POLICY, policy id is missing or an invalid UUID",
    "ROLE, role id is missing or an invalid UUID"
  })
  void whatIsDeletedHasAnId(AccessObject.Kind kind, String text) {
    refused(text, new Command.AccessDelete(kind, ""));
    StateVersion before = machine.version();
    assertThat(apply(new Command.AccessDelete(kind, T1))).isEqualTo(DONE); // nobody has it
    assertThat(table()).isSameAs(before.access());
  }

  // ---- bounds

  @Test
  void whatIsTooLongOrTooManyIsRefused() {
    String rules = "#".repeat(AccessBounds.MAX_RULES_LENGTH);
    create(new Policy(P1, "p", "", rules, List.of(), 0, 0));
    excess("rules", new Policy(P1, "p", "", rules + "#", List.of(), 0, 0));
    excess("description", new Policy(P1, "p", "d".repeat(1_025), "", List.of(), 0, 0));
    excess("datacenter", new Policy(P1, "p", "", "", List.of("d".repeat(257)), 0, 0));
    excess("secret", token(T1, "s".repeat(1_025)));
    create(token(T1, "s", Collections.nCopies(1_000, P1), List.of()));
    excess("1001", token(T2, "t", Collections.nCopies(1_001, P1), List.of()));
    excess("link", token(T2, "t", List.of("p".repeat(257)), List.of()));
    List<String> datacenters = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      datacenters.add("dc" + i);
    }
    excess("1001", with(false, List.of(new ServiceIdentity("web", datacenters)), List.of()));
    excess("1001", role(R1, "r", Collections.nCopies(1_001, P1).toArray(String[]::new)));
  }

  private void excess(String what, AccessObject object) {
    Command command = new Command.AccessSet(object, true);
    assertThat(CommandRules.excess(command)).contains(what);
    refused(CommandRules.excess(command), command);
  }

  /** A leader looks at the state's limit: it must know that there may be many short links. */
  @Test
  void manyLinksCountForTheStatesLimit() {
    List<ServiceIdentity> many = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      many.add(new ServiceIdentity(Integer.toString(i, 36), List.of("d")));
    }
    Command command = new Command.AccessSet(with(false, many, List.of()), true);
    long after = StateMachine.sizeAfter(machine.version(), command);
    StateLimit limit = new StateLimit(after - 1);
    assertThat(limit.refusal(command, 4_000, machine.version(), 0)).startsWith("COM3013");
    assertThat(new StateLimit(after).refusal(command, 4_000, machine.version(), 0)).isNull();
    create(with(false, many, List.of()));
    Command delete = new Command.AccessDelete(AccessObject.Kind.TOKEN, T1);
    assertThat(new StateLimit(1).refusal(delete, 10, machine.version(), 0)).isNull();
  }

  // ---- answers

  @Test
  void aChangeWakesWhoWaitsForWhatIsShown() {
    create(policy(P1, "p"));
    create(token(T1, "s", List.of(P1), List.of()));
    Query<?> tokens = new Query.AccessList(AccessObject.Kind.TOKEN);
    Query<?> policies = new Query.AccessList(AccessObject.Kind.POLICY);
    assertThat(Topics.of(tokens, machine.version()))
        .containsAll(Topics.of(policies, machine.version()));
    long before = Queries.evaluate(policies, machine.version()).index();
    update(token(T1, "", List.of(), List.of()));
    assertThat(Queries.evaluate(tokens, machine.version()).index()).isEqualTo(index);
    assertThat(Queries.evaluate(policies, machine.version()).index()).isEqualTo(before);
    update(policy(P1, "renamed"));
    assertThat(Queries.evaluate(tokens, machine.version()).index()).isEqualTo(index);
  }

  @Test
  void noTextHasASecret() {
    Token token = token(T1, "hidden");
    assertThat(new Command.AccessSet(token, true).toString()).doesNotContain("hidden");
    assertThat(new Command.AclBootstrap(token, 0).toString()).doesNotContain("hidden");
    assertThat(new Query.TokenBySecret("hidden").toString()).doesNotContain("hidden");
    create(token);
    assertThat(Queries.evaluate(new Query.TokenBySecret("hidden"), machine.version()).toString())
        .contains(T1)
        .doesNotContain("hidden");
    notCreated("Invalid Token: SecretID is already in use", token(T2, "hidden"));
  }

  // ---- archives

  private static CommandResult restored(StateMachine to, StateVersion archived, int level) {
    long at = to.version().appliedIndex();
    Tables tables = archived.tables();
    to.apply(at + 1, new Command.RestoreBegin("r", level, 1, tables.bytes()));
    to.apply(at + 2, new Command.RestoreRows("r", 0, tables));
    return to.apply(at + 3, new Command.RestoreCommit("r"));
  }

  private static StateMachine cluster(int level) {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    for (int at = 1; at <= level; at++) {
      machine.apply(at, new Command.RaiseLevel(at));
    }
    return machine;
  }

  @Test
  void anArchiveBringsItsTokensAndTheIndexOfItsBootstrap() {
    assertThat(apply(new Command.AclBootstrap(token(T1, "s1"), 0))).isEqualTo(DONE);
    long done = index;
    create(policy(P1, "p"));
    StateMachine other = cluster(3);
    for (int i = 0; i < 20; i++) {
      other.skip(other.version().appliedIndex() + 1);
    }
    other.apply(30, new Command.AccessSet(token(T2, "s2"), true));
    assertThat(restored(other, machine.version(), 3)).isEqualTo(DONE);
    AccessTable table = other.version().access();
    assertThat(table.rows().keySet()).isEqualTo(table().rows().keySet());
    assertThat(table.bySecret("s1").modifyIndex()).isEqualTo(33);
    assertThat(table.bySecret("s2")).isNull();
    assertThat(
            ((CommandResult.Failed) other.apply(40, new Command.AclBootstrap(token(T2, "s2"), 0)))
                .message())
        .contains("reset index: " + done);
    assertThat(
            Queries.evaluate(new Query.AccessList(AccessObject.Kind.ROLE), other.version()).index())
        .isEqualTo(33);
  }

  /** The build before knows neither rows nor indexes of access control: no digest may differ. */
  @Test
  void belowItsLevelAnArchiveBringsNothingOfIt() {
    create(policy(P1, "p"));
    StateMachine young = cluster(2);
    Tables stripped =
        new Tables(
            Tables.EMPTY.nodes(),
            Tables.EMPTY.services(),
            Tables.EMPTY.checks(),
            Tables.EMPTY.kv(),
            Tables.EMPTY.tombstones(),
            Tables.EMPTY.indexes().plus(Indexes.ACL_BOOTSTRAP, 5L),
            Tables.EMPTY.sessions(),
            Tables.EMPTY.lockDelays(),
            Tables.EMPTY.preparedQueries(),
            Tables.EMPTY.coordinates(),
            Tables.EMPTY.autopilot(),
            machine.version().tables().access());
    StateVersion archived = new StateVersion(9, stripped);
    Command rows = new Command.RestoreRows("r", 0, stripped);
    assertThat(CommandRules.levelRefusal(rows, 2)).startsWith("COM3090");
    assertThat(((CommandResult.Failed) restored(young, archived, 2)).message())
        .startsWith("COM3052");
    Command empty = new Command.RestoreRows("r", 0, Tables.EMPTY);
    assertThat(CommandRules.levelRefusal(empty, 2)).isNull();
    Tables none = stripped;
    none =
        new Tables(
            none.nodes(),
            none.services(),
            none.checks(),
            none.kv(),
            none.tombstones(),
            none.indexes(),
            none.sessions(),
            none.lockDelays(),
            none.preparedQueries(),
            none.coordinates(),
            none.autopilot(),
            Tables.EMPTY.access());
    assertThat(restored(young, new StateVersion(9, none), 2)).isEqualTo(DONE);
    assertThat(young.version().indexes().keySet()).noneMatch(name -> name.startsWith("acl-"));
  }

  @Test
  void noArchiveBringsWhatNoCommandWould() {
    for (AccessObject row :
        List.of(
            policy(Policy.GLOBAL_MANAGEMENT, "global-management"),
            policy(P1, "a b"),
            policy("x", "p"),
            token(T1, "anonymous"),
            token(Token.ANONYMOUS, "s"),
            token(T1, "s".repeat(1_025)))) {
      assertThat(RowBounds.excess(rows(row))).as("%s", row).isNotNull();
    }
    assertThat(RowBounds.excess(rows(token(Token.ANONYMOUS, "anonymous"), policy(P1, "p"))))
        .isNull();
    assertThat(References.broken(rows(token(T1, "s"), token(T2, "s")))).contains("secret");
    assertThat(References.broken(rows(policy(P1, "p"), policy(P2, "P")))).contains("policy");
    assertThat(References.broken(rows(policy(P1, "Global-Management")))).contains("policy");
    assertThat(References.broken(rows(role(R1, "r"), role(P1, "r")))).contains("role");
    assertThat(
            References.broken(rows(role(R1, "p"), policy(P1, "p"), token(T1, "s"), token(T2, "S"))))
        .isNull();
  }

  private static Tables rows(AccessObject... objects) {
    var rows = Tables.EMPTY.access();
    for (AccessObject object : objects) {
      rows = rows.plus(object.key(), object);
    }
    Tables none = Tables.EMPTY;
    return new Tables(
        none.nodes(),
        none.services(),
        none.checks(),
        none.kv(),
        none.tombstones(),
        none.indexes(),
        none.sessions(),
        none.lockDelays(),
        none.preparedQueries(),
        none.coordinates(),
        none.autopilot(),
        rows);
  }
}
