package org.comitia.cli.acl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against an HTTP server that speaks the documented JSON. */
class AclCommandsTest {
  private static final String TOKEN_ID = "fbd2447f-7479-4329-ad13-b021d74f86ba";
  private static final String POLICY_ID = "beb04680-815b-4d7c-9e33-3d707c24672c";
  private static final String ROLE_ID = "c29c4ee4-bca6-474e-be37-7d9606f9582a";

  private static final String TOKEN =
      """
      {"AccessorID": "fbd2447f-7479-4329-ad13-b021d74f86ba",
       "SecretID": "869c6e91-4de9-4dab-b56e-87548435f9c6",
       "Description": "test token",
       "Policies": [{"ID": "beb04680-815b-4d7c-9e33-3d707c24672c", "Name": "hobbiton"},
                    {"ID": "18788457-584c-4812-80d3-23d403148a90", "Name": "bywater"}],
       "Roles": [{"ID": "3b0a78fe-b9c3-40de-b8ea-7d4d6674b366", "Name": "shire"}],
       "ServiceIdentities": [{"ServiceName": "gardener", "Datacenters": ["northwest", "dc2"]},
                             {"ServiceName": "cook"}],
       "NodeIdentities": [{"NodeName": "bagend", "Datacenter": "northwest"}],
       "Local": false,
       "ExpirationTime": "2020-05-22T19:52:31Z",
       "CreateTime": "2020-05-22T18:52:31.5Z",
       "Hash": "YWJjZGVmZ2g=", "CreateIndex": 5, "ModifyIndex": 10}""";

  private static final String POLICY =
      """
      {"ID": "beb04680-815b-4d7c-9e33-3d707c24672c", "Name": "hobbiton", "Description": "a place",
       "Rules": "key_prefix \\"\\" {\\n  policy = \\"read\\"\\n}", "Datacenters": ["dc1", "dc2"],
       "Hash": "YWJjZGVmZ2g=", "CreateIndex": 5, "ModifyIndex": 10}""";

