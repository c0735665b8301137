package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.comitia.state.PreparedQuery.Failover;
import org.comitia.state.PreparedQuery.ServiceQuery;
import org.comitia.state.PreparedQuery.Template;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreparedQueriesTest {
  private static final String A = "aaaaaaaa-0000-0000-0000-00000000000a";
  private static final String B = "bbbbbbbb-0000-0000-0000-00000000000b";
  private static final String SESSION = "cccccccc-0000-0000-0000-00000000000c";
  private static final Template PREFIX = new Template("name_prefix_match", "", false);

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  @BeforeEach
  void registerInstances() {
    register("n1", service("w1", "web", Map.of("k", "v"), "v1"), "passing");
    register("n2", service("w2", "web", Map.of(), "v1", "blue"), "warning");
    register("n3", service("w3", "web", Map.of(), "v2"), "critical");
  }

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private void ok(Command command) {
    assertThat(apply(command)).isEqualTo(new CommandResult.Done(true));
  }

  private String refused(Command command) {
    return ((CommandResult.Failed) apply(command)).message();
  }

  private void register(String node, Service service, String status) {
    Check check = new Check("", "c", "c", status, "", "", service.id(), "", List.of(), "", 0, 0);
    Map<String, String> meta = node.equals("n1") ? Map.of("rack", "1") : Map.of();
    ok(
        new Command.Register(
            new Node("", node, "10.0.0.1", "dc1", Map.of(), meta, 0, 0),
            false,
            service,
            List.of(check)));
  }

  private static Service service(String id, String name, Map<String, String> meta, String... tags) {
    return new Service("", id, name, List.of(tags), "", Map.of(), meta, 80, 1, 1, false, 0, 0);
  }

  private static ServiceQuery ask(String service, boolean onlyPassing, String... tags) {
    return new ServiceQuery(
        service,
        new Failover(0, List.of()),
        onlyPassing,
        List.of(),
        "",
        List.of(tags),
        Map.of(),
        Map.of(),
        false);
  }

  private static PreparedQuery query(
      String id, String name, String session, Template template, ServiceQuery service) {
    return new PreparedQuery(id, name, session, "", template, service, "", 0, 0);
  }

  private static Command create(PreparedQuery query) {
    return new Command.PreparedQuerySet(query, false);
  }

  private static PreparedQuery named(String id, String name) {
    return query(id, name, "", Template.NONE, ask("web", false));
  }

  private QueryResult.PreparedQueryAnswer execute(String nameOrId) {
    return (QueryResult.PreparedQueryAnswer)
        Queries.evaluate(new Query.PreparedQueryExecute(nameOrId, false), machine.version());
  }

  private List<String> found(String nameOrId) {
    return execute(nameOrId).instances().stream().map(i -> i.service().id()).toList();
  }

  @Test
  void aQueryIsFoundByItsIdAndByItsName() {
    ok(create(named(A, "Web")));
    assertThat(found(A)).containsExactly("w1", "w2");
    assertThat(found("web")).containsExactly("w1", "w2");
    assertThat(execute("other").query()).isNull();
    assertThat(execute("").query()).isNull();
    PreparedQuery kept = machine.version().preparedQueries().get(A);
    assertThat(kept.createIndex()).isEqualTo(4);
    ok(new Command.PreparedQuerySet(query(A, "x", "", Template.NONE, ask("web", true)), true));
    assertThat(found("x")).containsExactly("w1");
    assertThat(execute("web").query()).isNull();
    assertThat(machine.version().preparedQueries().get(A).createIndex()).isEqualTo(4);
    assertThat(machine.version().preparedQueries().get(A).modifyIndex()).isEqualTo(5);
    ok(new Command.PreparedQueryDelete(A));
    assertThat(execute("x").query()).isNull();
  }

  @Test
  void whatIsWrongIsToldInConsulsWords() {
    ok(create(named(A, "web")));
    assertThat(refused(create(named(B, "")))).isEqualTo("Must be bound to a session");
    assertThat(refused(create(query(B, "b", "", Template.NONE, ask("", false)))))
        .isEqualTo("Must provide a Service name to query");
    assertThat(refused(create(named(B, "WEB"))))
        .isEqualTo("name 'WEB' aliases an existing query name");
    assertThat(refused(create(named(B, A))))
        .isEqualTo("name '" + A + "' aliases an existing query ID");
    assertThat(refused(create(query(B, "", SESSION, Template.NONE, ask("web", false)))))
        .isEqualTo("invalid session");
    assertThat(refused(new Command.PreparedQueryDelete(B)))
        .isEqualTo("Cannot modify non-existent prepared query: '" + B + "'");
    assertThat(refused(new Command.PreparedQuerySet(named(B, "b"), true)))
        .isEqualTo("Cannot modify non-existent prepared query: '" + B + "'");
    assertThat(
            refused(
                create(
                    new PreparedQuery(
                        B, "b", "", "", Template.NONE, ask("web", false), "10", 0, 0))))
        .isEqualTo("Bad DNS TTL '10': time: missing unit in duration \"10\"");
  }

  @Test
  void aQueryEndsWithItsSession() {
    ok(
        new Command.SessionCreate(
            new Session(
                SESSION, "", "n1", 0, Session.Behavior.RELEASE, "", List.of(), List.of(), 0, 0)));
    ok(create(query(A, "", SESSION, Template.NONE, ask("web", false))));
    ok(create(named(B, "b")));
    ok(new Command.SessionDestroy(SESSION));
    assertThat(machine.version().preparedQueries()).containsOnlyKeys(B);
    assertThat(Queries.evaluate(new Query.PreparedQueries(), machine.version()).index())
        .isEqualTo(index);
  }

  @Test
  void instancesAreChosenByTagsMetaAndChecks() {
    ok(create(query(A, "not", "", Template.NONE, ask("web", false, "v1", "!Blue"))));
    assertThat(found("not")).containsExactly("w1");
    ServiceQuery meta =
        new ServiceQuery(
            "web",
            new Failover(0, List.of()),
            false,
            List.of("c"),
            "",
            List.of(),
            Map.of("rack", "1"),
            Map.of("k", "v"),
            false);
    ok(new Command.PreparedQuerySet(query(A, "not", "", Template.NONE, meta), true));
    assertThat(found("not")).containsExactly("w1");
    ServiceQuery ignoring =
        new ServiceQuery(
            "web",
            new Failover(0, List.of()),
            true,
            List.of("c"),
            "",
            List.of(),
            Map.of(),
            Map.of(),
            false);
    ok(new Command.PreparedQuerySet(query(A, "not", "", Template.NONE, ignoring), true));
    assertThat(found("not")).containsExactly("w1", "w2", "w3");
  }

  // ---- templates

  @Test
  void theTemplateWithTheLongestBeginningAnswers() {
    ok(create(query(A, "", "", PREFIX, ask("${name.full}", false))));
    ok(create(query(B, "Geo-", "", PREFIX, ask("${name.suffix}", false))));
    String exact = SESSION;
    ok(create(query(exact, "geo-db", "", Template.NONE, ask("db", false))));
    assertThat(execute("web").query().service().service()).isEqualTo("web");
    assertThat(execute("geo-web").query().service().service()).isEqualTo("web");
    assertThat(execute("geo-db").query().service().service()).isEqualTo("db");
    assertThat(execute("geo-db-2").query().service().service()).isEqualTo("db-2");
    assertThat(execute("geo").query().service().service()).isEqualTo("geo");
    assertThat(found("geo-web")).containsExactly("w1", "w2");
  }

  @ParameterizedTest
  @CsvSource({
    "${name.full}, geo-db-eu",
    "${name.prefix}, geo-",
    "${name.suffix}, db-eu",
    "${match(0)}, geo-db-eu",
    "${match(1)}-${ match(2) }, db-eu",
    "x${match(9)}y, xy",
    "x${agent.segment}y, xy",
    "$${name.full}, ${name.full}",
    "plain, plain"
  })
  void textsAreFilledIn(String text, String filled) {
    Template template = new Template("name_prefix_match", "^geo-(.*?)-([^-]+)$", false);
    ok(create(query(A, "geo-", "", template, ask("web", false, text))));
    assertThat(execute("geo-db-eu").query().service().tags()).containsExactly(filled);
  }

  @Test
  void emptyTagsAreRemovedWhereThatIsAskedFor() {
    Template template = new Template("name_prefix_match", "^(.*)-(.*)$", true);
    ok(
        create(
            query(A, "w", "", template, ask("${match(1)}", false, "${match(2)}", "${match(7)}"))));
    assertThat(found("web-v1")).containsExactly("w1", "w2");
    assertThat(execute("web-v1").query().service().tags()).containsExactly("v1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "other | | x | failed compiling template: bad Template.Type 'other'",
        "name_prefix_match | ( | x | failed compiling template: bad Regexp: error parsing regexp: missing closing ): `(`",
        "name_prefix_match | | ${name | failed compiling template: bad format '${name' in Service: no closing brace",
        "name_prefix_match | | ${nope} | failed compiling template: bad format '${nope}' in Service: unknown variable accessed: nope"
      })
  void aTemplateIsLookedAtWhenItIsSet(String type, String regexp, String tag, String text) {
    Template template = new Template(type, regexp == null ? "" : regexp, false);
    assertThat(refused(create(query(A, "w", "", template, ask("web", false, tag)))))
        .isEqualTo(text);
  }

  private String refusedBeforehand(PreparedQuery query) {
    String excess = CommandRules.excess(create(query));
    StateVersion before = machine.version();
    assertThat(refused(create(query))).isEqualTo(excess);
    assertThat(machine.version().tables()).isSameAs(before.tables());
    return excess;
  }

  private void taken(PreparedQuery query, String asked) {
    assertThat(CommandRules.excess(create(query))).isNull();
    ok(create(query));
    assertThat(execute(asked).query()).isNotNull();
  }

  private static PreparedQuery matching(String regexp) {
    Template template = new Template("name_prefix_match", regexp, false);
    return query(A, "w", "", template, ask("${match(0)}", false));
  }

  @Test
  void aTemplateHasAsManyInterpolationsAsTheBound() {
    ServiceQuery tooMany = ask("web", false, "${name.full}".repeat(128), "${name.full}");
    assertThat(refusedBeforehand(query(A, "w", "", PREFIX, tooMany)))
        .isEqualTo("bad template: more than 128 interpolations");
    taken(query(A, "w", "", PREFIX, ask("web", false, "${name.full}".repeat(128))), "web");
  }

  @Test
  void aTemplatesExpressionIsAsLargeAndAsDeepAsTheBounds() {
    assertThat(refusedBeforehand(matching("(x{99}){100}"))).contains("more than 10000 elements");
    assertThat(refusedBeforehand(matching("x{0,301}"))).contains("300 levels");
    taken(matching("w{0,300}"), "www");
    ok(new Command.PreparedQueryDelete(A));
    taken(matching("(x{98}){99}|" + "w".repeat(98)), "www");
  }

  @Test
  void aQuerysNameIsAsLongAsTheBoundInBytes() {
    assertThat(refusedBeforehand(named(A, "é".repeat(512) + "x")))
        .isEqualTo("the query's name is longer than 1024 bytes");
    taken(named(A, "é".repeat(512)), "é".repeat(512));
    taken(query(B, "", "", PREFIX, ask("${name.full}", false)), "x".repeat(1024));
    assertThat(execute("x".repeat(1025)).query()).isNull();
  }

  /** An older version let it in; it was applied there, and is in the saved tables. */
  @Test
  void aStoredTemplateThatBreaksTheBoundsIsListedAndAnswersNothing() {
    PreparedQuery old = matching("x{0,301}").at(7, 7);
    Tables none = Tables.EMPTY;
    Tables saved =
        new Tables(
            none.nodes(),
            none.services(),
            none.checks(),
            none.kv(),
            none.tombstones(),
            none.indexes(),
            none.sessions(),
            none.lockDelays(),
            none.preparedQueries().plus(old.key(), old),
            none.coordinates(),
            none.autopilot(),
            none.access());
    StateMachine loaded = new StateMachine(new StateVersion(7, saved));
    assertThat(loaded.version().preparedQueries()).containsKey(A);
    assertThat(QueryLookup.resolve("www", loaded.version())).isNull();
    loaded.apply(8, new Command.PreparedQuerySet(matching("w{0,300}"), true));
    assertThat(QueryLookup.resolve("www", loaded.version()).service().service()).isEqualTo("www");
  }
}
