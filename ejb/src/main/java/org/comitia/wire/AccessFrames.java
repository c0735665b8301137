package org.comitia.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.ServiceIdentity;
import org.comitia.access.Token;
import org.comitia.state.Command;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.wire.proto.AccessFrame;
import org.comitia.wire.proto.AccessKeyFrame;
import org.comitia.wire.proto.AccessKind;
import org.comitia.wire.proto.AccessListQueryFrame;
import org.comitia.wire.proto.AccessObjectsFrame;
import org.comitia.wire.proto.AccessSetFrame;
import org.comitia.wire.proto.AclBootstrapFrame;
import org.comitia.wire.proto.NodeIdentityFrame;
import org.comitia.wire.proto.PolicyFrame;
import org.comitia.wire.proto.RoleFrame;
import org.comitia.wire.proto.ServiceIdentityFrame;
import org.comitia.wire.proto.TokenFrame;

/** Tokens, policies and roles, what is asked about them, and their frames. */
final class AccessFrames {
  private AccessFrames() {}

  // ---- rows

  static AccessFrame frame(AccessObject object) {
    AccessFrame.Builder frame = AccessFrame.newBuilder();
    if (object instanceof Policy policy) {
      frame.setPolicy(frame(policy));
    } else if (object instanceof Role role) {
      frame.setRole(frame(role));
    } else {
      frame.setToken(frame((Token) object));
    }
    return frame.build();
  }

  private static PolicyFrame frame(Policy policy) {
    return PolicyFrame.newBuilder()
        .setId(policy.id())
        .setName(policy.name())
        .setDescription(policy.description())
        .setRules(policy.rules())
        .addAllDatacenters(policy.datacenters())
        .setCreateIndex(policy.createIndex())
        .setModifyIndex(policy.modifyIndex())
        .build();
  }

  private static RoleFrame frame(Role role) {
    return RoleFrame.newBuilder()
        .setId(role.id())
        .setName(role.name())
        .setDescription(role.description())
        .addAllPolicies(role.policies())
        .addAllServiceIdentities(services(role.serviceIdentities()))
        .addAllNodeIdentities(nodes(role.nodeIdentities()))
        .setCreateIndex(role.createIndex())
        .setModifyIndex(role.modifyIndex())
        .build();
  }

  private static TokenFrame frame(Token token) {
    return TokenFrame.newBuilder()
        .setId(token.id())
        .setSecret(token.secret())
        .setDescription(token.description())
        .addAllPolicies(token.policies())
        .addAllRoles(token.roles())
        .addAllServiceIdentities(services(token.serviceIdentities()))
        .addAllNodeIdentities(nodes(token.nodeIdentities()))
        .setLocal(token.local())
        .setAuthMethod(token.authMethod())
        .setCreated(token.createMillis())
        .setExpiration(token.expirationMillis())
        .setCreateIndex(token.createIndex())
        .setModifyIndex(token.modifyIndex())
        .build();
  }

  private static List<ServiceIdentityFrame> services(List<ServiceIdentity> identities) {
    return identities.stream()
        .map(
            one ->
                ServiceIdentityFrame.newBuilder()
                    .setService(one.service())
                    .addAllDatacenters(one.datacenters())
                    .build())
        .toList();
  }

  private static List<NodeIdentityFrame> nodes(List<NodeIdentity> identities) {
    return identities.stream()
        .map(
            one ->
                NodeIdentityFrame.newBuilder()
                    .setNode(one.node())
                    .setDatacenter(one.datacenter())
                    .build())
        .toList();
  }

  static AccessObject object(AccessFrame frame) throws MalformedFrameException {
    return switch (frame.getObjectCase()) {
      case POLICY -> policy(frame.getPolicy());
      case ROLE -> role(frame.getRole());
      case TOKEN -> token(frame.getToken());
      default ->
          throw new MalformedFrameException(
              "an object of access control that this version does not know");
    };
  }

  private static Policy policy(PolicyFrame frame) throws MalformedFrameException {
    return new Policy(
        frame.getId(),
        frame.getName(),
        frame.getDescription(),
        frame.getRules(),
        List.copyOf(frame.getDatacentersList()),
        Rows.positive(frame.getCreateIndex(), "a policy's create index"),
        Rows.positive(frame.getModifyIndex(), "a policy's modify index"));
  }

