package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.comitia.config.AclSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A node that was configured to be closed does not start open. */
class ProtectionsTest {
  private static final Map<String, String> CARELESS =
      Map.of("COMITIA_INSECURE_IGNORE_CONSUL_SECURITY_KEYS", "true");

  @TempDir private Path folder;

  private static AgentConfiguration resolve(Map<String, String> environment, String... args)
      throws AgentException {
    AgentFlags flags = new AgentFlags();
    CommandSpec spec = CommandSpec.create();
    flags.addTo(spec);
    new CommandLine(spec).setPosixClusteredShortOptionsAllowed(false).parseArgs(args);
    return AgentConfiguration.resolve(flags, environment);
  }

  private String[] with(String name, String content) throws Exception {
    String file = Files.writeString(folder.resolve(name), content).toString();
    return new String[] {
      "-data-dir=/d", "-bind=127.0.0.1", "-config-dir=" + folder, "-node=" + file.length()
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"auto_encrypt\": {\"tls\": true}",
        "\"auto_encrypt\": {\"allow_tls\": true}",
        "\"auto_config\": {\"enabled\": true}",
      })
  void aKeyThatAsksForProtectionRefusesTheStart(String key) throws Exception {
    String[] args = with("a.json", "{" + key + "}");

    AgentException refused =
        catchThrowableOfType(AgentException.class, () -> resolve(Map.of(), args));

    assertThat(refused).isNotNull();
    assertThat(refused.lines()).hasSize(2);
    assertThat(refused.lines().get(0))
        .contains(" in " + folder.resolve("a.json") + " asks for ")
        .endsWith(", which Comitia does not have");
    assertThat(refused.lines().get(1))
        .contains("COMITIA_INSECURE_IGNORE_CONSUL_SECURITY_KEYS=true");
    assertThat(resolve(CARELESS, args).warnings())
        .anyMatch(
            line -> line.equals("COM1113: started WITHOUT protection: " + refused.lines().get(0)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"acl\": {\"enabled\": false, \"default_policy\": \"deny\", \"tokens\": {\"agent\": \"x\"}}",
        "\"acl\": {}",
        "\"acl\": {\"enabled\": true}",
        "\"encrypt\": \"\"",
        "\"encrypt\": \"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\"",
        "\"verify_incoming\": false",
        "\"ca_file\": \"\"",
        "\"tls\": {\"defaults\": {\"verify_incoming\": false, \"tls_min_version\": \"TLSv1_2\"}}",
        "\"encrypt_verify_incoming\": true",
        "\"service\": {\"name\": \"acl\", \"meta\": {\"verify_incoming\": \"true\"}}",
      })
  void oneThatAsksForNothingDoesNot(String key) throws Exception {
    assertThat(resolve(Map.of(), with("a.json", "{" + key + "}"))).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"acl\": {\"enabled\": true}",
        "\"acl\": [{\"enabled\": true, \"default_policy\": \"deny\"}]",
        "\"ACL\": {\"Enabled\": true}",
        "\"acl_datacenter\": \"dc1\", \"acl_default_policy\": \"deny\"",
      })
  void accessIsKeptWhereTheConfigurationSaysSo(String key) throws Exception {
    AclSettings acl = resolve(Map.of(), with("a.json", "{" + key + "}")).settings().acl();
    assertThat(acl.enabled()).isTrue();
    assertThat(acl.defaultAllow()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encrypt = \"pUqJ\"",
        "acl = {\n  enabled = true\n  default_policy = \"deny\"\n}",
        "acl { default_policy = \"deny\" enabled = true }",
        "acl {\n tokens {\n agent = \"x\"\n }\n enabled = true\n}",
        "verify_incoming = true",
        "tls {\n defaults {\n ca_file = \"x\"\n } }",
        "auto_encrypt { allow_tls = true }",
        "serf_lan_allowed_cidrs = [\"10.0.0.0/8\"]",
      })
  void hclThatIsSkippedIsLookedAtForThem(String hcl) throws Exception {
    String[] args = with("consul.hcl", hcl);

    AgentException refused =
        catchThrowableOfType(AgentException.class, () -> resolve(Map.of(), args));

    assertThat(refused).as(hcl).isNotNull();
    assertThat(refused.notes())
        .containsExactly("skipping file " + folder.resolve("consul.hcl") + ", only JSON is read");
    assertThat(refused.lines().get(0)).contains("consul.hcl asks for a protection");
    assertThat(resolve(CARELESS, args)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "# encrypt = \"x\"\n  // verify_incoming = true\n/* ca_file = \"x\" */",
        "acl {\n enabled = false\n}\nperformance { raft_multiplier = 1 }",
        "ui_config { enabled = true }",
        "encrypt = \"\"",
      })
  void otherHclIsNot(String hcl) throws Exception {
    assertThat(resolve(Map.of(), with("consul.hcl", hcl))).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"acl\": [{\"enabled\": true}, {\"default_policy\": \"deny\"}]",
        "\"acl\": {\"enabled\": true}, \"acl\": {\"default_policy\": \"deny\"}",
        "\"acl\": {\"enable\": true}",
        "\"acl\": true",
        "\"tls\": {\"https\": {\"verify_incomming\": true}}",
        "\"ports\": [{\"http\": -1}, {\"https\": 8501}]",
      })
  void whatMayHaveBeenMeantToCloseItIsNotPassedOver(String keys) throws Exception {
    String[] args = with("a.json", "{" + keys + "}");
    AgentException refused =
        catchThrowableOfType(AgentException.class, () -> resolve(Map.of(), args));
    assertThat(refused).as(keys).isNotNull();
    assertThat(refused.lines().get(0)).startsWith("failed to parse " + folder.resolve("a.json"));
  }

  @Test
  void anOlderNameCountsWhereTheNewOneSaysNothing() throws Exception {
    String older = "\"acl_datacenter\": \"dc1\", \"acl_default_policy\": \"allow\"";
    assertThat(acl(older).enabled()).isTrue();
    assertThat(acl(older).defaultAllow()).isTrue();
    String both = "\"acl\": {\"enabled\": true, \"default_policy\": \"deny\"}, ";
    assertThat(acl(both + older).defaultAllow()).isFalse();
    assertThat(acl(both + "\"acl_datacenter\": \"\"").enabled()).isTrue();
  }

  private AclSettings acl(String keys) throws Exception {
    return resolve(Map.of(), with("a.json", "{" + keys + "}")).settings().acl();
  }

  @Test
  void flagsAskForItAsWell() throws Exception {
    String[] args = {"-data-dir=/d", "-bind=127.0.0.1", "-hcl=encrypt = \"x\""};
    AgentException refused =
        catchThrowableOfType(AgentException.class, () -> resolve(Map.of(), args));

    assertThat(refused).isNotNull();
    assertThat(resolve(CARELESS, args)).isNotNull();
  }
}
