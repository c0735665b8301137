package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The API over TLS, with certificates that the command has made. */
class HttpsIT {
  private static final int PORT = 8501;

  /** How long a client of these tests waits for the server to do something. */
  private static final int LIMIT_MILLIS = 30_000;

  private static final String REQUEST = "GET /v1/status/leader HTTP/1.1\r\nHost: it\r\n\r\n";

  @RegisterExtension static final Agents AGENTS = new Agents("https");

  private static Path folder;
  private static AgentProcess agent;

  @BeforeAll
  static void start() throws Exception {
    folder = Files.createDirectories(AGENTS.folder());
    agent = AGENTS.create("n1");
    mustRun("tls", "ca", "create");
    mustRun("tls", "cert", "create", "-server", "-additional-ipaddress=" + agent.address());
    mustRun("tls", "cert", "create", "-cli");
    use("consul-agent-ca.pem", "dc1-server-consul-0");
    Path file = folder.resolve("https.json");
    Files.writeString(
        file,
        """
        {"ports": {"https": %d}, "limits": {"https_handshake_timeout": "2s"},
         "tls": {"https": {"ca_file": "%s", "cert_file": "%s", "key_file": "%s", "verify_incoming": true}}}
        """
            .formatted(PORT, inUse("ca.pem"), inUse("own.pem"), inUse("own-key.pem")));
    agent.start("-server", "-bootstrap", "-config-file", file.toString()).awaitLeader();
  }

  private static void mustRun(String... command) {
    CommandLine.Result result = CommandLine.runIn(folder, command);
    assertThat(result.exitCode()).as(result.toString()).isZero();
  }

  private static Path inUse(String name) {
    return folder.resolve("in-use-" + name);
  }

  /** Puts other files where the agent's configuration says that they are. */
  private static void use(String ca, String pair) throws IOException {
    copy(ca, "ca.pem");
    copy(pair + ".pem", "own.pem");
    copy(pair + "-key.pem", "own-key.pem");
  }

  private static void copy(String from, String to) throws IOException {
    Files.copy(folder.resolve(from), inUse(to), StandardCopyOption.REPLACE_EXISTING);
  }

  private static List<Certificate> certificates(String file) throws Exception {
    return List.copyOf(
        CertificateFactory.getInstance("X.509")
            .generateCertificates(
                new ByteArrayInputStream(Files.readAllBytes(folder.resolve(file)))));
  }

  private static PrivateKey key(String file) throws Exception {
    String pem = Files.readString(folder.resolve(file)).replaceAll("-----.*-----", "");
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
  }

  /**
   * @param pair the certificate that is shown and its key; null for none
   */
  private static SSLContext client(String ca, String pair) throws Exception {
    KeyStore believed = KeyStore.getInstance("PKCS12");
    believed.load(null, null);
    believed.setCertificateEntry("ca", certificates(ca).get(0));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(believed);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, null);
    if (pair != null) {
      Certificate[] chain = certificates(pair + ".pem").toArray(Certificate[]::new);
      own.setKeyEntry("own", key(pair + "-key.pem"), new char[0], chain);
    }
    keys.init(own, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static SSLContext rightful() throws Exception {
    return client("consul-agent-ca.pem", "dc1-cli-consul-0");
  }

  private static String get(SSLContext client, String path) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .sslContext(client)
            .connectTimeout(Duration.ofMillis(LIMIT_MILLIS))
            .build()
            .send(
                HttpRequest.newBuilder(URI.create("https://" + agent.address() + ":" + PORT + path))
                    .timeout(Duration.ofMillis(LIMIT_MILLIS))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static Socket connected() throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(LIMIT_MILLIS);
    socket.connect(new InetSocketAddress(agent.address(), PORT), LIMIT_MILLIS);
    return socket;
  }

  /** What comes back for a request over TLS, up to the connection's end; or how TLS ended it. */
  private static String answer(SSLContext client) throws IOException {
    try (Socket plain = connected();
        SSLSocket socket =
            (SSLSocket)
                client
                    .getSocketFactory()
                    .createSocket(plain, agent.address(), plain.getPort(), true)) {
      socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
      byte[] bytes = socket.getInputStream().readNBytes(12);
      return bytes.length == 0 ? "ended: no byte" : new String(bytes, StandardCharsets.US_ASCII);
    } catch (SSLException | SocketException | EOFException e) {
      return "ended: " + e.getMessage();
    }
  }

  @Test
  void whoShowsACertificateIsServed() throws Exception {
    agent.mustPut("over", "http");

    assertThat(get(rightful(), "/v1/kv/over?raw")).isEqualTo("200 http");
    assertThat(answer(rightful())).isEqualTo("HTTP/1.1 200");
    CommandLine.Result members =
        CommandLine.runIn(
            folder,
            "members",
            "-http-addr=https://" + agent.address() + ":" + PORT,
            "-ca-file=consul-agent-ca.pem",
            "-client-cert=dc1-cli-consul-0.pem",
            "-client-key=dc1-cli-consul-0-key.pem");
    assertThat(members.exitCode()).as(members.toString()).isZero();
    assertThat(members.out()).contains("n1").contains("alive");
    String self = agent.self().toString();
    assertThat(self)
        .contains("\"HTTPSPort\":" + PORT)
        .contains("\"HTTPSAddrs\":[\"tcp://" + agent.address() + ":" + PORT + "\"]");
  }

  @Test
  void whoShowsNoneGetsNotAByteOfHttp() throws Exception {
    mustRun("tls", "ca", "create", "-domain=stranger");
    mustRun("tls", "cert", "create", "-cli", "-domain=stranger");

    assertThat(answer(client("consul-agent-ca.pem", null))).startsWith("ended: ");
    assertThat(answer(client("consul-agent-ca.pem", "dc1-cli-stranger-0"))).startsWith("ended: ");
    assertThat(answer(client("stranger-agent-ca.pem", "dc1-cli-consul-0")))
        .as("a client does not believe another authority either")
        .startsWith("ended: ");
    try (Socket plain = connected()) {
      plain.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(allOf(plain), StandardCharsets.ISO_8859_1)).doesNotContain("HTTP");
    }
    assertThat(answer(rightful())).as("who may goes on").isEqualTo("HTTP/1.1 200");
  }

