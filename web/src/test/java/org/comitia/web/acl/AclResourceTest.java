package org.comitia.web.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.comitia.access.Unrestricted;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Endpoint;
import org.comitia.web.http.Json;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.http.Visitor;
import org.comitia.web.memory.MemoryAgent;
import org.comitia.web.memory.MemoryCluster;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AclResourceTest {
  private static final String UUID =
      "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}";
  private static final String UNKNOWN = "8f246b77-f3e1-ff88-5b48-8ec93abf3e05";
  private static final String MANAGEMENT = "00000000-0000-0000-0000-000000000001";
  private static final String ANONYMOUS = "00000000-0000-0000-0000-000000000002";

  private final MemoryCluster cluster = new MemoryCluster();
  private final Answers answers = new Answers(cluster, new MemoryAgent(), Runnable::run);
  private Instant now = Instant.parse("2026-12-01T08:00:00.123Z");
  private final AclResource resource = resource(true);

  private AclResource resource(boolean enabled) {
    AclRequests requests = new AclRequests(answers, enabled);
    AclResource made = new AclResource();
    made.requests = requests;
    made.tokens = new TokenRequests(requests, (InstantSource) () -> now);
    made.policies = new PolicyRequests(requests);
    made.roles = new RoleRequests(requests);
    return made;
  }

  @BeforeEach
  void raiseLevel() {
    for (int level = 1; level <= FeatureLevel.ACCESS; level++) {
      cluster.write(Caller.SYSTEM, new Command.RaiseLevel(level));
    }
  }

  private static Call call(String method, String target, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String[] parts = target.split("\\?", 2);
    Endpoint endpoint = Endpoint.at(parts[0]);
    QueryString query = QueryString.parse(parts.length == 2 ? parts[1] : null);
    return new Call(
        endpoint,
        method,
        parts[0].substring(endpoint.pattern().length()),
        query,
        bytes,
        bytes.length,
        "127.0.0.1:4711",
        target,
        Call.Wishes.NONE,
        new Visitor(Caller.of(query.get("token")), "", Unrestricted.INSTANCE));
  }

  /** As the filter and JAX-RS find it. */
  private static Answer answer(AclResource resource, String method, String target, String body) {
    Call call = call(method, target, body);
    resource.request =
        (HttpServletRequest)
            Proxy.newProxyInstance(
                AclResource.class.getClassLoader(),
                new Class<?>[] {HttpServletRequest.class},
                (self, called, args) -> call);
    String pattern =
        call.endpoint().pattern().substring("/v1/acl/".length()).replaceFirst("/$", "");
    return switch (method + " " + pattern) {
      case "PUT bootstrap" -> resource.bootstrap();
      case "GET replication" -> resource.replication();
      case "GET tokens" -> resource.tokens();
      case "GET token" -> resource.token();
      case "GET token/self" -> resource.self();
      case "PUT token" -> resource.setToken();
      case "DELETE token" -> resource.deleteToken();
      case "GET policies" -> resource.policies();
      case "GET policy" -> resource.policy();
      case "GET policy/name" -> resource.policyByName();
      case "PUT policy" -> resource.setPolicy();
      case "DELETE policy" -> resource.deletePolicy();
      case "GET roles" -> resource.roles();
      case "GET role" -> resource.role();
      case "GET role/name" -> resource.roleByName();
      case "PUT role" -> resource.setRole();
      case "DELETE role" -> resource.deleteRole();
      default -> throw new AssertionError(method + " " + pattern);
    };
  }

  private Reply ask(String method, String path, String body) {
    Call call = call(method, "/v1/acl/" + path, body);
    try {
      Answer answer = answer(resource, method, "/v1/acl/" + path, body);
      assertThat(answer.reply().toCompletableFuture()).isDone();
      return answer.reply().toCompletableFuture().join();
    } catch (Refusal | CompletionException e) {
      return Outcomes.thrown(call, e);
    }
  }

  private static String text(Reply reply) {
    return reply.status() + " " + new String(reply.body(), StandardCharsets.UTF_8);
  }

  private Map<?, ?> done(String method, String path, String body) throws Exception {
    Reply reply = ask(method, path, body);
    assertThat(reply.status()).as(text(reply)).isEqualTo(200);
    return (Map<?, ?>) Json.parse(reply.body());
  }

  private String created(String kind, String body) throws Exception {
    Map<?, ?> object = done("PUT", kind, body);
    return (String) object.get(kind.equals("token") ? "AccessorID" : "ID");
  }

  private List<?> list(String path) throws Exception {
    Reply reply = ask("GET", path, "");
    assertThat(reply.status()).as(text(reply)).isEqualTo(200);
    return (List<?>) Json.parse(reply.body());
  }

  private List<Object> ids(String path, String field) throws Exception {
    return list(path).stream().<Object>map(one -> ((Map<?, ?>) one).get(field)).toList();
  }

  // ---- what is there at the beginning

  @Test
  void everyEndpointSaysThatThereIsNoAccessControl() {
    for (Endpoint endpoint : Endpoint.ALL) {
      if (endpoint.pattern().startsWith("/v1/acl/")) {
        for (String method : endpoint.methods()) {
          assertThatThrownBy(() -> answer(resource(false), method, endpoint.pattern(), ""))
              .as(method + " " + endpoint)
              .isInstanceOfSatisfying(
                  Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(401))
              .hasMessage("ACL support disabled");
        }
      }
    }
  }

  @Test
  void firstTokenIsMadeOnce() throws Exception {
    Map<?, ?> token = done("PUT", "bootstrap", "");
    assertThat((String) token.get("AccessorID")).matches(UUID);
    assertThat((String) token.get("SecretID"))
        .matches(UUID)
        .isNotEqualTo(token.get("AccessorID"))
        .isEqualTo(token.get("ID"));
    assertThat(token.get("Description")).isEqualTo("Bootstrap Token (Global Management)");
    assertThat(token.get("Policies"))
        .isEqualTo(List.of(Map.of("ID", MANAGEMENT, "Name", "global-management")));
    assertThat(token.get("CreateTime")).isEqualTo("2026-12-01T08:00:00.123Z");
    assertThat(token.get("CreateIndex")).isEqualTo(FeatureLevel.ACCESS + 1);
    assertThat(text(ask("PUT", "bootstrap", "")))
        .isEqualTo(
            "403 Permission denied: ACL bootstrap no longer allowed (reset index: "
                + (FeatureLevel.ACCESS + 1)
                + ")");
    assertThat(done("GET", "token/self?token=" + token.get("SecretID"), "").get("AccessorID"))
        .isEqualTo(token.get("AccessorID"));
  }

  @Test
  void firstTokenMayHaveAGivenSecret() throws Exception {
    assertThat(text(ask("PUT", "bootstrap", "{\"BootstrapSecret\":\"short\"}")))
        .isEqualTo("500 Invalid Token: SecretID - not a valid UUID");
    String secret = "2B778DD9-F5F1-6F29-B4B4-9A5FA948757A";
    assertThat(done("PUT", "bootstrap", "{\"BootstrapSecret\":\"" + secret + "\"}").get("SecretID"))
        .isEqualTo(secret);
  }

  @Test
  void builtInOnesAreThere() throws Exception {
    assertThat(ids("policies", "Name"))
        .isEqualTo(List.of("global-management", "builtin/global-read-only"));
    assertThat(ids("tokens", "AccessorID")).isEqualTo(List.of(ANONYMOUS));
    assertThat(list("roles")).isEmpty();
    assertThat(done("GET", "token/self", "").get("AccessorID")).isEqualTo(ANONYMOUS);
    assertThat(done("GET", "policy/name/builtin/global-read-only", "").get("ID"))
        .isEqualTo("00000000-0000-0000-0000-000000000002");
    assertThat(done("GET", "replication", "").get("Enabled")).isEqualTo(false);
  }

  // ---- policies

  @Test
  void policyIsWrittenAsConsulWritesIt() throws Exception {
    String id =
        created(
            "policy",
            """
            {"Name": "keys", "Description": "d", "Rules": "key_prefix \\"\\" { policy = \\"read\\" }",
             "Datacenters": ["dc1"]}""");
    assertThat(id).matches(UUID);
    String read = text(ask("GET", "policy/" + id, ""));
    assertThat(read)
        .matches(
            "200 \\{\"ID\":\""
                + id
                + "\",\"Name\":\"keys\",\"Description\":\"d\","
                + "\"Rules\":\"key_prefix \\\\\"\\\\\" \\{ policy = \\\\\"read\\\\\" }\","
                + "\"Datacenters\":\\[\"dc1\"],\"Hash\":\"[A-Za-z0-9+/]{43}=\","
                + "\"CreateIndex\":4,\"ModifyIndex\":4}");
    assertThat(text(ask("GET", "policy/name/keys", ""))).isEqualTo(read);
    assertThat(text(ask("GET", "policies", "")))
        .contains("\"Description\":\"d\",\"Datacenters\":[\"dc1\"],\"Hash\":\"")
        .contains("\"Datacenters\":null,\"Hash\":\"")
        .doesNotContain("Rules");
    assertThat(ask("GET", "policy/" + id, "").header("X-Consul-Index")).isEqualTo("4");
  }

  @Test
  void policyIsChangedAndDeleted() throws Exception {
    String id = created("policy", "{\"Name\":\"keys\"}");
    Map<?, ?> before = done("GET", "policy/" + id, "");
    Map<?, ?> after =
        done("PUT", "policy/" + id, "{\"Name\":\"k2\",\"Rules\":\"acl=\\\"read\\\"\"}");
    assertThat(after.get("Name")).isEqualTo("k2");
    assertThat(after.get("Hash")).isNotEqualTo(before.get("Hash"));
    assertThat(after.get("CreateIndex")).isEqualTo(before.get("CreateIndex"));
    assertThat(text(ask("DELETE", "policy/" + id, ""))).isEqualTo("200 true");
    assertThat(text(ask("GET", "policy/" + id, ""))).isEqualTo("403 ACL not found");
    assertThat(text(ask("GET", "policy/name/k2", ""))).isEqualTo("403 ACL not found");
  }

  @Test
  void nameIsNoIdAndIdIsNoName() throws Exception {
    String id = created("policy", "{\"Name\":\"keys\"}");
    assertThat(text(ask("GET", "policy/keys", ""))).isEqualTo("403 ACL not found");
    assertThat(text(ask("GET", "policy/name/" + id, ""))).isEqualTo("403 ACL not found");
    assertThat(text(ask("GET", "role/keys", ""))).isEqualTo("404 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PUT|policy|{\"ID\":\"x\"}|400 Cannot specify the ID when creating a new policy",
        "PUT|policy|{\"Nmae\":\"x\"}|400 Policy decoding failed: json: unknown field \"Nmae\"",
        "PUT|policy|{\"Name\":\"a\",\"Rules\":\"key\"}|500 Failed to parse ACL rules: line 1: "
            + "expected \"=\" or \"{\", found the end",
        "PUT|policy|{\"Name\":\"\"}|500 Invalid Policy: no Name is set",
        "PUT|policy|{\"Name\":\"a b\"}|500 Invalid Policy: invalid Name. Only alphanumeric"
            + " characters, '-' and '_' are allowed",
        "PUT|policy/a|{\"ID\":\"b\",\"Name\":\"a\"}|400 Policy ID in URL and payload do not match",
        "PUT|policy/a|{\"Name\":\"a\"}|500 Policy ID invalid UUID",
        "GET|policy/||400 Missing policy ID",
        "GET|policy/name/||400 Missing policy Name",
        "PUT|role|{\"ID\":\"x\"}|400 Role ID in URL and payload do not match",
        "PUT|role|{\"Name\":7}|400 Role decoding failed: json: cannot unmarshal number into Go"
            + " struct field ACLRole.Name of type string",
        "PUT|role|{\"Name\":\"a\",\"Policies\":[{\"Name\":\"b\"}]}|500 No such ACL policy with name"
            + " \"b\"",
        "GET|role/||400 Missing role ID",
        "PUT|token|{\"Bogus\":1}|400 Token decoding failed: json: unknown field \"Bogus\"",
        "PUT|token|{\"SecretID\":\"x\"}|500 Invalid Token: SecretID - not a valid UUID",
        "PUT|token|{\"AccessorID\":\"x\"}|500 Invalid Token: AccessorID - not a valid UUID",
        "PUT|token|{\"ExpirationTTL\":\"1s\"}|500 ExpirationTime cannot be less than 1m0s in the"
            + " future (was 1s)",
        "PUT|token|{\"ExpirationTTL\":\"25h\"}|500 ExpirationTime cannot be more than 24h0m0s in the"
            + " future (was 25h0m0s)",
        "PUT|token|{\"ExpirationTTL\":\"-1s\"}|500 Token Expiration TTL '-1s' should be > 0",
        "PUT|token|{\"ExpirationTTL\":\"5m\",\"ExpirationTime\":\"2026-12-01T09:00:00Z\"}|500 Token"
            + " Expiration TTL and Expiration Time cannot both be set",
        "PUT|token|{\"ExpirationTime\":\"2026-12-01T07:00:00Z\"}|500 ExpirationTime cannot be before"
            + " CreateTime",
        "PUT|token|{\"ExpirationTime\":\"noon\"}|400 Token decoding failed: parsing time \"noon\" as"
            + " \"2006-01-02T15:04:05Z07:00\"",
        "PUT|token|{\"Roles\":[{\"Name\":\"b\"}]}|500 No such ACL role with name \"b\"",
        "PUT|token/a|{\"AccessorID\":\"b\"}|400 Token Accessor ID in URL and payload do not match",
        "PUT|token/a/clone||403 ACL not found",
        "GET|token/||400 Missing token ID",
        "GET|token/a||403 ACL not found",
        "GET|token/self?token=x||403 ACL not found",
        "DELETE|token/00000000-0000-0000-0000-000000000002||500 Delete operation not permitted on the"
            + " anonymous token",
        "GET|tokens?dc=other||500 No path to datacenter",
        "PUT|policy?dc=other|{}|500 No path to datacenter",
      })
  void whatIsWrongIsRefused(String method, String path, String body, String answer) {
    assertThat(text(ask(method, path, body == null ? "" : body))).isEqualTo(answer);
  }

  // ---- roles and tokens

  @Test
  void linksAreTakenByIdOrNameAndShownWithBoth() throws Exception {
    String keys = created("policy", "{\"Name\":\"keys\"}");
    String nodes = created("policy", "{\"Name\":\"nodes\"}");
    String role =
        created(
            "role",
            "{\"Name\":\"r\",\"Policies\":[{\"Name\":\"keys\"},{\"ID\":\""
                + nodes
                + "\"}],\"ServiceIdentities\":[{\"ServiceName\":\"web\",\"Datacenters\":[\"dc1\"]},"
                + "{\"ServiceName\":\"db\"}],"
                + "\"NodeIdentities\":[{\"NodeName\":\"n\",\"Datacenter\":\"dc1\"}]}");
    String links =
        "\"Policies\":[{\"ID\":\""
            + keys
            + "\",\"Name\":\"keys\"},{\"ID\":\""
            + nodes
            + "\",\"Name\":\"nodes\"}]";
    assertThat(text(ask("GET", "role/" + role, "")))
        .startsWith(
            "200 {\"ID\":\""
                + role
                + "\",\"Name\":\"r\",\"Description\":\"\","
                + links
                + ",\"ServiceIdentities\":[{\"ServiceName\":\"web\",\"Datacenters\":[\"dc1\"]},"
                + "{\"ServiceName\":\"db\"}],"
                + "\"NodeIdentities\":[{\"NodeName\":\"n\",\"Datacenter\":\"dc1\"}],\"Hash\":\"");
    String token = created("token", "{\"Roles\":[{\"Name\":\"r\"}],\"Policies\":[]}");
    assertThat(text(ask("GET", "token/" + token, "")))
        .contains(",\"Roles\":[{\"ID\":\"" + role + "\",\"Name\":\"r\"}],\"Local\":false,");
    ask("DELETE", "policy/" + keys, "");
    assertThat(text(ask("GET", "role/" + role, "")))
        .contains("\"Policies\":[{\"ID\":\"" + nodes + "\",\"Name\":\"nodes\"}]");
    ask("DELETE", "role/" + role, "");
    assertThat(text(ask("GET", "token/" + token, ""))).doesNotContain("Roles");
  }

  @Test
  void tokensAndRolesAreListedByWhatTheyLinkTo() throws Exception {
    String keys = created("policy", "{\"Name\":\"keys\"}");
    String role = created("role", "{\"Name\":\"r\",\"Policies\":[{\"Name\":\"keys\"}]}");
    created("role", "{\"Name\":\"r2\"}");
    String one = created("token", "{\"Policies\":[{\"Name\":\"keys\"}]}");
    String two = created("token", "{\"Roles\":[{\"Name\":\"r\"}]}");
    assertThat(ids("tokens?policy=" + keys, "AccessorID")).isEqualTo(List.of(one));
    assertThat(ids("tokens?role=" + role, "AccessorID")).isEqualTo(List.of(two));
    assertThat(ids("tokens?authmethod=x", "AccessorID")).isEmpty();
    assertThat(ids("roles?policy=" + keys, "ID")).isEqualTo(List.of(role));
    assertThat(list("tokens")).hasSize(3);
  }

  @Test
  void tokenIsChangedWithWhatWasRead() throws Exception {
    created("policy", "{\"Name\":\"keys\"}");
    String id = created("token", "{\"Policies\":[{\"Name\":\"keys\"}],\"ExpirationTTL\":\"1h\"}");
    String read = text(ask("GET", "token/" + id, "")).substring("200 ".length());
    assertThat(read).contains("\"ExpirationTime\":\"2026-12-01T09:00:00.123Z\"");
    assertThat(text(ask("PUT", "token/" + id, read)).substring("200 ".length())).isEqualTo(read);
    Map<?, ?> changed =
        done("PUT", "token/" + id, read.replace("\"Description\":\"\"", "\"Description\":\"d\""));
    assertThat(changed.get("Description")).isEqualTo("d");
    assertThat(changed.get("SecretID"))
        .isEqualTo(((Map<?, ?>) Json.parse(read.getBytes(StandardCharsets.UTF_8))).get("SecretID"));
    assertThat(text(ask("PUT", "token/" + id, "{\"ExpirationTTL\":\"2h\"}")))
        .isEqualTo("500 Cannot change expiration time of " + id);
  }

  @Test
  void expiredTokenIsUnknownAtOnce() throws Exception {
    Map<?, ?> token = done("PUT", "token", "{\"ExpirationTTL\":\"1m\"}");
    String path = "token/" + token.get("AccessorID");
    now = now.plusMillis(59_999);
    assertThat(ask("GET", path, "").status()).isEqualTo(200);
    now = now.plusMillis(1);
    assertThat(text(ask("GET", path, ""))).isEqualTo("403 ACL not found");
    assertThat(text(ask("GET", "token/self?token=" + token.get("SecretID"), "")))
        .isEqualTo("403 ACL not found");
    assertThat(text(ask("PUT", path + "/clone", ""))).isEqualTo("403 ACL not found");
    assertThat(ids("tokens", "AccessorID")).isEqualTo(List.of(ANONYMOUS));
  }

  @Test
  void cloneMayDoTheSameUnderAnotherSecret() throws Exception {
    created("policy", "{\"Name\":\"keys\"}");
    Map<?, ?> token =
        done("PUT", "token", "{\"Description\":\"d\",\"Policies\":[{\"Name\":\"keys\"}]}");
    String path = "token/" + token.get("AccessorID") + "/clone";
    Map<?, ?> copy = done("PUT", path, "");
    assertThat(copy.get("Policies")).isEqualTo(token.get("Policies"));
    assertThat(copy.get("Description")).isEqualTo("d");
    assertThat(copy.get("AccessorID")).isNotEqualTo(token.get("AccessorID"));
    assertThat(copy.get("SecretID")).isNotEqualTo(token.get("SecretID"));
    assertThat(done("PUT", path, "{\"Description\":\"e\"}").get("Description")).isEqualTo("e");
  }

  @Test
  void givenIdsAreTakenOnce() throws Exception {
    String body =
        "{\"AccessorID\":\""
            + UNKNOWN
            + "\",\"SecretID\":\"2B778DD9-F5F1-6F29-B4B4-9A5FA948757A\"}";
    Map<?, ?> token = done("PUT", "token", body);
    assertThat(token.get("AccessorID")).isEqualTo(UNKNOWN);
    assertThat(token.get("SecretID")).isEqualTo("2B778DD9-F5F1-6F29-B4B4-9A5FA948757A");
    assertThat(text(ask("PUT", "token", body)))
        .isEqualTo("500 Invalid Token: AccessorID is already in use");
    assertThat(text(ask("DELETE", "token/" + UNKNOWN, ""))).isEqualTo("200 true");
    assertThat(text(ask("GET", "token/" + UNKNOWN, ""))).isEqualTo("403 ACL not found");
  }

  @Test
  void moreLinksThanOneTokenMayHaveAreNotLookedUp() {
    String link = "{\"Name\":\"keys\"}";
    String links = (link + ",").repeat(1_000) + link;
    assertThat(text(ask("PUT", "token", "{\"Policies\":[" + links + "]}")))
        .isEqualTo("400 more than 1000 Policies: 1001");
  }

  @Test
  void withoutALeaderNothingIsKnown() {
    cluster.fail(Failure.NO_LEADER);
    assertThat(text(ask("GET", "tokens", ""))).isEqualTo("500 No cluster leader");
    assertThat(text(ask("PUT", "token", "{\"Policies\":[{\"Name\":\"keys\"}]}")))
        .isEqualTo("500 No cluster leader");
    assertThat(text(ask("PUT", "bootstrap", ""))).isEqualTo("500 No cluster leader");
  }
}
