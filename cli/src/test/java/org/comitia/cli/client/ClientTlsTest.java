package org.comitia.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against an HTTPS server whose certificate names agent.example only, and which wants ours. */
class ClientTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final List<String> ASKED = new CopyOnWriteArrayList<>();

  @TempDir private static Path folder;

  private static HttpsServer server;
  private static Map<String, String> rightful;

  @BeforeAll
  static void serve() throws Exception {
    KeyStore agent = generated("agent", "EC", "-ext", "SAN=dns:agent.example");
    KeyStore client = generated("client", "EC");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("client", client.getCertificate("client"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(agent, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters demanding = getSSLContext().getDefaultSSLParameters();
            demanding.setNeedClientAuth(true);
            parameters.setSSLParameters(demanding);
          }
        });
    server.createContext(
        "/",
        exchange -> {
          ASKED.add(exchange.getRequestURI().toString());
          byte[] body = "\"yes\"".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    rightful =
        Map.of(
            "CONSUL_HTTP_ADDR",
            "127.0.0.1:" + server.getAddress().getPort(),
            "CONSUL_HTTP_SSL",
            "true",
            "CONSUL_CACERT",
            pem("agent.crt", "CERTIFICATE", agent.getCertificate("agent").getEncoded()),
            "CONSUL_CLIENT_CERT",
            pem("client.crt", "CERTIFICATE", client.getCertificate("client").getEncoded()),
            "CONSUL_CLIENT_KEY",
            pem("client.key", "PRIVATE KEY", key(client, "client").getEncoded()),
            "CONSUL_TLS_SERVER_NAME",
            "agent.example");
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  private static KeyStore generated(String name, String algorithm, String... more)
      throws Exception {
    Path file = folder.resolve(name + ".p12");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", name, "-keyalg", algorithm));
    command.addAll(List.of("-dname", "CN=" + name, "-validity", "2", "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", file.toString(), "-storepass", "changeit"));
    command.addAll(Arrays.asList(more));
    assertThat(new ProcessBuilder(command).redirectErrorStream(true).start().waitFor()).isZero();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static Key key(KeyStore store, String name) throws Exception {
    return store.getKey(name, PASSWORD);
  }

  private static String pem(String file, String type, byte[] content) throws Exception {
    String text =
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(type, Base64.getMimeEncoder().encodeToString(content), type);
    return Files.writeString(folder.resolve(file), text).toString();
  }

  private static String answer(Map<String, String> environment) throws AgentException {
    return new HttpOptions()
        .client(environment)
        .getValue("/v1/x", Duration.ofSeconds(10))
        .toString();
  }

  private static Map<String, String> rightfulBut(String name, String value) {
    Map<String, String> changed = new HashMap<>(rightful);
    changed.put(name, value);
    changed.values().removeIf(String::isEmpty);
    return changed;
  }

  private static String refusal(Map<String, String> environment) {
    int before = ASKED.size();
    AgentException refused = catchThrowableOfType(AgentException.class, () -> answer(environment));
    assertThat(ASKED).hasSize(before);
    return refused.getMessage();
  }

  @Test
  void theEnvironmentAsksForHttps() throws Exception {
    String address = rightful.get("CONSUL_HTTP_ADDR");

    assertThat(answer(rightful)).isEqualTo("\"yes\"");
    assertThat(answer(rightfulBut("CONSUL_HTTP_ADDR", "http://" + address))).isEqualTo("\"yes\"");
    assertThat(answer(rightfulBut("CONSUL_HTTP_SSL", "1"))).isEqualTo("\"yes\"");
    Map<String, String> byAddress = rightfulBut("CONSUL_HTTP_ADDR", "HTTPS://" + address);
    byAddress.remove("CONSUL_HTTP_SSL");
    assertThat(answer(byAddress)).isEqualTo("\"yes\"");
  }

  @Test
  void whoeverCannotProveItselfGetsNothing() {
    assertThat(refusal(rightfulBut("CONSUL_CACERT", ""))).contains("certification path");
    assertThat(refusal(rightfulBut("CONSUL_TLS_SERVER_NAME", ""))).contains("127.0.0.1");
    assertThat(refusal(rightfulBut("CONSUL_TLS_SERVER_NAME", "other.example")))
        .contains("other.example");
    assertThat(refusal(rightfulBut("CONSUL_HTTP_SSL", "perhaps")))
        .isEqualTo("could not parse CONSUL_HTTP_SSL: \"perhaps\" is neither true nor false");
    assertThat(refusal(rightfulBut("CONSUL_HTTP_SSL_VERIFY", "nope"))).contains("SSL_VERIFY");
    assertThat(refusal(rightfulBut("CONSUL_CACERT", "/none/ca.pem")))
        .startsWith("Error loading certificates from /none/ca.pem");
    assertThat(refusal(rightfulBut("CONSUL_CLIENT_KEY", "")))
        .contains("both a client certificate and its key");
    assertThat(refusal(rightfulBut("CONSUL_CLIENT_KEY", rightful.get("CONSUL_CLIENT_CERT"))))
        .contains("holds no unencrypted PEM key");
  }

  @Test
  void verificationCanBeSwitchedOff() throws Exception {
    Map<String, String> careless = rightfulBut("CONSUL_HTTP_SSL_VERIFY", "false");
    careless.remove("CONSUL_CACERT");
    careless.remove("CONSUL_TLS_SERVER_NAME");

    assertThat(answer(careless)).isEqualTo("\"yes\"");
  }

  @Test
  void aDirectoryOfCertificatesWillDo() throws Exception {
    Path directory = Files.createDirectory(folder.resolve("cas"));
    Files.copy(Path.of(rightful.get("CONSUL_CACERT")), directory.resolve("ca.pem"));
    Map<String, String> environment = rightfulBut("CONSUL_CACERT", "");
    environment.put("CONSUL_CAPATH", directory.toString());

    assertThat(answer(environment)).isEqualTo("\"yes\"");
  }

  /** The two older forms of a key, made from the ones that Java writes. */
  @Test
  void keysAreReadInTheirOlderFormsToo() throws Exception {
    KeyStore elliptic = generated("ec", "EC", "-groupname", "secp256r1");
    KeyStore rsa = generated("rsa", "RSA", "-keysize", "2048");
    byte[] inner = unwrapped(key(rsa, "rsa").getEncoded());
    byte[] curve = {0x06, 0x08, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x03, 0x01, 0x07};
    BigInteger number = ((java.security.interfaces.ECPrivateKey) key(elliptic, "ec")).getS();
    byte[] secret = new byte[32];
    byte[] bytes = number.toByteArray();
    int from = Math.max(0, bytes.length - 32);
    System.arraycopy(bytes, from, secret, 32 - (bytes.length - from), bytes.length - from);
    byte[] sec1 = new byte[5 + 2 + 32 - 0 + 2 + curve.length];
    byte[] head = {0x30, (byte) (sec1.length - 2), 0x02, 0x01, 0x01, 0x04, 0x20};
    System.arraycopy(head, 0, sec1, 0, 7);
    System.arraycopy(secret, 0, sec1, 7, 32);
    sec1[39] = (byte) 0xa0;
    sec1[40] = (byte) curve.length;
    System.arraycopy(curve, 0, sec1, 41, curve.length);

    for (Map.Entry<String, String> one :
        Map.of(
                pem("rsa.key", "RSA PRIVATE KEY", inner), certificate(rsa, "rsa"),
                pem("ec.key", "EC PRIVATE KEY", sec1), certificate(elliptic, "ec"))
            .entrySet()) {
      ClientTls.Wish wish =
          new ClientTls.Wish(true, null, null, one.getValue(), one.getKey(), null);
      assertThat(ClientTls.of(wish)).isNotNull();
    }
  }

  private static String certificate(KeyStore store, String name) throws Exception {
    Certificate certificate = store.getCertificate(name);
    return pem(name + ".crt", "CERTIFICATE", certificate.getEncoded());
  }

  /** What stands in the octet string at the end of a key as Java writes it. */
  private static byte[] unwrapped(byte[] key) {
    // SEQUENCE (4), version (3), algorithm (15), OCTET STRING with a length of two bytes (4)
    return Arrays.copyOfRange(key, 4 + 3 + 15 + 4, key.length);
  }
}