  private static byte[] allOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      return new byte[0];
    }
  }

  @Test
  void oldVersionsOfTlsAreNotSpoken() throws Exception {
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      assertThat(handshake(version)).isEqualTo(version);
    }
  }

  private static String handshake(String version) throws Exception {
    try (Socket plain = connected();
        SSLSocket socket =
            (SSLSocket)
                rightful()
                    .getSocketFactory()
                    .createSocket(plain, agent.address(), plain.getPort(), true)) {
      socket.setEnabledProtocols(new String[] {version});
      socket.startHandshake();
      return socket.getSession().getProtocol();
    }
  }

  @Test
  void connectionsThatSayNothingAreClosedAndHoldNobodyUp() throws Exception {
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        Socket socket = connected();
        silent.add(socket);
        if (i % 2 == 0) { // the beginning of a record of TLS
          socket.getOutputStream().write(new byte[] {0x16, 3, 1, 0, 80, 1});
        }
      }
      assertThat(answer(rightful())).isEqualTo("HTTP/1.1 200");
      assertThat(agent.http().get("/v1/status/leader").status()).isEqualTo(200);
      for (Socket socket : silent) {
        allOf(socket); // fails when nobody closes it
      }
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  /** The wait is longer than the time for a handshake. */
  @Test
  void aConnectionThatRestsIsNoHandshake() throws Exception {
    agent.mustPut("waited-for", "x");
    try (Socket plain = connected();
        SSLSocket resting =
            (SSLSocket)
                rightful()
                    .getSocketFactory()
                    .createSocket(plain, agent.address(), plain.getPort(), true)) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(resting.getInputStream(), StandardCharsets.US_ASCII));
      for (int i = 0; i < 2; i++) {
        resting.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
        assertThat(in.readLine()).isEqualTo("HTTP/1.1 200 OK");
        int length = 0;
        for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
          if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
            length = Integer.parseInt(line.substring(16));
          }
        }
        assertThat(length).isPositive();
        assertThat(in.skip(length)).isEqualTo(length);
        long index =
            agent
                .http()
                .get("/v1/kv/waited-for")
                .raw()
                .headers()
                .firstValueAsLong("X-Consul-Index")
                .orElseThrow();
        assertThat(get(rightful(), "/v1/kv/waited-for?raw&wait=4s&index=" + index))
            .isEqualTo("200 x");
      }
    }
  }

  @Test
  void aReloadTakesOtherCertificatesIntoUse() throws Exception {
    mustRun("tls", "ca", "create", "-domain=next");
    mustRun(
        "tls",
        "cert",
        "create",
        "-server",
        "-domain=next",
        "-additional-ipaddress=" + agent.address());
    mustRun("tls", "cert", "create", "-cli", "-domain=next");
    SSLContext next = client("next-agent-ca.pem", "dc1-cli-next-0");
    assertThat(answer(next)).startsWith("ended: ");

    use("next-agent-ca.pem", "dc1-server-next-0");
    assertThat(answer(rightful())).as("before the reload").isEqualTo("HTTP/1.1 200");
    reload(0);

    assertThat(answer(next)).isEqualTo("HTTP/1.1 200");
    assertThat(answer(rightful())).startsWith("ended: ");
    Files.writeString(inUse("own-key.pem"), "no key");
    assertThat(reload(1)).contains("Error loading key from " + inUse("own-key.pem"));
    assertThat(answer(next)).as("nothing has changed").isEqualTo("HTTP/1.1 200");
    copy("dc1-server-consul-0-key.pem", "own-key.pem");
    assertThat(reload(1)).contains("COM1142");

    use("consul-agent-ca.pem", "dc1-server-consul-0");
    reload(0);
    assertThat(answer(rightful())).isEqualTo("HTTP/1.1 200");
    assertThatThrownBy(() -> get(next, "/v1/status/leader")).isInstanceOf(IOException.class);
  }

  private static String reload(int code) {
    CommandLine.Result result = CommandLine.at(agent, "reload");
    assertThat(result.exitCode()).as(result.toString()).isEqualTo(code);
    return result.all();
  }
}
