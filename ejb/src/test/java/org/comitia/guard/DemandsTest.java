package org.comitia.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.access.Token;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.RandomCommands;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.TxnOp;
import org.comitia.state.TxnOutcome;
import org.junit.jupiter.api.Test;

/** What commands ask for, by what they do: who may have one proposed changes nothing else by it. */
class DemandsTest {
  private static final List<String> NAMES =
      List.of(
          "a", "a/", "a/b", "a/b/c", "a/b/d", "a/c", "b", "b/x", "é", "é/1", "zé", "n1", "N1", "n2",
          "n3", "node-4", "web", "Web", "db", "cache", "q1", "");

  /** Of these each kind is looked at by itself; the others are nobody's. */
  private static final Set<Class<?>> NOBODYS =
      Set.of(
          Command.ReapTombstones.class,
          Command.EndLockDelays.class,
          Command.RaiseLevel.class,
          Command.CompareDigest.class);

  private static final Set<Class<?>> EVERYBODYS =
      Set.of(Command.AclBootstrap.class, Command.Txn.class);

  /** A new kind of command fails here until somebody has decided. */
  @Test
  void everyKindOfCommandIsDecidedOn() {
    Set<String> known =
        Set.of(
            "KvPut",
            "KvDelete",
            "KvDeleteTree",
            "KvAcquire",
            "KvRelease",
            "Register",
            "Deregister",
            "SessionCreate",
            "SessionDestroy",
            "PreparedQuerySet",
            "PreparedQueryDelete",
            "CoordinateUpdate",
            "AutopilotSet",
            "Restoration",
            "AccessSet",
            "AccessDelete");
    Set<String> all =
        Arrays.stream(Command.class.getPermittedSubclasses())
            .filter(kind -> !NOBODYS.contains(kind) && !EVERYBODYS.contains(kind))
            .map(Class::getSimpleName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(all).isEqualTo(new TreeSet<>(known));
  }

  @Test
  void everyKindOfOperationIsDecidedOn() {
    assertThat(TxnOp.class.getPermittedSubclasses())
        .containsExactlyInAnyOrder(
            TxnOp.Kv.class, TxnOp.OnNode.class, TxnOp.OnService.class, TxnOp.OnCheck.class);
  }

  @Test
  void whoMayNothingChangesNothingAndWhoMayEverythingIsNotKeptFromAnything() {
    SomeRights nothing = new SomeRights(Access.DENY);
    SomeRights everything = new SomeRights(Access.WRITE);
    for (int seed = 0; seed < 40; seed++) {
      StateMachine machine = new StateMachine(StateVersion.EMPTY);
      RandomCommands random = new RandomCommands(seed, false);
      for (long index = 1; index < 300; index++) {
        Command command = random.next(index - 1);
        StateVersion version = machine.version();
        boolean own =
            NOBODYS.contains(command.getClass()) || command instanceof Command.AclBootstrap;
        if (!own) {
          assertThat(isPermitted(command, version, everything)).as("%s", command).isTrue();
        }
        machine.apply(index, command);
        boolean changed = machine.version().digest() != version.digest();
        if (changed && !(command instanceof Command.AclBootstrap)) {
          assertThat(isPermitted(command, version, nothing)).as("%s", command).isFalse();
        }
      }
    }
  }

  private static boolean isPermitted(Command command, StateVersion version, Authorizer who) {
    return command instanceof Command.Txn txn
        ? TxnDemands.errors(txn.ops(), version, who).isEmpty()
        : Demands.missing(Demands.of(command, version), who) == null;
  }

  /** Random rights, random commands: the rows that changed are those that may be written. */
  @Test
  void whatIsPermittedChangesNothingElse() {
    int permitted = 0;
    int refused = 0;
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      StateMachine machine = new StateMachine(StateVersion.EMPTY);
      RandomCommands commands = new RandomCommands(seed, false);
      SomeRights rights = SomeRights.random(random, NAMES);
      for (long index = 1; index < 200; index++) {
        Command command = commands.next(index - 1);
        StateVersion before = machine.version();
        boolean may = isPermitted(command, before, rights);
        machine.apply(index, command);
        if (may && !(command instanceof Command.AclBootstrap)) {
          permitted++;
          List<String> beyond = beyond(command, before, machine.version(), rights);
          assertThat(beyond).as("seed %s: %s with %s", seed, command, rights).isEmpty();
        } else {
          refused++;
        }
      }
    }
    assertThat(permitted).isGreaterThan(5_000);
    assertThat(refused).isGreaterThan(5_000);
  }

