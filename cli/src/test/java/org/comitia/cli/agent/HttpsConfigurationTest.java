package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.comitia.cli.tls.TestCertificates;
import org.comitia.config.Settings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Consul's keys of the HTTPS API, and what becomes of them in server.xml. */
class HttpsConfigurationTest {
  private static final String PAIR =
      "\"cert_file\": \"MADE/own.pem\", \"key_file\": \"MADE/own-key.pem\"";

  @TempDir private static Path made;
  @TempDir private Path folder;

  @BeforeAll
  static void make() throws Exception {
    new TestCertificates(made).add("own");
  }

  private Settings settings(String json, String... more) throws Exception {
    Path file = Files.writeString(folder.resolve("a.json"), json.replace("MADE", made.toString()));
    AgentFlags flags = new AgentFlags();
    CommandSpec spec = CommandSpec.create();
    flags.addTo(spec);
    List<String> args =
        new ArrayList<>(
            List.of("-data-dir=/d", "-bind=127.0.0.1", "-config-file", file.toString()));
    args.addAll(List.of(more));
    new CommandLine(spec)
        .setPosixClusteredShortOptionsAllowed(false)
        .parseArgs(args.toArray(String[]::new));
    return AgentConfiguration.resolve(flags, Map.of()).settings();
  }

  private List<String> problems(String json, String... more) {
    return catchThrowableOfType(AgentException.class, () -> settings(json, more)).lines();
  }

  private String serverXml(Settings settings) {
    return new ServerXml(Path.of("/opt"), new HttpsKeys(folder.resolve("tls"))).of(settings);
  }

  @Test
  void withoutAPortThereIsNone() throws Exception {
    Settings settings = settings("{\"tls\": {\"https\": {" + PAIR + "}}}");
    assertThat(settings.httpsPort()).isEqualTo(-1);
    assertThat(serverXml(settings)).doesNotContain("https.xml").doesNotContain("<ssl");
  }

  @Test
  void itIsServedBesideHttp() throws Exception {
    Settings settings =
        settings(
            "{\"addresses\": {\"http\": \"127.0.0.1\"}, \"tls\": {\"https\": {" + PAIR + "}}}",
            "-https-port=8501",
            "-client=127.0.0.2");
    assertThat(serverXml(settings))
        .contains("<include location=\"/opt/server/https.xml\"/>")
        .contains("host=\"127.0.0.1\" httpPort=\"8500\" httpsPort=\"-1\"")
        .contains("id=\"comitiaHttps0\" host=\"127.0.0.2\" httpPort=\"-1\" httpsPort=\"8501\"")
        .contains("sslProtocol=\"TLSv1.2,TLSv1.3\"")
        .contains("location=\"" + folder.resolve("tls/own.p12") + "\"")
        .contains("inactivityTimeout=\"5000ms\"")
        .doesNotContain("clientAuthentication");
  }

  @Test
  void itIsServedAloneToThoseWhoShowACertificate() throws Exception {
    Settings settings =
        settings(
            """
            {"ports": {"https": 8501, "http": -1}, "addresses": {"https": "127.0.0.3 ::1"},
             "limits": {"https_handshake_timeout": "2s"},
             "tls": {"defaults": {"tls_min_version": "TLSv1_3"},
                     "https": {%s, "ca_file": "MADE/ca.pem", "verify_incoming": true}}}
            """
                .formatted(PAIR));
    assertThat(serverXml(settings))
        .contains("<httpEndpoint id=\"defaultHttpEndpoint\" enabled=\"false\"/>")
        .contains("id=\"comitiaHttps0\" host=\"127.0.0.3\"")
        .contains("id=\"comitiaHttps1\" host=\"0:0:0:0:0:0:0:1\"")
        .contains("clientAuthentication=\"true\"")
        .contains("sslProtocol=\"TLSv1.3\"")
        .contains("inactivityTimeout=\"2000ms\"");
  }

  @Test
  void whatIsMissingIsSaid() {
    assertThat(problems("{}", "-https-port=8501"))
        .containsExactly(
            "COM1140: ports.https needs tls.https.cert_file and key_file (or those of tls.defaults)");
    assertThat(problems("{}", "-https-port=65536"))
        .containsExactly("ports.https cannot be 65536. Must be between 1 and 65535");
    assertThat(problems("{\"limits\": {\"https_handshake_timeout\": \"1ms\"}}"))
        .containsExactly("limits.https_handshake_timeout cannot be shorter than 1s");
    assertThat(
            problems(
                "{\"tls\": {\"https\": {" + PAIR + ", \"verify_incoming\": true}}}",
                "-https-port=8501"))
        .containsExactly(
            "VerifyIncoming set, and no CA certificate provided! Give tls.https.ca_file or ca_path, or those of"
                + " tls.defaults");
    assertThat(
            problems(
                "{\"tls\": {\"https\": {\"cert_file\": \"/none\", \"key_file\": \"/none\"}}}",
                "-https-port=8501"))
        .singleElement()
        .asString()
        .startsWith("COM1141: HTTPS: Error loading certificates from /none");
  }
}