  private static Role role(RoleFrame frame) throws MalformedFrameException {
    return new Role(
        frame.getId(),
        frame.getName(),
        frame.getDescription(),
        List.copyOf(frame.getPoliciesList()),
        serviceIdentities(frame.getServiceIdentitiesList()),
        nodeIdentities(frame.getNodeIdentitiesList()),
        Rows.positive(frame.getCreateIndex(), "a role's create index"),
        Rows.positive(frame.getModifyIndex(), "a role's modify index"));
  }

  private static Token token(TokenFrame frame) throws MalformedFrameException {
    return new Token(
        frame.getId(),
        frame.getSecret(),
        frame.getDescription(),
        List.copyOf(frame.getPoliciesList()),
        List.copyOf(frame.getRolesList()),
        serviceIdentities(frame.getServiceIdentitiesList()),
        nodeIdentities(frame.getNodeIdentitiesList()),
        frame.getLocal(),
        frame.getAuthMethod(),
        frame.getCreated(),
        frame.getExpiration(),
        Rows.positive(frame.getCreateIndex(), "a token's create index"),
        Rows.positive(frame.getModifyIndex(), "a token's modify index"));
  }

  private static List<ServiceIdentity> serviceIdentities(List<ServiceIdentityFrame> frames) {
    return frames.stream()
        .map(one -> new ServiceIdentity(one.getService(), List.copyOf(one.getDatacentersList())))
        .toList();
  }

  private static List<NodeIdentity> nodeIdentities(List<NodeIdentityFrame> frames) {
    return frames.stream()
        .map(one -> new NodeIdentity(one.getNode(), one.getDatacenter()))
        .toList();
  }

  // ---- commands

  static AccessSetFrame frame(Command.AccessSet set) {
    return AccessSetFrame.newBuilder()
        .setObject(frame(set.object().at(0, 0)))
        .setCreate(set.create())
        .build();
  }

  static Command.AccessSet set(AccessSetFrame frame) throws MalformedFrameException {
    return new Command.AccessSet(object(frame.getObject()), frame.getCreate());
  }

  static AccessKeyFrame frame(AccessObject.Kind kind, String id) {
    return AccessKeyFrame.newBuilder().setKind(frame(kind)).setId(id).build();
  }

  static Command.AccessDelete delete(AccessKeyFrame frame)
      throws MalformedFrameException, UnknownCommandException {
    if (frame.getKind() == AccessKind.UNRECOGNIZED) {
      throw Commands.newer("a kind of object of access control");
    }
    return new Command.AccessDelete(kind(frame.getKind()), frame.getId());
  }

  static AclBootstrapFrame frame(Command.AclBootstrap bootstrap) {
    return AclBootstrapFrame.newBuilder()
        .setToken(frame(bootstrap.token().at(0, 0)))
        .setResetIndex(bootstrap.resetIndex())
        .build();
  }

  static Command.AclBootstrap bootstrap(AclBootstrapFrame frame) throws MalformedFrameException {
    return new Command.AclBootstrap(token(frame.getToken()), frame.getResetIndex());
  }

  private static AccessKind frame(AccessObject.Kind kind) {
    return AccessKind.forNumber(kind.ordinal());
  }

  private static AccessObject.Kind kind(AccessKind kind) throws MalformedFrameException {
    if (kind == AccessKind.UNRECOGNIZED) {
      throw new MalformedFrameException(
          "a kind of object of access control that this version does not know");
    }
    return AccessObject.Kind.values()[kind.getNumber()];
  }

  // ---- queries

  static AccessListQueryFrame frame(Query.AccessList query) {
    return AccessListQueryFrame.newBuilder().setKind(frame(query.kind())).build();
  }

  static Query.AccessList list(AccessListQueryFrame frame) throws MalformedFrameException {
    return new Query.AccessList(kind(frame.getKind()));
  }

  static Query.AccessGet get(AccessKeyFrame frame) throws MalformedFrameException {
    return new Query.AccessGet(kind(frame.getKind()), frame.getId());
  }

  static AccessObjectsFrame frame(QueryResult.AccessObjects result) {
    AccessObjectsFrame.Builder frame = AccessObjectsFrame.newBuilder();
    result.objects().forEach(object -> frame.addObjects(frame(object)));
    return frame.putAllNames(result.names()).build();
  }

  static QueryResult.AccessObjects result(long index, AccessObjectsFrame frame)
      throws MalformedFrameException {
    List<AccessObject> objects = new ArrayList<>();
    for (AccessFrame object : frame.getObjectsList()) {
      objects.add(object(object));
    }
    return new QueryResult.AccessObjects(index, objects, new TreeMap<>(frame.getNamesMap()));
  }
}