  // ---- the naive look at what changed

  private static List<String> beyond(
      Command command, StateVersion before, StateVersion after, Authorizer rights) {
    List<String> beyond = new ArrayList<>();
    changed(before.nodes(), after.nodes(), Node::name)
        .forEach(name -> demand(Resource.NODE, name, rights, beyond));
    Set<String> goneNodes = goneNodes(before, after);
    for (Service service : changedRows(before.services(), after.services())) {
      boolean withNode = goneNodes.contains(Names.fold(service.node()));
      boolean mayNode =
          rights.allows(Resource.NODE, stored(service.node(), before, after), Access.WRITE);
      boolean removed = !after.services().containsKey(service.key());
      if (!withNode && !(removed && mayNode && command instanceof Command.Deregister)) {
        demand(Resource.SERVICE, service.name(), rights, beyond);
      }
    }
    for (Check check : changedRows(before.checks(), after.checks())) {
      check(command, check, before, after, goneNodes, rights, beyond);
    }
    if (command instanceof Command.KvPut
        || command instanceof Command.KvDelete
        || command instanceof Command.KvDeleteTree
        || command instanceof Command.KvAcquire
        || command instanceof Command.KvRelease) {
      changed(before.kv(), after.kv(), entry -> entry.key())
          .forEach(key -> demand(Resource.KEY, key, rights, beyond));
    }
    if (command instanceof Command.SessionCreate || command instanceof Command.SessionDestroy) {
      for (Session session : changedRows(before.sessions(), after.sessions())) {
        demand(Resource.SESSION, session.node(), rights, beyond);
      }
    }
    if (command instanceof Command.PreparedQuerySet
        || command instanceof Command.PreparedQueryDelete) {
      for (PreparedQuery query : changedRows(before.preparedQueries(), after.preparedQueries())) {
        if (!query.name().isEmpty() || query.isTemplate()) {
          demand(Resource.QUERY, query.name(), rights, beyond);
        }
      }
    }
    if (command instanceof Command.CoordinateUpdate) {
      changed(before.coordinates(), after.coordinates(), one -> one.node())
          .forEach(node -> demand(Resource.NODE, node, rights, beyond));
    }
    if (before.access() != after.access()) {
      demand(Resource.ACL, "", rights, beyond);
    }
    return beyond;
  }

  private static void check(
      Command command,
      Check check,
      StateVersion before,
      StateVersion after,
      Set<String> goneNodes,
      Authorizer rights,
      List<String> beyond) {
    boolean mayNode =
        rights.allows(Resource.NODE, stored(check.node(), before, after), Access.WRITE);
    boolean removed = !after.checks().containsKey(check.key());
    if (goneNodes.contains(Names.fold(check.node()))
        || (removed && mayNode && command instanceof Command.Deregister)) {
      return;
    }
    Service owner = null;
    if (!check.serviceId().isEmpty()) {
      owner = Demands.stored(check.node(), check.serviceId(), before);
      owner = owner == null ? Demands.stored(check.node(), check.serviceId(), after) : owner;
    }
    if (owner == null) {
      if (!check.serviceId().isEmpty()) {
        return; // its service came and went
      }
      demand(Resource.NODE, stored(check.node(), before, after), rights, beyond);
    } else {
      demand(Resource.SERVICE, owner.name(), rights, beyond);
    }
  }

  private static String stored(String node, StateVersion before, StateVersion after) {
    Node known = before.nodes().get(Names.fold(node));
    known = known == null ? after.nodes().get(Names.fold(node)) : known;
    return known == null ? node : known.name();
  }

