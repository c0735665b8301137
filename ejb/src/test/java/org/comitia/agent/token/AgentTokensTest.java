package org.comitia.agent.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.comitia.agent.token.AgentTokens.Kind;
import org.comitia.cluster.Caller;
import org.comitia.config.AclSettings;
import org.comitia.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentTokensTest {
  @TempDir Path folder;

  private static AclSettings settings(String... pairs) throws Exception {
    Map<String, String> properties = new java.util.HashMap<>();
    properties.put("comitia.bind-address", "127.0.0.1");
    for (int i = 0; i < pairs.length; i += 2) {
      properties.put("comitia.acl." + pairs[i], pairs[i + 1]);
    }
    return Settings.of(properties).acl();
  }

  @Test
  void whoShowsNoneHasTheDefaultAndTheAgentItsOwn() throws Exception {
    AgentTokens none = AgentTokens.none();
    assertThat(none.caller("")).isEqualTo(Caller.ANONYMOUS);
    assertThat(none.agent()).isEqualTo(Caller.ANONYMOUS);
    assertThat(none.isRecovery("")).isFalse();

    AgentTokens tokens =
        AgentTokens.load(
            settings("tokens.default", "d", "tokens.agent", "a", "tokens.agent-recovery", "r"),
            null);
    assertThat(tokens.caller("")).isEqualTo(Caller.of("d"));
    assertThat(tokens.caller("x")).isEqualTo(Caller.of("x"));
    assertThat(tokens.agent()).isEqualTo(Caller.of("a"));
    assertThat(tokens.service("own", true)).isEqualTo(Caller.of("own"));
    assertThat(tokens.service("", true)).isEqualTo(Caller.of("d"));
    assertThat(tokens.isRecovery("r")).isTrue();
    tokens.set(Kind.CONFIG_FILE_SERVICE_REGISTRATION, "f");
    assertThat(tokens.service("", true)).isEqualTo(Caller.of("f"));
    assertThat(tokens.service("", false)).isEqualTo(Caller.of("d"));
    tokens.set(Kind.DEFAULT, "");
    assertThat(tokens.service("", false)).isEqualTo(Caller.of("a"));
  }

  @Test
  void theyAreKeptForTheirOwnerAloneIfTheSettingsSaySo() throws Exception {
    AclSettings keeping =
        settings("enable-token-persistence", "true", "tokens.agent", "a", "tokens.default", "d");
    AgentTokens.load(keeping, folder).set(Kind.AGENT, "secret");
    Path file = folder.resolve("acl-tokens.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    AgentTokens again = AgentTokens.load(keeping, folder);
    assertThat(again.agent()).isEqualTo(Caller.of("secret"));
    assertThat(again.caller("")).isEqualTo(Caller.of("d"));
    assertThat(again.toString()).doesNotContain("secret");

    AgentTokens other = AgentTokens.load(settings("tokens.agent", "a"), folder);
    assertThat(other.agent()).isEqualTo(Caller.of("a"));
    Files.writeString(file, "no JSON");
    assertThat(AgentTokens.load(keeping, folder).agent()).isEqualTo(Caller.of("a"));
  }

  @Test
  void kindsAreNamedAsInConsul() {
    assertThat(Kind.of("agent_recovery")).contains(Kind.AGENT_RECOVERY);
    assertThat(Kind.of("agent_master")).contains(Kind.AGENT_RECOVERY);
    assertThat(Kind.of("acl_token")).contains(Kind.DEFAULT);
    assertThat(Kind.of("")).isEmpty();
    assertThat(Kind.of("other")).isEmpty();
  }

  @Test
  void settingsHideTheirSecrets() throws Exception {
    assertThat(settings("tokens.agent", "secret").toString()).doesNotContain("secret");
  }
}
