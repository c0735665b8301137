package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.comitia.config.LogLevel;
import org.comitia.config.Settings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class AgentConfigurationTest {
  private static final List<String> BASE =
      List.of("-data-dir", "/d", "-bind", "127.0.0.1", "-node", "n1");

  @TempDir private Path files;

  private static AgentFlags parse(List<String> args) {
    AgentFlags flags = new AgentFlags();
    CommandSpec spec = CommandSpec.create();
    spec.addMixin("flags", CommandSpec.forAnnotatedObject(flags));
    new CommandLine(spec)
        .setPosixClusteredShortOptionsAllowed(false)
        .setOverwrittenOptionsAllowed(true)
        .parseArgs(args.toArray(String[]::new));
    return flags;
  }

  private static AgentConfiguration resolve(Map<String, String> environment, String... args)
      throws AgentException {
    List<String> all = new ArrayList<>(BASE);
    all.addAll(List.of(args));
    return AgentConfiguration.resolve(parse(all), environment);
  }

  private static Settings settings(String... args) throws AgentException {
    return resolve(Map.of(), args).settings();
  }

  private static List<String> problems(String... args) {
    return catchThrowableOfType(AgentException.class, () -> settings(args)).lines();
  }

  private String file(String name, String json) throws IOException {
    return Files.writeString(files.resolve(name), json).toString();
  }

  @Test
  void oneDashOrTwoBlankOrEquals() throws Exception {
    for (String[] args :
        List.of(
            new String[] {"-server", "-bootstrap-expect", "3", "-http-port", "9500"},
            new String[] {"--server", "--bootstrap-expect=3", "--http-port=9500"},
            new String[] {"-server=true", "-bootstrap-expect=3", "--http-port", "9500"})) {
      assertThat(settings(args).server()).isTrue();
      assertThat(settings(args).bootstrapExpect()).isEqualTo(3);
      assertThat(settings(args).httpPort()).isEqualTo(9500);
    }
    assertThat(settings("-server=false").server()).isFalse();
    assertThat(problems("-server", "-bootstrap-expect=-1"))
        .containsExactly("bootstrap_expect cannot be -1. Must be greater than or equal to zero");
  }

  @Test
  void listsAreCollected() throws Exception {
    Settings settings =
        settings(
            "-join", "10.0.0.2", "-retry-join=10.0.0.3", "-join=10.0.0.4:9301", "--join", "n5");

    assertThat(settings.join()).containsExactly("10.0.0.2", "10.0.0.4:9301", "n5");
    assertThat(settings.retryJoin()).containsExactly("10.0.0.3");
  }

  @Test
  void filesAreConsulsJson() throws Exception {
    String json =
        """
        {"server": true, "bootstrap_expect": 3, "datacenter": "dc2",
         "retry_join": ["10.0.0.2", "10.0.0.3:9301"], "retry_interval": "5s", "retry_max": 4,
         "ports": {"http": 9500, "server": 9300, "serf_lan": 9301},
         "performance": {"raft_multiplier": 2, "rpc_hold_timeout": "3s"},
         "skip_leave_on_interrupt": true, "leave_on_terminate": true, "log_level": "WARN",
         "disable_update_check": true, "client_addr": "127.0.0.1 127.0.0.2",
         "rejoin_after_leave": true}
        """;

    AgentConfiguration configuration = resolve(Map.of(), "-config-file", file("a.json", json));

    Settings settings = configuration.settings();
    assertThat(settings.bootstrapExpect()).isEqualTo(3);
    assertThat(settings.datacenter()).isEqualTo("dc2");
    assertThat(settings.retryJoin()).containsExactly("10.0.0.2", "10.0.0.3:9301");
    assertThat(settings.retryInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.retryMax()).isEqualTo(4);
    assertThat(List.of(settings.httpPort(), settings.serverPort(), settings.serfLanPort()))
        .containsExactly(9500, 9300, 9301);
    assertThat(settings.raftMultiplier()).isEqualTo(2);
    assertThat(settings.rpcHoldTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.skipLeaveOnInterrupt()).isTrue();
    assertThat(settings.leaveOnTerminate()).isTrue();
    assertThat(settings.rejoinAfterLeave()).isTrue();
    assertThat(settings.logLevel()).isEqualTo(LogLevel.WARN);
    assertThat(settings.clientAddresses()).hasSize(2);
    assertThat(configuration.warnings()).isEmpty();
  }

  @Test
  void definitionsAreReadFromTheSameFiles() throws Exception {
    String json =
        """
        {"service": {"name": "web"}, "checks": [], "node_meta": {"rack": "r1", "note": "a,b:c"},
         "check_update_interval": "0s", "check_output_max_size": 100,
         "enable_local_script_checks": true}
        """;

    AgentConfiguration configuration =
        resolve(
            Map.of(),
            "-config-file",
            file("a,b.json", json),
            "-node-meta",
            "rack:r2",
            "-node-meta=x:");

    Settings settings = configuration.settings();
    assertThat(settings.definitions()).containsExactly(files.resolve("a,b.json"));
    assertThat(settings.nodeMeta()).isEqualTo(Map.of("rack", "r2", "note", "a,b:c", "x", ""));
    assertThat(settings.checkUpdateInterval()).isZero();
    assertThat(settings.checkOutputMaxSize()).isEqualTo(100);
    assertThat(settings.localScriptChecks()).isTrue();
    assertThat(settings.remoteScriptChecks()).isFalse();
    assertThat(configuration.warnings()).isEmpty();
    assertThat(problems("-node-meta", "no colon"))
        .containsExactly("node_meta cannot hold \"no colon\". Must be pairs of key:value");
    assertThat(problems("-node-meta", "consul-x:1"))
        .containsExactly(
            "node_meta invalid: Couldn't load metadata pair ('consul-x', '1'): Key prefix 'consul-' is"
                + " reserved for internal use");
  }

  @Test
  void theHttpApiIsConfiguredByFiles() throws Exception {
    String json =
        """
        {"http_config": {"response_headers": {"X-A": "1, 2"}, "block_endpoints": ["/v1/agent/leave"],
          "allow_write_http_from": ["127.0.0.0/8", "::1/128"], "allowed_hosts": ["a.example", "*.b"]},
         "limits": {"http_max_conns_per_client": 7}, "discovery_max_stale": "10s",
         "default_query_time": "1m", "max_query_time": "2m"}
        """;

    AgentConfiguration configuration = resolve(Map.of(), "-config-file", file("a.json", json));

    Settings settings = configuration.settings();
    assertThat(settings.httpResponseHeaders()).isEqualTo(Map.of("X-A", "1, 2"));
    assertThat(settings.httpBlockEndpoints()).containsExactly("/v1/agent/leave");
    assertThat(settings.httpAllowWriteFrom()).hasSize(2);
    assertThat(settings.httpAllowedHosts()).containsExactly("a.example", "*.b");
    assertThat(settings.httpMaxConnectionsPerClient()).isEqualTo(7);
    assertThat(settings.discoveryMaxStale()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.defaultQueryTime()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.maxQueryTime()).isEqualTo(Duration.ofMinutes(2));
    assertThat(configuration.warnings()).isEmpty();
  }

  @Test
  void flagsBeforeFilesBeforeEnvironmentBeforeDefaults() throws Exception {
    String file = file("a.json", "{\"datacenter\": \"file\", \"node_name\": \"file\"}");
    Map<String, String> environment =
        Map.of(
            "COMITIA_DATACENTER", "environment",
            "COMITIA_RAFT_MULTIPLIER", "7",
            "COMITIA_RETRY_JOIN", "a,b");

    Settings settings = resolve(environment, "-config-file", file).settings();

    assertThat(settings.nodeName()).isEqualTo("n1");
    assertThat(settings.datacenter()).isEqualTo("file");
    assertThat(settings.raftMultiplier()).isEqualTo(7);
    assertThat(settings.retryJoin()).containsExactly("a", "b");
    assertThat(settings.serverPort()).isEqualTo(8300);
  }

  @Test
  void laterFilesReplaceScalarsAndExtendLists() throws Exception {
    file("b.json", "{\"datacenter\": \"b\", \"retry_join\": [\"b\"]}");
    file("a.json", "{\"datacenter\": \"a\", \"retry_join\": [\"a\"]}");
    file("c.txt", "not read");

    Settings settings = settings("-config-dir", files.toString(), "-retry-join", "flag");

    assertThat(settings.datacenter()).isEqualTo("b");
    assertThat(settings.retryJoin()).containsExactly("a", "b", "flag");
  }

  @Test
  void keysWithoutEffectAreTold() throws Exception {
    String file =
        file(
            "a.json",
            "{\"encrypt\": \"x\", \"ports\": {\"grpc\": 1}, \"datacentre\": \"typo\", "
                + "\"acl\": {\"enabled\": true}, \"disable_remote_exec\": true}");
    String other = file("b.json", "{\"acl\": {}, \"ports\": {\"htpp\": 1}}");

    assertThat(resolve(Map.of(), "-config-file=" + file, "-config-file=" + other).warnings())
        .containsExactly(
            "skipping unknown configuration key: key=datacentre file=" + file,
            "these keys of Consul's have no effect here: acl, encrypt, ports.grpc, ports.htpp");
  }

  @Test
  void theLogIsConfiguredByFilesAndFlags() throws Exception {
    String file =
        file(
            "a.json",
            "{\"log_json\": true, \"log_file\": \"/var/log/\", \"log_rotate_bytes\": 1000, "
                + "\"log_rotate_duration\": \"1h\", \"log_rotate_max_files\": -1, "
                + "\"pid_file\": \"/run/comitia.pid\"}");

    Settings settings = settings("-config-file=" + file, "-log-rotate-bytes=2000");

    assertThat(settings.logJson()).isTrue();
    assertThat(settings.logFile()).contains("/var/log/");
    assertThat(settings.logRotateBytes()).isEqualTo(2000);
    assertThat(settings.logRotateDuration()).isEqualTo(Duration.ofHours(1));
    assertThat(settings.logRotateMaxFiles()).isEqualTo(-1);
    assertThat(settings.pidFile()).contains(Path.of("/run/comitia.pid"));
    assertThat(problems("-log-rotate-duration=1ms", "-log-rotate-max-files=-2"))
        .containsExactly(
            "log_rotate_duration cannot be shorter than 1s",
            "log_rotate_max_files cannot be below -1");
  }

  @Test
  void unusableFilesAreRefused() throws Exception {
    assertThat(problems("-config-file", files.resolve("none.json").toString()))
        .singleElement()
        .asString()
        .startsWith("cannot read config file")
        .endsWith("no such file or directory");
    assertThat(problems("-config-dir", files.resolve("none").toString())).hasSize(1);
    assertThat(problems("-config-file", file("bad.json", "{\"server\": tru")))
        .singleElement()
        .asString()
        .startsWith("failed to parse " + files.resolve("bad.json"));
    assertThat(problems("-config-file", file("type.json", "{\"server\": {}}")))
        .singleElement()
        .asString()
        .endsWith("server cannot be object");
    assertThat(problems("-config-file", file("value.json", "{\"ports\": {\"http\": \"x\"}}")))
        .containsExactly("ports.http cannot be \"x\". Must be a whole number");
  }

  @Test
  void dataDirectoryIsRequired() {
    AgentException refused =
        catchThrowableOfType(
            AgentException.class,
            () -> AgentConfiguration.resolve(parse(List.of("-bind", "127.0.0.1")), Map.of()));

    assertThat(refused.lines()).containsExactly("data_dir cannot be empty");
  }

  @Test
  void devModeThrowsItsDataAway() throws Exception {
    Settings settings = AgentConfiguration.resolve(parse(List.of("-dev")), Map.of()).settings();

    assertThat(settings.bootstrap()).isTrue();
    assertThat(settings.bindAddress().isLoopbackAddress()).isTrue();
    assertThat(settings.dataDir().orElseThrow()).doesNotExist();
  }

  @Test
  void applicationGetsWhatWasResolved() throws Exception {
    assertThat(resolve(Map.of(), "-server", "-data-dir", "relative").properties())
        .containsEntry("comitia.server", "true")
        .containsEntry("comitia.bind-address", "127.0.0.1")
        .containsEntry("comitia.advertise-address", "127.0.0.1")
        .containsEntry("comitia.node-name", "n1")
        .containsEntry("comitia.data-dir", Path.of("relative").toAbsolutePath().toString())
        .doesNotContainKey("comitia.raft-multiplier");
  }

  @Test
  void serverXmlNamesEachAddressAndEscapes() throws Exception {
    LibertyServer server = new LibertyServer(Path.of("/opt/a&b"), files);

    assertThat(
            server.serverXml(
                settings("-server", "-client", "127.0.0.1 127.0.0.2", "-http-port=9500")))
        .contains("<include location=\"/opt/a&amp;b/server/comitia.xml\"/>")
        .contains("<include location=\"/opt/a&amp;b/server/datasource.xml\"/>")
        .contains("id=\"defaultHttpEndpoint\" host=\"127.0.0.1\" httpPort=\"9500\"")
        .contains("id=\"comitiaHttp1\" host=\"127.0.0.2\" httpPort=\"9500\"");
    assertThat(server.serverXml(settings())).doesNotContain("datasource.xml");
  }
}
