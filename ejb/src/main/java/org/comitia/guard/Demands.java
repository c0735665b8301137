package org.comitia.guard;

import java.util.ArrayList;
import java.util.List;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.state.Check;
import org.comitia.state.CheckKey;
import org.comitia.state.Command;
import org.comitia.state.Coordinate;
import org.comitia.state.Keys;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.PreparedQuery;
import org.comitia.state.Service;
import org.comitia.state.ServiceKey;
import org.comitia.state.Session;
import org.comitia.state.StateVersion;

/**
 * What a command demands of whoever wants it proposed, given the state that it would meet: a check
 * belongs to a service, a session to a node. What a command replaces or removes is asked for as
 * well as what it writes. Names count as they are stored, and as they are given where that differs:
 * the catalog finds them whatever their case, rules do not. A kind of command that is not known
 * here is nobody's. Pure functions.
 */
public final class Demands {
  private Demands() {}

  /**
   * What a command demands, all of it; empty for what everybody may. Of a transaction nothing:
   * {@link TxnDemands} looks at each of its operations.
   */
  public static List<Demand> of(Command command, StateVersion version) {
    if (command instanceof Command.KvPut put) {
      return key(put.key());
    } else if (command instanceof Command.KvDelete delete) {
      return key(delete.key());
    } else if (command instanceof Command.KvAcquire acquire) {
      return key(acquire.key());
    } else if (command instanceof Command.KvRelease release) {
      return key(release.key());
    } else if (command instanceof Command.KvDeleteTree tree) {
      return List.of(below(tree.prefix(), Access.WRITE));
    } else if (command instanceof Command.Register register) {
      return register(register, version);
    } else if (command instanceof Command.Deregister deregister) {
      return deregister(deregister, version);
    } else if (command instanceof Command.SessionCreate create) {
      return onNode(Resource.SESSION, create.session().node(), version);
    } else if (command instanceof Command.SessionDestroy destroy) {
      return session(destroy.id(), version);
    } else if (command instanceof Command.PreparedQuerySet set) {
      return querySet(set.query(), version);
    } else if (command instanceof Command.PreparedQueryDelete delete) {
      return queryDelete(delete.id(), version);
    } else if (command instanceof Command.CoordinateUpdate update) {
      List<Demand> demands = new ArrayList<>();
      for (Coordinate coordinate : update.coordinates()) {
        demands.addAll(onNode(Resource.NODE, coordinate.node(), version));
      }
      return demands;
    } else if (command instanceof Command.AutopilotSet) {
      return List.of(Demand.of(Resource.OPERATOR, Access.WRITE));
    } else if (command instanceof Command.Restoration) {
      return List.of(Demand.of(Resource.ACL, Access.WRITE));
    } else if (command instanceof Command.AccessSet || command instanceof Command.AccessDelete) {
      return List.of(Demand.of(Resource.ACL, Access.WRITE));
    } else if (command instanceof Command.Txn || command instanceof Command.AclBootstrap) {
      return List.of(); // the one's operations are looked at; who may do the other has no token yet
    }
    // ReapTombstones, EndLockDelays, RaiseLevel, CompareDigest, and what is to come
    return List.of(Demand.NOBODY);
  }

  /** The first of them that is not fulfilled; null when all are. */
  public static Demand missing(List<Demand> demands, Authorizer authorizer) {
    for (Demand demand : demands) {
      if (!demand.isMetBy(authorizer)) {
        return demand;
      }
    }
    return null;
  }

  /** For all keys that begin so, byte by byte: rules go by characters. */
  static Demand below(String prefix, Access access) {
    return Demand.prefix(Resource.KEY, Keys.stringPrefix(prefix), access);
  }

  private static List<Demand> key(String key) {
    return List.of(Demand.of(Resource.KEY, key, Access.WRITE));
  }

  // ---- nodes

  /** To write something of a node, under its stored name and the one given. */
  static List<Demand> onNode(Resource resource, String given, StateVersion version) {
    Node stored = version.nodes().get(Names.fold(given));
    Demand asGiven = Demand.of(resource, given, Access.WRITE);
    return stored == null || stored.name().equals(given)
        ? List.of(asGiven)
        : List.of(Demand.of(resource, stored.name(), Access.WRITE), asGiven);
  }

  /** To register a node; the one that has its id goes, if it has another name. */
  static List<Demand> node(Node given, StateVersion version) {
    List<Demand> demands = new ArrayList<>(onNode(Resource.NODE, given.name(), version));
    Node sameId = given.id().isEmpty() ? null : version.nodeById(given.id());
    if (sameId != null && !Names.same(sameId.name(), given.name())) {
      demands.add(Demand.of(Resource.NODE, sameId.name(), Access.WRITE));
    }
    return demands;
  }

  /** Whether registering it would leave it as it is, as {@code CatalogRules} sees it. */
  private static boolean isSame(Node known, Node wanted) {
    return known.id().equals(wanted.id())
        && Names.same(known.name(), wanted.name())
        && known.address().equals(wanted.address())
        && known.datacenter().equals(wanted.datacenter())
        && known.taggedAddresses().equals(wanted.taggedAddresses())
        && known.meta().equals(wanted.meta());
  }