  /** Gone, or another one under the same name. */
  private static Set<String> goneNodes(StateVersion before, StateVersion after) {
    return before.nodes().values().stream()
        .filter(
            node -> {
              Node now = after.nodes().get(node.key());
              return now == null || now.createIndex() > before.appliedIndex();
            })
        .map(Node::key)
        .collect(Collectors.toSet());
  }

  private static void demand(
      Resource resource, String segment, Authorizer rights, List<String> beyond) {
    if (!rights.allows(resource, segment, Access.WRITE)) {
      beyond.add(resource + " " + segment);
    }
  }

  private static <K, V> Set<String> changed(
      Map<K, V> before, Map<K, V> after, java.util.function.Function<V, String> name) {
    return changedRows(before, after).stream().map(name).collect(Collectors.toSet());
  }

  /** Rows as they were and as they are. */
  private static <K, V> List<V> changedRows(Map<K, V> before, Map<K, V> after) {
    List<V> changed = new ArrayList<>();
    before.forEach(
        (key, row) -> {
          if (!Objects.equals(row, after.get(key))) {
            changed.add(row);
          }
        });
    after.forEach(
        (key, row) -> {
          if (!Objects.equals(row, before.get(key))) {
            changed.add(row);
          }
        });
    return changed;
  }

  // ---- single rules

  private static Node node(String id, String name, String address) {
    return new Node(id, name, address, "dc1", Map.of(), Map.of(), 0, 0);
  }

  private static Service service(String id, String name) {
    return new Service("n1", id, name, List.of(), "", Map.of(), Map.of(), 0, 1, 1, false, 0, 0);
  }

  private static Check check(String id, String serviceId) {
    return new Check("n1", id, id, "passing", "", "", serviceId, "", List.of(), "", 0, 0);
  }

  private static final Node N1 = node("11111111-0000-0000-0000-000000000001", "n1", "10.0.0.1");

  private static StateVersion catalog() {
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    machine.apply(1, new Command.Register(N1, false, service("w", "web"), List.of()));
    machine.apply(2, new Command.Register(N1, true, null, List.of(check("c", "w"))));
    return machine.version();
  }

  private static Demand write(Resource resource, String segment) {
    return Demand.of(resource, segment, Access.WRITE);
  }

  @Test
  void aServiceIsRegisteredWithItsNodeAsItIsWithoutTheRightToWriteTheNode() {
    Command same = new Command.Register(N1, false, service("w", "web"), List.of());
    assertThat(Demands.of(same, catalog())).containsExactly(write(Resource.SERVICE, "web"));

    Node moved = node(N1.id(), "n1", "10.0.0.9");
    Command changed = new Command.Register(moved, false, service("w", "web"), List.of());
    assertThat(Demands.of(changed, catalog()))
        .containsExactly(write(Resource.NODE, "n1"), write(Resource.SERVICE, "web"));

    Command skipped = new Command.Register(moved, true, service("w", "web"), List.of());
    assertThat(Demands.of(skipped, catalog())).containsExactly(write(Resource.SERVICE, "web"));
  }

  @Test
  void whatIsReplacedIsAskedForAsWell() {
    Command renamed = new Command.Register(N1, true, service("w", "mine"), List.of());
    assertThat(Demands.of(renamed, catalog()))
        .containsExactly(write(Resource.SERVICE, "mine"), write(Resource.SERVICE, "web"));

    Command stolen = new Command.Register(N1, true, null, List.of(check("c", "")));
    assertThat(Demands.of(stolen, catalog()))
        .containsExactly(write(Resource.NODE, "n1"), write(Resource.SERVICE, "web"));

    Node other = node(N1.id(), "n2", "10.0.0.1");
    assertThat(Demands.of(new Command.Register(other, false, null, List.of()), catalog()))
        .containsExactly(write(Resource.NODE, "n2"), write(Resource.NODE, "n1"));
  }

  @Test
  void namesCountAsTheyAreStoredToo() {
    assertThat(Demands.of(new Command.Deregister("N1", null, null), catalog()))
        .containsExactly(write(Resource.NODE, "n1"), write(Resource.NODE, "N1"));
  }

