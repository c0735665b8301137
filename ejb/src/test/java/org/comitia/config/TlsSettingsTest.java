package org.comitia.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsSettingsTest {
  private static final String[] CERTIFICATE = {
    "tls.defaults.cert-file", "/c.pem", "tls.defaults.key-file", "/k.pem"
  };

  private static final String KEY = "pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=";

  private static Map<String, String> map(String... pairs) {
    Map<String, String> map = new HashMap<>(Map.of("comitia.bind-address", "127.0.0.1"));
    for (int i = 0; i < pairs.length; i += 2) {
      map.put("comitia." + pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static Settings settings(String... pairs) throws InvalidSettingsException {
    return Settings.of(map(pairs));
  }

  private static List<String> problems(Map<String, String> given) {
    return catchThrowableOfType(InvalidSettingsException.class, () -> Settings.of(given))
        .problems();
  }

  private static String problem(String... pairs) {
    assertThat(problems(map(pairs))).hasSize(1);
    return problems(map(pairs)).get(0);
  }

  @Test
  void nothingIsAskedForByDefault() throws Exception {
    TlsSettings internal = settings().internalRpcTls();
    assertThat(internal.hasAuthorities()).isFalse();
    assertThat(internal.verifyIncoming()).isFalse();
    assertThat(internal.verifyServerHostname()).isFalse();
    assertThat(settings().httpsTls()).isEqualTo(internal);
    assertThat(settings().domain()).isEqualTo("consul");
  }

  @Test
  void aGroupsOwnGoesBeforeTheDefaults() throws Exception {
    Settings settings =
        settings(
            "tls.defaults.ca-file",
            "/ca.pem",
            "tls.defaults.cert-file",
            "/c.pem",
            "tls.defaults.key-file",
            "/k.pem",
            "tls.defaults.verify-incoming",
            "true",
            "tls.defaults.tls-min-version",
            "tls12",
            "tls.https.ca-path",
            "/https",
            "tls.https.verify-incoming",
            "false",
            "tls.https.tls-min-version",
            "TLSv1_3",
            "tls.internal-rpc.cert-file",
            "/c2.pem",
            "tls.internal-rpc.verify-server-hostname",
            "true");
    TlsSettings internal = settings.internalRpcTls();
    assertThat(internal.caFile()).contains(Path.of("/ca.pem"));
    assertThat(internal.caPath()).isEmpty();
    assertThat(internal.certFile()).contains(Path.of("/c2.pem"));
    assertThat(internal.keyFile()).contains(Path.of("/k.pem"));
    assertThat(internal.verifyIncoming()).isTrue();
    assertThat(internal.verifyServerHostname()).isTrue();
    assertThat(internal.minVersion()).contains("TLSv1.2");
    TlsSettings https = settings.httpsTls();
    assertThat(https.caFile()).isEmpty();
    assertThat(https.caPath()).contains(Path.of("/https"));
    assertThat(https.certFile()).contains(Path.of("/c.pem"));
    assertThat(https.verifyIncoming()).isFalse();
    assertThat(https.verifyServerHostname()).isFalse();
    assertThat(https.minVersion()).contains("TLSv1.3");
  }

  @ParameterizedTest
  @CsvSource({
    "defaults.verify-incoming, VerifyIncoming",
    "internal-rpc.verify-incoming, VerifyIncoming",
    "defaults.verify-outgoing, VerifyOutgoing",
    "internal-rpc.verify-outgoing, VerifyOutgoing",
    "internal-rpc.verify-server-hostname, VerifyOutgoing",
  })
  void whatAsksForCertificatesWithoutACaIsRefused(String key, String consuls) {
    assertThat(problem("tls." + key, "true"))
        .startsWith(
            consuls + " set, and no CA certificate provided! Give tls.internal_rpc.ca_file");
  }

  @Test
  void aServerWhosePortTakesStrangersIsAskedWhetherThatIsMeant() throws Exception {
    Map<String, String> given = map(CERTIFICATE);
    given.put("comitia.tls.defaults.ca-file", "/ca.pem");
    assertThat(Settings.of(given).warnings()).as("a client").isEmpty();
    given.put("comitia.server", "true");
    given.put("comitia.data-dir", "/d");
    assertThat(problems(given)).singleElement().asString().startsWith("COM1134: ");
    given.put("comitia.tls.defaults.verify-incoming", "false");
    assertThat(Settings.of(given).warnings()).anyMatch(line -> line.startsWith("COM1135: "));
    given.put("comitia.encrypt", KEY);
    assertThat(problems(given)).singleElement().asString().startsWith("COM1133: ");
    given.put("comitia.tls.internal-rpc.verify-incoming", "true");
    assertThat(Settings.of(given).warnings()).noneMatch(line -> line.startsWith("COM1135: "));
  }

  @ParameterizedTest
  @CsvSource({"encrypt-verify-incoming", "encrypt-verify-outgoing"})
  void aKeyThatIsNotDemandedSplitsAClusterWithCertificates(String key) throws Exception {
    Map<String, String> given = map(CERTIFICATE);
    given.put("comitia.encrypt", KEY);
    given.put("comitia." + key, "false");
    given.put("comitia.tls.defaults.ca-file", "/ca.pem");
    assertThat(problems(given)).singleElement().asString().startsWith("COM1136: ");
    given.put("comitia." + key, "true");
    assertThat(Settings.of(given).internalRpcTls().hasAuthorities()).isTrue();
  }

  @Test
  void whatIsHalfIsRefused() {
    Map<String, String> onlyCa = map("tls.defaults.ca-file", "/ca.pem");
    assertThat(problems(onlyCa).get(0)).startsWith("COM1131: ");
    onlyCa.put("comitia.encrypt", KEY);
    assertThat(problems(onlyCa).get(0)).startsWith("COM1131: ");
    onlyCa.put("comitia.tls.defaults.verify-incoming", "true");
    assertThat(problems(onlyCa).get(0))
        .startsWith("VerifyIncoming set, and no Cert/Key pair provided!");
    onlyCa.remove("comitia.tls.defaults.verify-incoming");
    onlyCa.put("comitia.server", "true");
    onlyCa.put("comitia.data-dir", "/d");
    assertThat(problems(onlyCa).get(0)).startsWith("COM1131: ");
    assertThat(problem("tls.internal-rpc.cert-file", "/c.pem")).startsWith("COM1130: ");
    assertThat(problem("tls.internal-rpc.key-file", "/k.pem")).startsWith("COM1130: ");
    assertThat(problem(CERTIFICATE)).startsWith("COM1132: ");
  }

  @ParameterizedTest
  @CsvSource({"tls10", "tls11", "TLSv1_0", "1.3", "ssl"})
  void nothingOlderThanTwelveIsTaken(String version) {
    assertThat(problem("tls.defaults.tls-min-version", version))
        .startsWith("tls.defaults.tls_min_version cannot be \"" + version + "\"");
  }

  @Test
  void aDomainIsANameWhoseLastDotMayBeLeftOut() throws Exception {
    assertThat(settings("domain", "Example.Org.").domain()).isEqualTo("example.org");
    assertThat(problem("domain", "a b")).startsWith("domain cannot be \"a b\"");
  }
}