  // ---- the catalog

  /** A service may be registered with its node as it is without the right to write that node. */
  private static List<Demand> register(Command.Register register, StateVersion version) {
    List<Demand> demands = new ArrayList<>();
    Node wanted = register.node();
    Node known = version.nodes().get(Names.fold(wanted.name()));
    if (known == null || !(register.skipNodeUpdate() || isSame(known, wanted))) {
      demands.addAll(node(wanted, version));
    }
    Service service = register.service();
    if (service != null) {
      demands.addAll(service(wanted.name(), service, version));
    }
    for (Check check : register.checks()) {
      boolean withService =
          service != null && Names.same(check.serviceId(), idOf(service.id(), service.name()));
      demands.addAll(check(wanted.name(), check, withService ? service.name() : null, version));
    }
    return demands;
  }

  /** Without an id the name is it. */
  static String idOf(String id, String name) {
    return id.isEmpty() ? name : id;
  }

  /** To write a service: its name, and that of the one that it replaces. */
  static List<Demand> service(String node, Service given, StateVersion version) {
    Service stored = stored(node, idOf(given.id(), given.name()), version);
    Demand wanted = Demand.of(Resource.SERVICE, given.name(), Access.WRITE);
    return stored == null || stored.name().equals(given.name())
        ? List.of(wanted)
        : List.of(wanted, Demand.of(Resource.SERVICE, stored.name(), Access.WRITE));
  }

  static Service stored(String node, String id, StateVersion version) {
    return version.services().get(ServiceKey.of(node, id));
  }

  /**
   * To write a check: its owner, and that of the one that it replaces.
   *
   * @param service the name of its service, if that is written before it; else null
   */
  static List<Demand> check(String node, Check given, String service, StateVersion version) {
    List<Demand> demands = new ArrayList<>();
    if (service != null) {
      demands.add(Demand.of(Resource.SERVICE, service, Access.WRITE));
    } else {
      demands.addAll(owner(node, given.serviceId(), version));
    }
    Check stored = version.checks().get(CheckKey.of(node, idOf(given.id(), given.name())));
    if (stored != null && !Names.same(stored.serviceId(), given.serviceId())) {
      demands.addAll(owner(node, stored.serviceId(), version));
    }
    return demands;
  }

  /** Of a check: its service, or its node; the node as well of a service that is not there. */
  static List<Demand> owner(String node, String serviceId, StateVersion version) {
    Service service = serviceId.isEmpty() ? null : stored(node, serviceId, version);
    return service == null
        ? onNode(Resource.NODE, node, version)
        : List.of(Demand.of(Resource.SERVICE, service.name(), Access.WRITE));
  }

  /** Who may write the node may take everything from it. */
  private static List<Demand> deregister(Command.Deregister deregister, StateVersion version) {
    String node = deregister.node();
    List<Demand> demands = onNode(Resource.NODE, node, version);
    if (isGiven(deregister.serviceId())) {
      return orService(demands, stored(node, deregister.serviceId(), version));
    } else if (isGiven(deregister.checkId())) {
      Check check = version.checks().get(CheckKey.of(node, deregister.checkId()));
      boolean ofService = check != null && !check.serviceId().isEmpty();
      return orService(demands, ofService ? stored(node, check.serviceId(), version) : null);
    }
    return demands;
  }

  private static List<Demand> orService(List<Demand> demands, Service service) {
    if (service == null) {
      return demands;
    }
    Demand other = Demand.of(Resource.SERVICE, service.name(), Access.WRITE);
    return demands.stream().map(demand -> demand.or(other)).toList();
  }

  private static boolean isGiven(String id) {
    return id != null && !id.isEmpty();
  }

  // ---- sessions

  /** To end or renew one. */
  public static List<Demand> session(String id, StateVersion version) {
    Session session = version.sessions().get(Names.fold(id));
    return List.of(
        session == null
            ? Demand.any(Resource.SESSION, Access.WRITE)
            : Demand.of(Resource.SESSION, session.node(), Access.WRITE));
  }

  // ---- prepared queries

  /** Both names on a change; one without a name belongs to its session. */
  private static List<Demand> querySet(PreparedQuery query, StateVersion version) {
    List<Demand> demands = new ArrayList<>();
    demands.add(query(query, version));
    PreparedQuery stored = version.preparedQueries().get(query.key());
    if (stored != null) {
      demands.add(query(stored, version));
    }
    return demands;
  }

  private static List<Demand> queryDelete(String id, StateVersion version) {
    PreparedQuery stored = version.preparedQueries().get(Names.fold(id));
    return List.of(
        stored == null ? Demand.any(Resource.QUERY, Access.WRITE) : query(stored, version));
  }

  private static Demand query(PreparedQuery query, StateVersion version) {
    if (isNamed(query)) {
      return Demand.of(Resource.QUERY, query.name(), Access.WRITE);
    }
    return session(query.session(), version).get(0);
  }

  /** Whether rules about queries are about it. */
  static boolean isNamed(PreparedQuery query) {
    return !query.name().isEmpty() || query.isTemplate();
  }
}