  @Test
  void whoMayWriteTheServiceOrTheNodeDeregisters() {
    List<Demand> demands = Demands.of(new Command.Deregister("n1", "w", null), catalog());
    SomeRights ofNode = new SomeRights(Access.DENY).with(Resource.NODE, "n1", Access.WRITE);
    SomeRights ofService = new SomeRights(Access.DENY).with(Resource.SERVICE, "web", Access.WRITE);
    SomeRights ofOther = new SomeRights(Access.DENY).with(Resource.SERVICE, "w", Access.WRITE);
    assertThat(Demands.missing(demands, ofNode)).isNull();
    assertThat(Demands.missing(demands, ofService)).isNull();
    assertThat(Demands.missing(demands, ofOther)).isNotNull();
  }

  /** A prefix that ends within a character covers keys that go on otherwise. */
  @Test
  void aTreeIsAskedForByWholeCharacters() {
    assertThat(Demands.of(new Command.KvDeleteTree("z\uDCC3"), StateVersion.EMPTY))
        .containsExactly(Demand.prefix(Resource.KEY, "z", Access.WRITE));
  }

  @Test
  void aTransactionTellsOfEachOperationThatIsNotAllowed() {
    SomeRights rights = new SomeRights(Access.DENY).with(Resource.KEY, "a", Access.READ);
    List<TxnOp> ops =
        List.of(
            new TxnOp.Kv(TxnOp.KvVerb.CHECK_INDEX, "a", new byte[0], 0, 1, ""),
            new TxnOp.Kv(TxnOp.KvVerb.SET, "a", new byte[0], 0, 0, ""),
            new TxnOp.Kv(TxnOp.KvVerb.GET, "b", new byte[0], 0, 0, ""),
            new TxnOp.Kv(TxnOp.KvVerb.CHECK_NOT_EXISTS, "b", new byte[0], 0, 0, ""));
    assertThat(TxnDemands.errors(ops, StateVersion.EMPTY, rights))
        .extracting(TxnOutcome.Error::opIndex)
        .containsExactly(1, 3);
  }

  /** The name in a delete is nothing but what somebody says. */
  @Test
  void aDeleteInATransactionAsksForWhatItDeletes() {
    SomeRights mine = new SomeRights(Access.DENY).with(Resource.SERVICE, "mine", Access.WRITE);
    TxnOp service = new TxnOp.OnService(TxnOp.Verb.DELETE, service("w", "mine"));
    TxnOp check = new TxnOp.OnCheck(TxnOp.Verb.DELETE, check("c", ""));
    assertThat(TxnDemands.errors(List.of(service), catalog(), mine)).hasSize(1);
    assertThat(TxnDemands.errors(List.of(check), catalog(), mine)).hasSize(1);
  }

  @Test
  void aCheckBelongsToTheServiceThatAnOperationBeforeWrites() {
    SomeRights mine = new SomeRights(Access.DENY).with(Resource.SERVICE, "mine", Access.WRITE);
    TxnOp service = new TxnOp.OnService(TxnOp.Verb.SET, service("m", "mine"));
    TxnOp check = new TxnOp.OnCheck(TxnOp.Verb.SET, check("new", "m"));
    assertThat(TxnDemands.errors(List.of(service, check), catalog(), mine)).isEmpty();
    assertThat(TxnDemands.errors(List.of(check), catalog(), mine)).hasSize(1);
  }

  @Test
  void denialsHaveConsulsWords() {
    Demand key = write(Resource.KEY, "foo");
    assertThat(key.denial(new SomeRights(Access.DENY)))
        .isEqualTo(
            "Permission denied: token with AccessorID 'aaaaaaaa-0000-0000-0000-00000000000a' lacks"
                + " permission 'key:write' on \"foo\"");
    Authorizer anonymous =
        org.comitia.access.Authorizers.of(List.of(), Access.DENY, false, Token.ANONYMOUS);
    assertThat(Demand.of(Resource.OPERATOR, Access.READ).denial(anonymous))
        .isEqualTo(
            "Permission denied: anonymous token lacks permission 'operator:read'. The anonymous"
                + " token is used implicitly when a request does not specify a token.");
  }
}