  private static final String ROLE =
      """
      {"ID": "c29c4ee4-bca6-474e-be37-7d9606f9582a", "Name": "complex", "Description": "a role",
       "Policies": [{"ID": "beb04680-815b-4d7c-9e33-3d707c24672c", "Name": "hobbiton"}],
       "ServiceIdentities": [{"ServiceName": "gardener"}],
       "Hash": "YWJjZGVmZ2g=", "CreateIndex": 5, "ModifyIndex": 10}""";

  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    agent.close();
  }

  private int run(String line, String... more) {
    List<String> args = new ArrayList<>(List.of("acl"));
    args.addAll(List.of(line.split(" ")));
    int options = Math.min(args.size(), args.get(1).matches("bootstrap|set-agent-token") ? 2 : 3);
    args.addAll(options, List.of("-http-addr", agent.address()));
    args.addAll(List.of(more));
    return command.run(args.toArray(String[]::new));
  }

  private String sent() {
    return agent.bodies().get(agent.bodies().size() - 1);
  }

  // ---- what is shown

  @Test
  void tokenIsShownAsConsulShowsIt() {
    agent.answers("GET /v1/acl/token/" + TOKEN_ID, TOKEN);
    assertThat(run("token read -meta -accessor-id " + TOKEN_ID)).isZero();
    assertThat(command.out())
        .isEqualTo(
            """
            AccessorID:       fbd2447f-7479-4329-ad13-b021d74f86ba
            SecretID:         869c6e91-4de9-4dab-b56e-87548435f9c6
            Description:      test token
            Local:            false
            Create Time:      2020-05-22 18:52:31.5 +0000 UTC
            Expiration Time:  2020-05-22 19:52:31 +0000 UTC
            Hash:             6162636465666768
            Create Index:     5
            Modify Index:     10
            Policies:
               beb04680-815b-4d7c-9e33-3d707c24672c - hobbiton
               18788457-584c-4812-80d3-23d403148a90 - bywater
            Roles:
               3b0a78fe-b9c3-40de-b8ea-7d4d6674b366 - shire
            Service Identities:
               gardener (Datacenters: northwest, dc2)
               cook (Datacenters: all)
            Node Identities:
               bagend (Datacenter: northwest)
            """);
  }

  @Test
  void listsAreShownAsConsulShowsThem() {
    agent
        .answers("GET /v1/acl/policies", "[" + POLICY + "," + POLICY + "]")
        .answers("GET /v1/acl/roles", "[" + ROLE + "]")
        .answers("GET /v1/acl/tokens", "[{\"AccessorID\":\"a\"},{\"AccessorID\":\"b\"}]");
    assertThat(run("policy list")).isZero();
    assertThat(run("role list")).isZero();
    assertThat(run("token list")).isZero();
    String policy =
        """
        hobbiton:
           ID:           beb04680-815b-4d7c-9e33-3d707c24672c
           Description:  a place
           Datacenters:  dc1, dc2
        """;
    String token =
        """
        AccessorID:       %s
        SecretID:         \n\
        Description:      \n\
        Local:            false
        Create Time:      \n""";
    assertThat(command.out())
        .isEqualTo(
            policy
                + policy
                + """
                complex:
                   ID:           c29c4ee4-bca6-474e-be37-7d9606f9582a
                   Description:  a role
                   Policies:
                      beb04680-815b-4d7c-9e33-3d707c24672c - hobbiton
                   Service Identities:
                      gardener (Datacenters: all)
                """
                + token.formatted("a")
                + "\n"
                + token.formatted("b").stripTrailing()
                + "\n");
  }

  @Test
  void policyAndRoleAreShownAsConsulShowsThem() {
    agent
        .answers("GET /v1/acl/policy/name/hobbiton", POLICY)
        .answers("GET /v1/acl/role/name/complex", ROLE);
    assertThat(run("policy read -name hobbiton")).isZero();
    assertThat(run("role read -meta -name complex")).isZero();
    assertThat(command.out())
        .isEqualTo(
            """
            ID:           beb04680-815b-4d7c-9e33-3d707c24672c
            Name:         hobbiton
            Description:  a place
            Datacenters:  dc1, dc2
            Rules:
            key_prefix "" {
              policy = "read"
            }
            ID:           c29c4ee4-bca6-474e-be37-7d9606f9582a
            Name:         complex
            Description:  a role
            Hash:         6162636465666768
            Create Index: 5
            Modify Index: 10
            Policies:
               beb04680-815b-4d7c-9e33-3d707c24672c - hobbiton
            Service Identities:
               gardener (Datacenters: all)
            """);
  }

  @Test
  void jsonIsTheAgentsOwn() {
    agent.answers("GET /v1/acl/role/" + ROLE_ID, "{\"ID\":\"x\",\"Policies\":[]}");
    assertThat(run("role read -format=json -id " + ROLE_ID)).isZero();
    assertThat(command.out()).isEqualTo("{\n    \"ID\": \"x\",\n    \"Policies\": []\n}\n");
  }

  // ---- bootstrap, the agent's tokens

  @Test
  void firstTokenIsMadeWithADrawnOrAGivenSecret() throws Exception {
    agent.answers("PUT /v1/acl/bootstrap", TOKEN);
    assertThat(run("bootstrap")).isZero();
    assertThat(sent()).isEqualTo("{}");
    assertThat(command.out()).startsWith("AccessorID:       " + TOKEN_ID);
    Path file = Files.writeString(folder.resolve("secret"), "869c6e91\n");
    assertThat(run("bootstrap", file.toString())).isZero();
    assertThat(sent()).isEqualTo("{\"BootstrapSecret\":\"869c6e91\"}");
    command.input("from-stdin\n");
    assertThat(run("bootstrap -")).isZero();
    assertThat(sent()).isEqualTo("{\"BootstrapSecret\":\"from-stdin\"}");
  }

  @Test
  void refusalOfASecondBootstrapIsShown() {
    agent.answers(
        "PUT /v1/acl/bootstrap",
        403,
        "Permission denied: ACL bootstrap no longer allowed (reset index: 9)",
        0);
    assertThat(run("bootstrap")).isOne();
    assertThat(command.err())
        .isEqualTo(
            "Failed ACL bootstrapping: Unexpected response code: 403 (Permission denied: ACL"
                + " bootstrap no longer allowed (reset index: 9))\n");
  }

  @Test
  void agentsTokenIsSet() {
    command.input("the-secret\n");
    assertThat(run("set-agent-token recovery -")).isZero();
    assertThat(agent.requests()).containsExactly("PUT /v1/agent/token/agent_recovery");
    assertThat(sent()).isEqualTo("{\"Token\":\"the-secret\"}");
    assertThat(command.out()).isEqualTo("ACL token \"recovery\" set successfully\n");
    assertThat(run("set-agent-token nothing x")).isOne();
    assertThat(run("set-agent-token agent")).isOne();
    assertThat(command.err()).contains("Unknown token type", "Error! Not enough arguments");
  }

  // ---- tokens

  @Test
  void tokenIsMadeOfWhatIsGiven() {
    agent.answers("PUT /v1/acl/token", TOKEN).answers("GET /v1/acl/policies", "[" + POLICY + "]");
    assertThat(
            run(
                "token create -policy-name=p1 -policy-name=p2 -policy-id=beb -role-name=r"
                    + " -service-identity=web -service-identity=db:dc1,dc2"
                    + " -node-identity=n1:dc1 -description=why -local -expires-ttl=90m"))
        .as(command.err())
        .isZero();
    assertThat(sent())
        .isEqualTo(
            "{\"Description\":\"why\",\"Local\":true,"
                + "\"Policies\":[{\"Name\":\"p1\"},{\"Name\":\"p2\"},{\"ID\":\""
                + POLICY_ID
                + "\"}],\"Roles\":[{\"Name\":\"r\"}],"
                + "\"ServiceIdentities\":[{\"ServiceName\":\"web\",\"Datacenters\":[]},"
                + "{\"ServiceName\":\"db\",\"Datacenters\":[\"dc1\",\"dc2\"]}],"
                + "\"NodeIdentities\":[{\"NodeName\":\"n1\",\"Datacenter\":\"dc1\"}],"
                + "\"ExpirationTTL\":\"1h30m0s\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "token create | Cannot create a token without specifying -policy-name, -policy-id,",
        "token create -node-identity=n | Failed to create new token: Malformed -node-identity",
        "token create -policy-id=zz | Failed to create new token: no such policy ID with prefix: zz",
        "token update | Cannot update a token without specifying the -accessor-id parameter",
        "token update -id=fbd -policy-name=a -append-policy-name=b | Failed to update token: Cannot"
            + " combine flags that set Policies with their -append- variants",
        "token read | Must specify either -accessor-id or -self",
        "token read -self -id=a | Must specify either -accessor-id or -self",
        "token read -id=f | Error reading token: Error determining token ID: multiple tokens have",
        "token delete | Must specify the -accessor-id parameter",
        "token clone | Cannot clone a token without specifying the -accessor-id parameter",
        "token list -format=xml | Unknown format: xml",
        "policy create | Missing require '-name' flag",
        "policy create -name=a -rules=@/nowhere | Failed to create new policy: Error loading rules:",
        "policy read | Must specify either the -id or -name parameters",
        "policy update | Must specify either the -id or -name parameters",
        "policy delete | Must specify either the -id or -name parameters",
        "role create | Missing require '-name' flag",
        "role create -name=a | Cannot create a role without specifying -policy-name, -policy-id,",
        "role read -name=none | Error reading role: there is no role/name/none",
      })
  void wrongArgumentsAreRefusedAndNothingIsChanged(String line, String problem) {
    agent
        .answers("GET /v1/acl/policies", "[" + POLICY + "]")
        .answers("GET /v1/acl/role/name/none", 404, "", 0)
        .answers("GET /v1/acl/token/" + TOKEN_ID, TOKEN)
        .answers(
            "GET /v1/acl/tokens",
            line.contains("-id=fbd")
                ? "[" + TOKEN + "]"
                : "[{\"AccessorID\":\"f1\"},{\"AccessorID\":\"f2\"}]");
    assertThat(run(line)).isOne();
    assertThat(command.err()).startsWith(problem);
    assertThat(agent.requests()).allMatch(request -> request.startsWith("GET "));
  }

  private void answerUpdates() {
    agent
        .answers("GET /v1/acl/tokens", "[" + TOKEN + "]")
        .answers("GET /v1/acl/token/" + TOKEN_ID, TOKEN)
        .answers("PUT /v1/acl/token/" + TOKEN_ID, TOKEN);
  }

  @Test
  void whatIsNotGivenStaysInAToken() {
    answerUpdates();
    assertThat(run("token update -accessor-id=fbd -description=new")).isZero();
    assertThat(sent())
        .contains("\"Description\":\"new\"", "\"Name\":\"hobbiton\"", "\"Name\":\"bywater\"")
        .contains("\"ServiceName\":\"cook\"", "\"NodeName\":\"bagend\"", "\"Name\":\"shire\"");
  }

  @Test
  void whatIsGivenReplacesWhatATokenHas() {
    answerUpdates();
    assertThat(run("token update -accessor-id=fbd -policy-name=other -node-identity=n:dc1"))
        .isZero();
    assertThat(sent())
        .contains("\"Policies\":[{\"Name\":\"other\"}]", "\"ServiceName\":\"cook\"")
        .contains("\"NodeIdentities\":[{\"NodeName\":\"n\",\"Datacenter\":\"dc1\"}]");
  }

  @ParameterizedTest
  @CsvSource({
    "-append-policy-name=other -append-policy-name=bywater -append-service-identity=cook:dc9",
    "-merge-policies -policy-name=other -policy-name=bywater -merge-service-identities"
        + " -service-identity=cook:dc9"
  })
  void whatIsAppendedComesToWhatATokenHas(String options) {
    answerUpdates();
    assertThat(run("token update -accessor-id=fbd " + options)).isZero();
    assertThat(sent())
        .contains(
            "\"Policies\":[{\"ID\":\""
                + POLICY_ID
                + "\",\"Name\":\"hobbiton\"},{\"Name\":\"other\"},{\"Name\":\"bywater\"}]")
        .contains("{\"ServiceName\":\"cook\",\"Datacenters\":[\"dc9\"]}]");
  }

  @Test
  void tokenIsDeletedAndCloned() {
    agent
        .answers("DELETE /v1/acl/token/" + TOKEN_ID, "true")
        .answers("PUT /v1/acl/token/" + TOKEN_ID + "/clone", TOKEN);
    assertThat(run("token clone -description=copy -accessor-id=" + TOKEN_ID)).isZero();
    assertThat(sent()).isEqualTo("{\"Description\":\"copy\"}");
    assertThat(command.out()).startsWith("Token cloned successfully.\nAccessorID: ");
    assertThat(run("token delete -accessor-id=" + TOKEN_ID)).isZero();
    assertThat(command.out()).endsWith("Token \"" + TOKEN_ID + "\" deleted successfully\n");
  }

  // ---- policies and roles

  @Test
  void policyIsMadeOfAFileOrOfStandardInput() throws Exception {
    agent.answers("PUT /v1/acl/policy", POLICY);
    Path file = Files.writeString(folder.resolve("rules"), "acl = \"read\"\n");
    assertThat(run("policy create -name=a -rules=@" + file)).isZero();
    assertThat(sent())
        .isEqualTo("{\"Name\":\"a\",\"Description\":\"\",\"Rules\":\"acl = \\\"read\\\"\\n\"}");
    command.input("operator = \"read\"");
    assertThat(run("policy create -name=a -valid-datacenter=dc1 -rules=-")).isZero();
    assertThat(sent())
        .isEqualTo(
            "{\"Name\":\"a\",\"Description\":\"\",\"Rules\":\"operator = \\\"read\\\"\","
                + "\"Datacenters\":[\"dc1\"]}");
  }

  @Test
  void policyKeepsWhatIsNotGivenWithoutNoMerge() {
    agent
        .answers("GET /v1/acl/policy/" + POLICY_ID, POLICY)
        .answers("PUT /v1/acl/policy/" + POLICY_ID, POLICY);
    assertThat(run("policy update -name=new -id=" + POLICY_ID)).isZero();
    assertThat(sent())
        .contains("\"Name\":\"new\"", "\"Description\":\"a place\"", "key_prefix", "\"dc2\"");
    assertThat(run("policy update -no-merge -description=other -id=" + POLICY_ID)).isZero();
    assertThat(sent())
        .isEqualTo(
            "{\"ID\":\""
                + POLICY_ID
                + "\",\"Name\":\"hobbiton\",\"Description\":\"other\",\"Rules\":\"\"}");
  }

  @Test
  void roleIsMergedWithoutNoMerge() {
    agent
        .answers("GET /v1/acl/role/name/complex", ROLE)
        .answers("PUT /v1/acl/role/" + ROLE_ID, ROLE);
    assertThat(run("role update -name=complex -policy-name=other")).isZero();
    assertThat(sent())
        .contains("\"Name\":\"hobbiton\"},{\"Name\":\"other\"}]", "\"gardener\"", "a role");
    assertThat(run("role update -name=complex -no-merge -policy-name=other")).isZero();
    assertThat(sent())
        .isEqualTo(
            "{\"ID\":\""
                + ROLE_ID
                + "\",\"Name\":\"complex\",\"Description\":\"\",\"Policies\":[{\"Name\":\"other\"}],"
                + "\"ServiceIdentities\":[],\"NodeIdentities\":[]}");
  }

  @Test
  void policyAndRoleAreDeletedByNameOrId() {
    agent
        .answers("GET /v1/acl/policy/name/hobbiton", POLICY)
        .answers("DELETE /v1/acl/policy/" + POLICY_ID, "true")
        .answers("DELETE /v1/acl/role/" + ROLE_ID, "true");
    assertThat(run("policy delete -name=hobbiton")).isZero();
    assertThat(run("role delete -id=" + ROLE_ID)).isZero();
    assertThat(command.out())
        .isEqualTo(
            "Policy \""
                + POLICY_ID
                + "\" deleted successfully\nRole \""
                + ROLE_ID
                + "\" deleted successfully\n");
  }
}
