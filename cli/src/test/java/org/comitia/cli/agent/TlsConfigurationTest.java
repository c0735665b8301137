package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import org.comitia.config.TlsSettings;
import org.comitia.encryption.PemFiles;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Consul's keys of TLS, of today and of before there was a group of them. */
class TlsConfigurationTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir private static Path made;
  @TempDir private Path folder;

  @BeforeAll
  static void make() throws Exception {
    Path keys = made.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "own",
                "-dname",
                "CN=own",
                "-keyalg",
                "EC",
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD);
    }
    byte[] certificate = store.getCertificate("own").getEncoded();
    byte[] key = store.getKey("own", PASSWORD).getEncoded();
    Files.writeString(made.resolve("own.pem"), PemFiles.block("CERTIFICATE", certificate));
    Files.writeString(made.resolve("key.pem"), PemFiles.block("PRIVATE KEY", key));
  }

  private AgentConfiguration resolve(String json, String... more) throws Exception {
    Path file = Files.writeString(folder.resolve("a.json"), json.replace("MADE", made.toString()));
    AgentFlags flags = new AgentFlags();
    CommandSpec spec = CommandSpec.create();
    flags.addTo(spec);
    List<String> args =
        new java.util.ArrayList<>(
            List.of("-data-dir=/d", "-bind=127.0.0.1", "-config-file", file.toString()));
    args.addAll(List.of(more));
    new CommandLine(spec)
        .setPosixClusteredShortOptionsAllowed(false)
        .parseArgs(args.toArray(String[]::new));
    return AgentConfiguration.resolve(flags, Map.of());
  }

  private List<String> problems(String json) {
    return catchThrowableOfType(AgentException.class, () -> resolve(json)).lines();
  }

  @Test
  void keysOfBeforeTheGroupAreTaken() throws Exception {
    AgentConfiguration configuration =
        resolve(
            """
            {"ca_file": "MADE/own.pem", "cert_file": "MADE/own.pem", "key_file": "MADE/key.pem",
             "verify_incoming": true, "verify_outgoing": true, "verify_server_hostname": true,
             "tls_min_version": "tls12", "domain": "example."}
            """);
    TlsSettings internal = configuration.settings().internalRpcTls();
    assertThat(internal.caFile()).contains(made.resolve("own.pem"));
    assertThat(internal.certFile()).contains(made.resolve("own.pem"));
    assertThat(internal.keyFile()).contains(made.resolve("key.pem"));
    assertThat(internal.verifyIncoming()).isTrue();
    assertThat(internal.verifyServerHostname()).isTrue();
    assertThat(configuration.settings().domain()).isEqualTo("example");
    assertThat(configuration.warnings()).isEmpty();
  }

  @Test
  void theGroupGoesBeforeThem() throws Exception {
    TlsSettings internal =
        resolve(
                """
                {"ca_file": "/not/there", "verify_incoming": true,
                 "tls": {"defaults": {"cert_file": "MADE/own.pem", "key_file": "MADE/key.pem",
                                      "ca_file": "MADE/own.pem", "verify_incoming": false}}}
                """,
                "-hcl={\"verify_incoming\": true}")
            .settings()
            .internalRpcTls();
    assertThat(internal.caFile()).contains(made.resolve("own.pem"));
    assertThat(internal.verifyIncoming()).isFalse();
  }

  @Test
  void theOldKeyForAllPortsIsNotSwitchedOffByThatOfOne() throws Exception {
    String certificates =
        "\"ca_file\": \"MADE/own.pem\", \"cert_file\": \"MADE/own.pem\", \"key_file\": \"MADE/key.pem\"";
    assertThat(
            resolve(
                    "{"
                        + certificates
                        + ", \"verify_incoming\": true, \"verify_incoming_rpc\": false}")
                .settings()
                .internalRpcTls()
                .verifyIncoming())
        .isTrue();
    assertThat(
            resolve("{" + certificates + ", \"verify_incoming_rpc\": true}")
                .settings()
                .internalRpcTls()
                .verifyIncoming())
        .isTrue();
  }

  @Test
  void aPathIsHandedOnWhole() throws Exception {
    Path relative = Path.of("").toAbsolutePath().relativize(made.resolve("own.pem"));
    AgentConfiguration configuration =
        resolve(
            "{\"cert_file\": \"MADE/own.pem\", \"key_file\": \"MADE/key.pem\", \"ca_file\": \""
                + relative
                + "\"}");
    assertThat(configuration.properties())
        .containsEntry("comitia.tls.defaults.ca-file", made.resolve("own.pem").toString());
  }

  @Test
  void whatAsksForCertificatesThatAreNotThereIsRefused() {
    assertThat(problems("{\"verify_incoming\": true}"))
        .hasSize(1)
        .allMatch(line -> line.startsWith("VerifyIncoming set, and no CA certificate provided!"));
    assertThat(problems("{\"verify_outgoing\": true}"))
        .hasSize(1)
        .allMatch(line -> line.startsWith("VerifyOutgoing set, and no CA certificate provided!"));
    assertThat(
            problems(
                "{\"ca_file\": \"/not/there.pem\", \"cert_file\": \"MADE/own.pem\", \"key_file\": \"MADE/key.pem\"}"))
        .hasSize(1)
        .allMatch(line -> line.startsWith("Error loading certificates from /not/there.pem"));
  }
}
