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
import org.comitia.config.LimitSettings;
import org.comitia.config.LogLevel;
import org.comitia.config.Settings;
import org.comitia.encryption.EncryptionKey;
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
    flags.addTo(spec);
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
  void whatOthersMayAskIsBoundedByFilesAndAFlag() throws Exception {
    String json =
        """
        {"serf_lan_allowed_cidrs": ["10.0.0.0/8"],
         "limits": {"rpc_max_conns_per_client": 3, "rpc_handshake_timeout": "1s", "rpc_rate": 2.5,
           "rpc_max_burst": 9,
           "request_limits": {"mode": "enforcing", "read_rate": 100, "write_rate": 50}}}
        """;

    AgentConfiguration configuration =
        resolve(
            Map.of(),
            "-config-file",
            file("a.json", json),
            "-serf-allowed-cidrs-lan=127.0.0.0/8",
            "-serf-allowed-cidrs-lan=::1/128");

    Settings settings = configuration.settings();
    assertThat(settings.allowedNetworks().toString())
        .isEqualTo("[10.0.0.0/8, 127.0.0.0/8, 0:0:0:0:0:0:0:1/128]");
    assertThat(settings.limits())
        .isEqualTo(
            new LimitSettings(
                200, 3, Duration.ofSeconds(1), 2.5, 9, LimitSettings.Mode.ENFORCING, 100, 50));
    assertThat(configuration.warnings()).isEmpty();
  }

  @Test
  void theHttpApiIsConfiguredByFiles() throws Exception {
    String json =
        """
        {"http_config": {"response_headers": {"X-A": "1, 2"}, "block_endpoints": ["/v1/agent/leave"],
          "allow_write_http_from": ["127.0.0.0/8", "::1/128"], "allowed_hosts": ["a.example", "*.b"]},
         "limits": {"http_max_conns_per_client": 7}, "discovery_max_stale": "10s",
         "default_query_time": "1m", "max_query_time": "2m", "session_ttl_min": "3s"}
        """;

    AgentConfiguration configuration = resolve(Map.of(), "-config-file", file("a.json", json));

    Settings settings = configuration.settings();
    assertThat(settings.httpResponseHeaders()).isEqualTo(Map.of("X-A", "1, 2"));
    assertThat(settings.httpBlockEndpoints()).containsExactly("/v1/agent/leave");
    assertThat(settings.httpAllowWriteFrom()).hasSize(2);
    assertThat(settings.httpAllowedHosts()).containsExactly("a.example", "*.b");
    assertThat(settings.limits().httpMaxConnsPerClient()).isEqualTo(7);
    assertThat(settings.discoveryMaxStale()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.defaultQueryTime()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.maxQueryTime()).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.sessionTtlMin()).isEqualTo(Duration.ofSeconds(3));
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
            "{\"encrypt\": \"\", \"ports\": {\"grpc\": 1}, \"datacentre\": \"typo\", "
                + "\"acl\": {\"enabled\": false}, \"disable_remote_exec\": true}");
    String other = file("b.json", "{\"acl\": {}, \"ports\": {\"htpp\": 1}}");

    assertThat(resolve(Map.of(), "-config-file=" + file, "-config-file=" + other).warnings())
        .containsExactly(
            "skipping unknown configuration key: key=datacentre file=" + file,
            "these keys of Consul's have no effect here: ports.grpc, ports.htpp");
  }

  @Test
  void aKeyThatIsNoneIsToldWithoutBeingShown() throws Exception {
    String file = file("a.json", "{\"encrypt\": \"c2VjcmV0\"}");

    AgentException refused =
        catchThrowableOfType(AgentException.class, () -> resolve(Map.of(), "-config-file=" + file));

    assertThat(refused.lines())
        .containsExactly(
            "encrypt must be 16, 24 or 32 bytes in base64 (`comitia keygen` makes such a key), and has 6 bytes");
    String key = EncryptionKey.generate();
    AgentConfiguration given = resolve(Map.of("COMITIA_ENCRYPT", key));
    assertThat(given.settings().encrypt()).contains(EncryptionKey.parse(key));
    assertThat(resolve(Map.of(), "-encrypt=" + key).settings().encrypt()).isPresent();
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
  void keysCountWhateverTheirCase() throws Exception {
    String json =
        """
        {"Server": true, "Bootstrap_Expect": 3, "PORTS": {"Http": 9500}, "Node_Meta": {"Rack": "R1"},
         "Retry_Join": ["10.0.0.2"], "HTTP_Config": {"Response_Headers": {"X-A": "1"}}, "Service": {"Name": "web"}}
        """;

    AgentConfiguration configuration = resolve(Map.of(), "-config-file", file("a.json", json));

    Settings settings = configuration.settings();
    assertThat(settings.server()).isTrue();
    assertThat(settings.bootstrapExpect()).isEqualTo(3);
    assertThat(settings.httpPort()).isEqualTo(9500);
    assertThat(settings.nodeMeta()).isEqualTo(Map.of("Rack", "R1"));
    assertThat(settings.httpResponseHeaders()).isEqualTo(Map.of("X-A", "1"));
    assertThat(settings.retryJoin()).containsExactly("10.0.0.2");
    assertThat(configuration.warnings()).isEmpty();
  }

  /** What converts HCL to JSON writes every block as a list. */
  @Test
  void aListOfOneStandsForWhatIsInIt() throws Exception {
    String json =
        """
        {"server": [true], "ports": [{"http": 9500}], "performance": [{"raft_multiplier": [2]}],
         "node_meta": [{"rack": "r1"}], "retry_join": ["10.0.0.2"],
         "service": [{"name": "web", "check": [{"ttl": "1m"}], "meta": [{"a": "b"}]}]}
        """;

    AgentConfiguration configuration = resolve(Map.of(), "-config-file", file("a.json", json));

    Settings settings = configuration.settings();
    assertThat(settings.server()).isTrue();
    assertThat(settings.httpPort()).isEqualTo(9500);
    assertThat(settings.raftMultiplier()).isEqualTo(2);
    assertThat(settings.nodeMeta()).isEqualTo(Map.of("rack", "r1"));
    assertThat(configuration.warnings()).isEmpty();
  }

  @Test
  void theHttpApiCanBeSwitchedOff() throws Exception {
    assertThat(settings("-http-port=-1").httpPort()).isEqualTo(-1);
    assertThat(settings("-http-port", "0").httpPort()).isEqualTo(-1);
    Settings settings = settings("-config-file", file("a.json", "{\"ports\": {\"http\": -1}}"));

    assertThat(settings.httpPort()).isEqualTo(-1);
    assertThat(serverXml("/opt", settings))
        .containsOnlyOnce("<httpEndpoint ")
        .contains("<httpEndpoint id=\"defaultHttpEndpoint\" enabled=\"false\"/>");
    assertThat(problems("-http-port=65536"))
        .containsExactly("ports.http cannot be 65536. Must be between 1 and 65535");
  }

  @Test
  void theHttpApisAddressesAreFilledInAndSocketsLeftOut() throws Exception {
    String loopback =
        "{{ GetAllInterfaces | include \\\"flags\\\" \\\"loopback\\\" | include \\\"type\\\" \\\"IPv4\\\""
            + " | attr \\\"address\\\" }}";
    AgentConfiguration configuration =
        resolve(
            Map.of(),
            "-config-file",
            file("a.json", "{\"client_addr\": \"127.0.0.2 " + loopback + " [::1]\"}"));
    assertThat(configuration.properties())
        .containsEntry("comitia.client-address", "127.0.0.2 127.0.0.1 0:0:0:0:0:0:0:1");

    AgentConfiguration both =
        resolve(
            Map.of(),
            "-client=127.0.0.9",
            "-config-file",
            file(
                "b.json",
                "{\"addresses\": {\"http\": \"unix:///run/c.sock 127.0.0.1\"}, \"client_addr\": \"::1\"}"));
    assertThat(both.properties()).containsEntry("comitia.client-address", "127.0.0.1");
    assertThat(both.warnings())
        .containsExactly(
            "COM1116: the HTTP API does not listen on unix sockets: unix:///run/c.sock; left out");

    assertThat(
            problems(
                "-config-file",
                file("c.json", "{\"addresses\": {\"http\": \"unix:///run/c.sock\"}}")))
        .containsExactly(
            "COM1116: the HTTP API does not listen on unix sockets: unix:///run/c.sock. Give an IP address, such as 127.0.0.1,"
                + " in addresses.http or client_addr");
  }

  @Test
  void theClustersAddressesAreFilledIn() throws Exception {
    String loopback =
        "{{ GetAllInterfaces | include \"address\" \"^127.0.0.1$\" | attr \"address\" }}";

    Settings settings =
        settings("-bind", loopback, "-advertise=" + loopback, "-retry-join", loopback + ":8301");

    assertThat(settings.bindAddress().getHostAddress()).isEqualTo("127.0.0.1");
    assertThat(settings.advertiseAddress().getHostAddress()).isEqualTo("127.0.0.1");
    assertThat(settings.retryJoin()).containsExactly("127.0.0.1:8301");
    String none = "{{ GetInterfaceIP \"none0\" }}";
    assertThat(problems("-bind", none))
        .containsExactly("bind_addr cannot be " + none + ": no addresses found");
    String unknown = "{{ GetMagicIP }}";
    assertThat(problems("-bind", unknown))
        .containsExactly(
            "bind_addr has a template that begins with \"GetMagicIP\", which is not known here");
  }

  /** Every flag of Consul 1.10's agent; command lines that were written for it must start. */
  @Test
  void consulsFlagsAreTakenAndThoseWithoutEffectTold() throws Exception {
    AgentConfiguration configuration =
        resolve(
            Map.of(),
            ("-server -ui -bootstrap-expect=1 -recursor 8.8.8.8 -recursor=1.1.1.1 -domain consul. -alt-domain=x"
                    + " -dns-port=8600 -grpc-port 8502 -https-port=-1 -serf-wan-port -1 -raft-protocol=3 -protocol 2"
                    + " -syslog -disable-host-node-id -disable-host-node-id=false -advertise-wan 10.0.0.1 -join-wan a"
                    + " -retry-join-wan=b -retry-interval-wan=30s -retry-max-wan=3 -serf-lan-bind 10.0.0.1"
                    + " -serf-wan-bind=10.0.0.1 -config-format json -disable-keyring-file -non-voting-server"
                    + " -read-replica=0 -segment alpha -primary-gateway=x -ui-dir /ui -ui-content-path=/ui/"
                    + " -serf-allowed-cidrs-wan=10.0.0.0/8 -encrypt= -check_output_max_size=100"
                    + " -default-query-time 10s -max-query-time=20s -allow-write-http-from 127.0.0.0/8"
                    + " -allow-write-http-from=10.0.0.0/8")
                .split(" "));

    assertThat(configuration.warnings())
        .containsExactly(
            "these flags of Consul's have no effect here: -advertise-wan, -alt-domain, -dns-port,"
                + " -grpc-port, -join-wan, -non-voting-server, -primary-gateway,"
                + " -protocol, -raft-protocol, -read-replica, -recursor, -retry-interval-wan, -retry-join-wan,"
                + " -retry-max-wan, -segment, -serf-allowed-cidrs-wan, -serf-lan-bind, -serf-wan-bind, -serf-wan-port,"
                + " -syslog, -ui-content-path, -ui-dir");
    Settings settings = configuration.settings();
    assertThat(settings.bootstrap()).isTrue();
    assertThat(settings.defaultQueryTime()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.maxQueryTime()).isEqualTo(Duration.ofSeconds(20));
    assertThat(settings.httpAllowWriteFrom()).hasSize(2);
    assertThat(settings.checkOutputMaxSize()).isEqualTo(100);
  }

  @Test
  void fragmentsOfTheCommandLineHaveTheLastWord() throws Exception {
    AgentConfiguration configuration =
        resolve(
            Map.of(),
            "-datacenter=flag",
            "-retry-join=a",
            "-hcl",
            "{\"datacenter\": \"DC9\", \"retry_join\": [\"b\"], \"services\": []}",
            "-hcl=log_level = \"debug\"",
            "-hcl=");

    assertThat(configuration.settings().datacenter()).isEqualTo("dc9");
    assertThat(configuration.settings().retryJoin()).containsExactly("a", "b");
    assertThat(configuration.warnings())
        .containsExactly(
            "skipping services of -hcl: write definitions into a file",
            "skipping -hcl, only JSON is read");
  }

  @Test
  void filesWithoutContentArePassedOverAndHclIsToldFirst() throws Exception {
    file("a.json", "");
    file("b.json", "\n  \n");
    String hcl = file("consul.hcl", "data_dir = \"/opt/consul\"");

    AgentConfiguration configuration = resolve(Map.of(), "-config-dir", files.toString());
    AgentException refused =
        catchThrowableOfType(
            AgentException.class,
            () ->
                AgentConfiguration.resolve(
                    parse(List.of("-config-dir=" + files, "-bind=127.0.0.1")), Map.of()));

    assertThat(configuration.warnings())
        .containsExactly("skipping file " + hcl + ", only JSON is read");
    assertThat(configuration.settings().definitions()).isEmpty();
    assertThat(refused.notes()).containsExactly("skipping file " + hcl + ", only JSON is read");
    assertThat(refused.lines()).containsExactly("data_dir cannot be empty");
    assertThat(problems("-config-file", hcl))
        .containsExactly(
            "COM1118: failed to parse " + hcl + ": only JSON is read, and this is not JSON");
  }

  @Test
  void filesAndDirectoriesAreTakenByEitherFlagAndTheFormatOverrulesNames() throws Exception {
    String one = file("one.conf", "{\"datacenter\": \"one\"}");
    file("two.hcl", "{\"node_meta\": {\"rack\": \"r2\"}}");

    assertThat(settings("-config-dir", one).datacenter()).isEqualTo("one");
    assertThat(settings("-config-file", files.toString()).datacenter()).isEqualTo("dc1");
    assertThat(settings("-config-file", files.toString()).nodeMeta()).containsEntry("rack", "r2");
    assertThat(settings("-config-dir", files.toString(), "-config-format=json").datacenter())
        .isEqualTo("one");
    assertThat(problems("-config-format=yaml"))
        .containsExactly("-config-format must be either 'hcl' or 'json'");
  }

  @Test
  void definitionsAreCheckedBeforeTheStart() throws Exception {
    for (String definition :
        List.of(
            "\"service\": {\"name\": \"web\", \"port\": \"80\"}",
            "\"service\": {\"name\": \"web\", \"tags\": \"a\"}",
            "\"services\": [{\"name\": \"web\", \"check\": {\"tcp\": \"x:1\", \"interval\": \"10\"}}]",
            "\"check\": {\"name\": \"c\", \"script\": \"/bin/true\", \"interval\": \"10s\"}",
            "\"check\": {\"name\": \"c\", \"args\": [\"/bin/true\"], \"interval\": \"10s\"}",
            "\"services\": [{\"name\": \"web\"}, {\"name\": \"web\"}]",
            "\"check\": {\"name\": \"c\", \"service_id\": \"none\", \"ttl\": \"1m\"}",
            "\"service\": \"web\"")) {
      assertThat(problems("-config-file", file("d.json", "{" + definition + "}")))
          .as(definition)
          .hasSize(1);
    }
    assertThat(
            settings(
                    "-enable-local-script-checks",
                    "-config-file",
                    file(
                        "e.json",
                        "{\"check\": {\"name\": \"c\", \"args\": [\"/bin/true\"], \"interval\": \"10s\"}}"))
                .definitions())
        .hasSize(1);
  }

  @Test
  void watchesAreReadAndChecked() throws Exception {
    String watches =
        "{\"watches\": [{\"type\": \"key\", \"key\": \"a\", \"args\": [\"x\"]}, {\"type\": \"nodes\", \"handler\": \"x | y\"}]}";
    String file = file("w.json", watches);

    assertThat(resolve(Map.of(), "-config-file", file).watches()).hasSize(2);
    assertThat(resolve(Map.of(), "-config-file", file).warnings()).isEmpty();
    assertThat(problems("-config-file", file, "-http-port=-1"))
        .containsExactly("COM1114: watches need the HTTP API, and ports.http switches it off");
    assertThat(problems("-config-file", file("x.json", "{\"watches\": [{\"type\": \"key\"}]}")))
        .containsExactly(
            "failed to parse a watch in "
                + files.resolve("x.json")
                + ": Must specify a single key to watch");
  }

  @Test
  void unknownFieldsOfDefinitionsAreTold() throws Exception {
    String file =
        file(
            "a.json",
            "{\"service\": {\"name\": \"web\", \"bogus\": 1, \"token\": \"x\", \"enable_tag_override\": true,"
                + " \"check\": {\"ttl\": \"1m\", \"Intervall\": \"1s\"}},"
                + " \"checks\": [{\"name\": \"c\", \"ttl\": \"1m\", \"nots\": \"x\"}]}");

    assertThat(resolve(Map.of(), "-config-file", file).warnings())
        .containsExactly(
            "skipping unknown configuration key: key=service.bogus file=" + file,
            "skipping unknown configuration key: key=service.Check.Intervall file=" + file,
            "skipping unknown configuration key: key=checks.nots file=" + file);
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
    String home = "/opt/a&b";

    assertThat(
            serverXml(
                home, settings("-server", "-client", "127.0.0.1 127.0.0.2", "-http-port=9500")))
        .contains("<include location=\"/opt/a&amp;b/server/comitia.xml\"/>")
        .contains("<include location=\"/opt/a&amp;b/server/datasource.xml\"/>")
        .contains("id=\"defaultHttpEndpoint\" host=\"127.0.0.1\" httpPort=\"9500\"")
        .contains("id=\"comitiaHttp1\" host=\"127.0.0.2\" httpPort=\"9500\"")
        .contains("name=\"comitiaReadTimeout\" value=\"10000ms\"");
    assertThat(
            serverXml(
                home,
                settings(
                    "-config-file",
                    file("body.json", "{\"http_config\": {\"body_timeout\": \"2s\"}}"))))
        .contains("name=\"comitiaReadTimeout\" value=\"2000ms\"");
    assertThat(serverXml(home, settings())).doesNotContain("datasource.xml");
  }

  private String serverXml(String home, Settings settings) {
    return new ServerXml(Path.of(home), new HttpsKeys(files.resolve("tls"))).of(settings);
  }
}
