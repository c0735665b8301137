package org.comitia.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  private static Settings settings(String... pairs) throws InvalidSettingsException {
    return Settings.of(map(pairs));
  }

  private static Map<String, String> map(String... pairs) {
    Map<String, String> map = new HashMap<>(Map.of("comitia.bind-address", "127.0.0.1"));
    for (int i = 0; i < pairs.length; i += 2) {
      map.put("comitia." + pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static List<String> problems(String... pairs) {
    return catchThrowableOfType(InvalidSettingsException.class, () -> settings(pairs)).problems();
  }

  @Test
  void defaultsAreThoseOfAClient() throws Exception {
    Settings settings = settings();

    assertThat(settings.server()).isFalse();
    assertThat(settings.bootstrap()).isFalse();
    assertThat(settings.bootstrapExpect()).isZero();
    assertThat(settings.datacenter()).isEqualTo("dc1");
    assertThat(settings.httpPort()).isEqualTo(8500);
    assertThat(settings.serverPort()).isEqualTo(8300);
    assertThat(settings.serfLanPort()).isEqualTo(8301);
    assertThat(settings.clientAddresses()).containsExactly(InetAddress.getByName("127.0.0.1"));
    assertThat(settings.retryInterval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.rpcHoldTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(settings.raftMultiplier()).isEqualTo(1);
    assertThat(settings.skipLeaveOnInterrupt()).isFalse();
    assertThat(settings.leaveOnTerminate()).isTrue();
    assertThat(settings.healthReady()).isEqualTo(HealthReady.ALWAYS);
    assertThat(settings.logLevel()).isEqualTo(LogLevel.INFO);
    assertThat(settings.nodeName()).isNotEmpty();
    assertThat(settings.dataDir()).isEmpty();
    assertThat(settings.join()).isEmpty();
    assertThat(settings.warnings()).isEmpty();
  }

  @Test
  void readsWhatIsGiven() throws Exception {
    Settings settings =
        settings(
            "server", "true",
            "bootstrap-expect", "3",
            "node-name", "n1",
            "node-id", "8f7ecbd4-1c7b-4a37-b87d-8d1f1a2f3e44",
            "data-dir", "/var/lib/comitia",
            "bind-address", "10.0.0.1",
            "client-address", "127.0.0.1 10.0.0.1",
            "join", "10.0.0.2,10.0.0.3:9301",
            "retry-interval", "1m30s");

    assertThat(settings.server()).isTrue();
    assertThat(settings.bootstrapExpect()).isEqualTo(3);
    assertThat(settings.nodeId()).contains(UUID.fromString("8f7ecbd4-1c7b-4a37-b87d-8d1f1a2f3e44"));
    assertThat(settings.dataDir()).contains(Path.of("/var/lib/comitia"));
    assertThat(settings.advertiseAddress()).isEqualTo(InetAddress.getByName("10.0.0.1"));
    assertThat(settings.clientAddresses()).hasSize(2);
    assertThat(settings.join()).containsExactly("10.0.0.2", "10.0.0.3:9301");
    assertThat(settings.retryInterval()).isEqualTo(Duration.ofSeconds(90));
    assertThat(settings.leaveOnTerminate()).isFalse();
    assertThat(settings.healthReady()).isEqualTo(HealthReady.ENGINE);
    assertThat(settings.warnings()).containsExactly("bootstrap_expect > 0: expecting 3 servers");
  }

  @Test
  void expectOneIsBootstrap() throws Exception {
    Settings settings = settings("server", "true", "bootstrap-expect", "1", "data-dir", "/d");

    assertThat(settings.bootstrap()).isTrue();
    assertThat(settings.bootstrapExpect()).isZero();
    assertThat(settings.warnings())
        .containsExactly(
            "BootstrapExpect is set to 1; this is the same as Bootstrap mode.",
            "bootstrap = true: do not enable unless necessary");
  }

  @Test
  void evenAndTwoAreWarnedAbout() throws Exception {
    assertThat(settings("server", "true", "bootstrap-expect", "2", "data-dir", "/d").warnings())
        .anyMatch(line -> line.contains("no failure tolerance"))
        .contains("bootstrap_expect > 0: expecting 2 servers");
    assertThat(settings("server", "true", "bootstrap-expect", "4", "data-dir", "/d").warnings())
        .anyMatch(line -> line.startsWith("bootstrap_expect is even number"));
  }

  @Test
  void devModeIsOneBootstrappedServer() throws Exception {
    Settings settings = settings("dev", "true", "data-dir", "/tmp/d");

    assertThat(settings.server()).isTrue();
    assertThat(settings.bootstrap()).isTrue();
  }

  @Test
  void saysWhatConsulSays() {
    assertThat(problems("bootstrap", "true"))
        .containsExactly("'bootstrap = true' requires 'server = true'");
    assertThat(problems("bootstrap-expect", "3"))
        .containsExactly("'bootstrap_expect > 0' requires 'server = true'");
    assertThat(
            problems(
                "server", "true", "data-dir", "/d", "bootstrap", "true", "bootstrap-expect", "3"))
        .containsExactly("'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive");
    assertThat(problems("bootstrap-expect", "-1"))
        .containsExactly("bootstrap_expect cannot be -1. Must be greater than or equal to zero");
    assertThat(problems("dev", "true", "data-dir", "/d", "bootstrap-expect", "3"))
        .containsExactly("'bootstrap_expect > 0' not allowed in dev mode");
    assertThat(problems("server", "true")).containsExactly("data_dir cannot be empty");
  }

  @ParameterizedTest
  @CsvSource({
    "session-ttl-min, 999ms, session_ttl_min must be between 1s and 24h",
    "session-ttl-min, 24h0m1s, session_ttl_min must be between 1s and 24h",
    "http-port, 65536, ports.http cannot be 65536",
    "server-port, 65536, ports.server cannot be 65536",
    "serf-lan-port, x, 'ports.serf_lan cannot be \"x\"'",
    "raft-multiplier, 11, performance.raft_multiplier cannot be 11",
    "datacenter, d c1, datacenter can only contain",
    "bind-address, example.org, bind_addr cannot be",
    "bind-address, 300.1.1.1, bind_addr cannot be",
    "advertise-address, 0.0.0.0, Advertise address cannot be 0.0.0.0",
    "node-id, 1-1-1-1-1, node_id cannot be",
    "node-name, a b, node_name cannot be",
    "retry-interval, 30, retry_interval is not a duration: missing unit",
    "retry-interval, 10ms, retry_interval cannot be shorter",
    "http.max-header-bytes, 8191, http_config.max_header_bytes must be 8192 to 1048576",
    "http.max-header-bytes, 1048577, http_config.max_header_bytes must be 8192 to 1048576",
    "http.body-timeout, 999ms, http_config.body_timeout cannot be shorter than 1s",
    "retry-max, -1, retry_max cannot be negative",
    "scrub-interval, -1s, scrub_interval cannot be negative",
    "feature-level-max, -1, feature_level_max cannot be negative",
    "autopilot-min-quorum, -1, autopilot.min_quorum cannot be negative",
    "limits.http-max-conns-per-client, -1, limits.http_max_conns_per_client cannot be negative",
    "limits.rpc-max-conns-per-client, -1, limits.rpc_max_conns_per_client cannot be negative",
    "limits.rpc-handshake-timeout, 99ms, limits.rpc_handshake_timeout must be between 100ms and 1m",
    "limits.rpc-max-burst, 0, limits.rpc_max_burst must be at least 1",
    "limits.rpc-rate, 0, limits.rpc_rate cannot be 0",
    "limits.rpc-rate, much, 'limits.rpc_rate cannot be \"much\". Must be a number'",
    "limits.request-limits.mode, on, 'limits.request_limits.mode cannot be \"on\"'",
    "serf-lan-allowed-cidrs, 10.0.0.0, 'serf_lan_allowed_cidrs cannot hold \"10.0.0.0\"'",
    "autopilot-max-trailing-logs, -1, autopilot.max_trailing_logs cannot be negative",
    "autopilot-last-contact-threshold, -1s, autopilot.last_contact_threshold cannot be negative",
    "autopilot-server-stabilization-time, -1s, autopilot.server_stabilization_time cannot be",
    "feature-level-max, one, 'feature_level_max cannot be \"one\"'",
    "log-level, loud, log_level cannot be",
    "server, maybe, server cannot be",
    "health.ready, never, comitia.health.ready cannot be"
  })
  void refusesWhatItCannotUse(String name, String value, String message) {
    assertThat(problems(name, value)).singleElement().asString().startsWith(message);
  }

  @Test
  void namesEveryMistake() {
    assertThat(problems("http-port", "x", "node-id", "y")).hasSize(2);
  }

  @Test
  void blankCountsAsNotSet() throws Exception {
    assertThat(settings("http-port", " ").httpPort()).isEqualTo(8500);
  }

  @Test
  void choosesTheOnlyPrivateAddressElseLoopback() throws Exception {
    InetAddress one = InetAddress.getByName("10.0.0.1");
    InetAddress two = InetAddress.getByName("192.168.1.1");

    assertThat(HostAddresses.choose(List.of(one))).isEqualTo(one);
    assertThat(HostAddresses.choose(List.of()).isLoopbackAddress()).isTrue();
    assertThatThrownBy(() -> HostAddresses.choose(List.of(one, two)))
        .hasMessageContaining("Multiple private IPv4 addresses found")
        .hasMessageContaining("10.0.0.1, 192.168.1.1");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1:8301",
    "n1.example.org:9000, n1.example.org:9000",
    "::1, '[::1]:8301'",
    "'[::1]:9000', '[::1]:9000'"
  })
  void readsJoinAddresses(String text, String expected) {
    assertThat(JoinAddress.parse(text, 8301)).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource({"''", "a:0", "a:x", "[::1]x", "a/b", "provider=aws"})
  void refusesMalformedJoinAddresses(String text) {
    assertThatThrownBy(() -> JoinAddress.parse(text, 8301))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "30s, 30000",
    "1m30s, 90000",
    "1.5h, 5400000",
    "250ms, 250",
    "0, 0",
    "-1s, -1000",
    "100us, 0",
    ".5s, 500"
  })
  void readsDurations(String text, long millis) {
    assertThat(GoDuration.parse(text).toMillis()).isEqualTo(millis);
  }

  @ParameterizedTest
  @CsvSource({"''", "s", "10", "1x", "1s2", "99999999999h"})
  void refusesMalformedDurations(String text) {
    assertThatThrownBy(() -> GoDuration.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"30s", "1m30s", "1h0m0s", "250ms", "13.856995ms", "0s", "1.5s", "2µs", "5ns", "-7s"})
  void writesDurationsAsGoDoes(String text) {
    assertThat(GoDuration.format(GoDuration.parse(text))).isEqualTo(text);
  }

  @Test
  void whatTheAgentStartsDoesNotGetItsKey() {
    Map<String, String> environment = new HashMap<>(Map.of("COMITIA_ENCRYPT", "k", "PATH", "/bin"));
    Setting.removeSecrets(environment);
    assertThat(environment).containsOnlyKeys("PATH");
  }
}
