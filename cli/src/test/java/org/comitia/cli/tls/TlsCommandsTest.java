package org.comitia.cli.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.comitia.cli.Comitia;
import org.comitia.cli.CommandRun;
import org.comitia.encryption.Der;
import org.comitia.encryption.PemFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as processes of their own, since they write into the folder they are started in. */
class TlsCommandsTest {
  private static final String SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";
  private static final int DNS_NAME = 2;
  private static final int URI = 6;
  private static final int IP_ADDRESS = 7;

  @TempDir private Path folder;

  private record Ran(int code, String out, String err) {}

  private Ran run(String command) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), Comitia.class.getName()));
    words.addAll(List.of(command.split(" ")));
    Path out = Files.createTempFile("tls", ".out");
    Path err = Files.createTempFile("tls", ".err");
    Process process =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    Ran ran = new Ran(process.waitFor(), Files.readString(out), Files.readString(err));
    Files.delete(out);
    Files.delete(err);
    return ran;
  }

  private void mustRun(String command) throws Exception {
    Ran ran = run(command);
    assertThat(ran.code()).as(command + ": " + ran.err()).isZero();
  }

  private X509Certificate certificate(String file) throws Exception {
    return PemFiles.certificates(folder.resolve(file)).get(0);
  }

  private PrivateKey key(String file) throws Exception {
    return PemFiles.privateKey(folder.resolve(file));
  }

  private List<String> files() throws Exception {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<String> names(X509Certificate certificate, int kind) throws Exception {
    Collection<List<?>> all = certificate.getSubjectAlternativeNames();
    return all == null
        ? List.of()
        : all.stream().filter(one -> one.get(0).equals(kind)).map(one -> "" + one.get(1)).toList();
  }

  private static boolean lasts(X509Certificate certificate, int days) {
    Duration left = Duration.between(Instant.now(), certificate.getNotAfter().toInstant());
    return left.minusDays(days).abs().compareTo(Duration.ofHours(1)) < 0;
  }

  private static void validate(X509Certificate certificate, X509Certificate authority)
      throws Exception {
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
    parameters.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX")
        .validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)),
            parameters);
  }

  @Test
  void anAuthorityIsWrittenAsConsulWouldWriteIt() throws Exception {
    Ran ran = run("tls ca create");

    assertThat(ran)
        .isEqualTo(
            new Ran(0, "==> Saved consul-agent-ca.pem\n==> Saved consul-agent-ca-key.pem\n", ""));
    assertThat(files()).containsExactly("consul-agent-ca-key.pem", "consul-agent-ca.pem");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("consul-agent-ca-key.pem"))))
        .isEqualTo("rw-------");
    assertThat(Files.readString(folder.resolve("consul-agent-ca-key.pem")))
        .startsWith("-----BEGIN PRIVATE KEY-----\n");
    X509Certificate authority = certificate("consul-agent-ca.pem");
    assertThat(authority.getBasicConstraints()).isEqualTo(Integer.MAX_VALUE);
    assertThat(authority.getCriticalExtensionOIDs()).containsOnly("2.5.29.19", "2.5.29.15");
    assertThat(used(authority)).containsExactly(0, 5, 6);
    assertThat(authority.getSubjectX500Principal().getName()).startsWith("CN=Comitia Agent CA ");
    assertThat(authority.getSubjectX500Principal()).isEqualTo(authority.getIssuerX500Principal());
    assertThat(lasts(authority, 1825)).isTrue();
    authority.verify(authority.getPublicKey());
    ECPrivateKey key = (ECPrivateKey) key("consul-agent-ca-key.pem");
    assertThat(key.getParams().getOrder().bitLength()).isEqualTo(256);
  }

  private static List<Integer> used(X509Certificate certificate) {
    List<Integer> bits = new ArrayList<>();
    boolean[] usage = certificate.getKeyUsage();
    for (int i = 0; i < usage.length; i++) {
      if (usage[i]) {
        bits.add(i);
      }
    }
    return bits;
  }

  @Test
  void anAuthorityHasTheOptionsOfConsuls() throws Exception {
    mustRun(
        "tls ca create -domain=foo -days=30 -cluster-id=C1 -common-name=Ours,more"
            + " -name-constraint=true -additional-name-constraint=bar.example");

    X509Certificate authority = certificate("foo-agent-ca.pem");
    assertThat(authority.getSubjectX500Principal().getName()).isEqualTo("CN=Ours\\,more");
    assertThat(lasts(authority, 30)).isTrue();
    assertThat(names(authority, URI)).containsExactly("spiffe://c1.foo");
    assertThat(authority.getCriticalExtensionOIDs()).contains("2.5.29.30");
    byte[] expected =
        Der.of(
            Der.OCTET_STRING,
            Der.of(
                Der.SEQUENCE,
                Der.of(0xa0, permitted("bar.example"), permitted("foo"), permitted("localhost"))));
    assertThat(HexFormat.of().formatHex(authority.getExtensionValue("2.5.29.30")))
        .isEqualTo(HexFormat.of().formatHex(expected));
  }

  private static byte[] permitted(String domain) {
    return Der.of(Der.SEQUENCE, Der.of(0x82, domain.getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void nothingIsOverwritten() throws Exception {
    mustRun("tls ca create");
    mustRun("tls cert create -client");
    String before = Files.readString(folder.resolve("consul-agent-ca.pem"));

    Ran again = run("tls ca create");

    assertThat(again).isEqualTo(new Ran(1, "", "consul-agent-ca.pem already exists.\n"));
    assertThat(Files.readString(folder.resolve("consul-agent-ca.pem"))).isEqualTo(before);
    Files.delete(folder.resolve("consul-agent-ca.pem"));
    assertThat(run("tls ca create").err()).isEqualTo("consul-agent-ca-key.pem already exists.\n");
    Files.writeString(folder.resolve("consul-agent-ca.pem"), before);
    Files.delete(folder.resolve("dc1-client-consul-0.pem"));
    mustRun("tls cert create -client");
    assertThat(files())
        .containsExactly(
            "consul-agent-ca-key.pem",
            "consul-agent-ca.pem",
            "dc1-client-consul-0-key.pem",
            "dc1-client-consul-1-key.pem",
            "dc1-client-consul-1.pem");
  }

  @Test
  void eachKindOfCertificateHasItsNamesAndUses() throws Exception {
    mustRun("tls ca create");
    X509Certificate authority = certificate("consul-agent-ca.pem");

    Ran server =
        run(
            "tls cert create -server -dc=my_dc -node=n1 -additional-dnsname=*.example.org"
                + " -additional-ipaddress=10.0.0.1 -additional-ipaddress=::1 -days=2");

    assertThat(server.code()).as(server.err()).isZero();
    assertThat(server.out())
        .startsWith("==> WARNING: Server Certificates grants authority to become a\n    server")
        .endsWith(
            "Store them as securely as CA keys.\n"
                + "==> Using consul-agent-ca.pem and consul-agent-ca-key.pem\n"
                + "==> Saved my_dc-server-consul-0.pem\n"
                + "==> Saved my_dc-server-consul-0-key.pem\n");
    X509Certificate made = certificate("my_dc-server-consul-0.pem");
    validate(made, authority);
    assertThat(made.getSubjectX500Principal().getName()).isEqualTo("CN=server.my_dc.consul");
    assertThat(names(made, DNS_NAME))
        .containsExactly(
            "*.example.org", "n1.server.my_dc.consul", "server.my_dc.consul", "localhost");
    assertThat(names(made, IP_ADDRESS)).containsExactly("10.0.0.1", "0:0:0:0:0:0:0:1", "127.0.0.1");
    assertThat(made.getExtendedKeyUsage())
        .containsExactlyInAnyOrder(SERVER_AUTHENTICATION, CLIENT_AUTHENTICATION);
    assertThat(made.getBasicConstraints()).isEqualTo(-1);
    assertThat(used(made)).containsExactly(0, 2);
    assertThat(lasts(made, 2)).isTrue();

    mustRun("tls cert create -client");
    X509Certificate client = certificate("dc1-client-consul-0.pem");
    validate(client, authority);
    assertThat(names(client, DNS_NAME)).containsExactly("client.dc1.consul", "localhost");
    assertThat(names(client, IP_ADDRESS)).containsExactly("127.0.0.1");
    assertThat(client.getExtendedKeyUsage()).contains(CLIENT_AUTHENTICATION);
    assertThat(client.getSerialNumber()).isNotEqualTo(made.getSerialNumber());

    mustRun("tls cert create -cli -days=365");
    X509Certificate cli = certificate("dc1-cli-consul-0.pem");
    validate(cli, authority);
    assertThat(names(cli, DNS_NAME)).containsExactly("cli.dc1.consul", "localhost");
    assertThat(names(cli, IP_ADDRESS)).isEmpty();
    assertThat(cli.getExtendedKeyUsage()).isNull();
    assertThat(lasts(cli, 365)).isTrue();
  }

  /** Consul's command writes its keys in that form. */
  @Test
  void anAuthorityWhoseKeyConsulWroteWillDo() throws Exception {
    mustRun("tls ca create");
    byte[] pkcs8 = key("consul-agent-ca-key.pem").getEncoded();
    ECPrivateKey key = (ECPrivateKey) key("consul-agent-ca-key.pem");
    byte[] number = new byte[32];
    byte[] bytes = key.getS().toByteArray();
    int kept = Math.min(32, bytes.length);
    System.arraycopy(bytes, bytes.length - kept, number, 32 - kept, kept);
    byte[] version = {2, 1, 1};
    byte[] curve = HexFormat.of().parseHex("06082a8648ce3d030107");
    byte[] sec1 =
        Der.of(Der.SEQUENCE, version, Der.of(Der.OCTET_STRING, number), Der.of(0xa0, curve));
    assertThat(pkcs8).as("another form").isNotEqualTo(sec1);
    Files.writeString(folder.resolve("theirs.pem"), PemFiles.block("EC PRIVATE KEY", sec1));

    mustRun("tls cert create -client -key=theirs.pem -ca=#DOMAIN#-agent-ca.pem");

    validate(certificate("dc1-client-consul-0.pem"), certificate("consul-agent-ca.pem"));
  }

  @Test
  void mistakesAreSaid() {
    List<List<String>> mistakes =
        List.of(
            List.of("", "Please provide either -server, -client, or -cli"),
            List.of(" -server -client", "Please provide either -server, -client, or -cli"),
            List.of(" -ca= -key=", "Please provide the ca"),
            List.of(" -ca=x -key=", "Please provide the key"),
            List.of(" -cli -node=foo", "-node requires -server"),
            List.of(" -cli -days=0", "-days must be between 1 and 36525"),
            List.of(" -cli -dc=a/b", "\"cli.a/b.consul\" is not a DNS name"),
            List.of(" -client -additional-ipaddress=x", "\"x\" is not an IP address"),
            List.of(
                " -client -domain=none",
                "Error reading CA: open none-agent-ca.pem: no such file or directory"));
    for (List<String> mistake : mistakes) {
      CommandRun command = new CommandRun();
      assertThat(command.run(("tls cert create" + mistake.get(0)).split(" "))).isEqualTo(1);
      assertThat(command.err().strip()).isEqualTo(mistake.get(1));
    }
  }

  @Test
  void whatDoesNotGoTogetherLeavesNoFile() throws Exception {
    mustRun("tls ca create -domain=other -name-constraint");
    mustRun("tls ca create");
    List<String> before = files();
    assertThat(run("tls cert create -client -key=none.pem").err())
        .isEqualTo("Error reading CA key: open none.pem: no such file or directory\n");
    assertThat(run("tls cert create -client -key=other-agent-ca-key.pem").err())
        .startsWith("the CA, its key and the names asked for do not go together");
    assertThat(run("tls cert create -client -domain=other -additional-dnsname=a.example").err())
        .startsWith("the CA, its key and the names asked for do not go together");
    assertThat(files()).isEqualTo(before);
    mustRun("tls cert create -client -domain=other");
    assertThat(
            run("tls cert create -cli -ca=dc1-client-other-0.pem -key=dc1-client-other-0-key.pem")
                .err())
        .isEqualTo("the CA's certificate is not one of an authority (no CA:TRUE in it)\n");
  }

  @Test
  void aHandshakeBelievesThem() throws Exception {
    mustRun("tls ca create");
    mustRun("tls cert create -server");
    mustRun("tls cert create -cli");
    KeyTool.Pair stranger =
        KeyTool.make("CN=cli.dc1.consul", 1, new Extensions().dnsName("localhost"), null);

    SSLContext server = context("dc1-server-consul-0");
    assertThat(handshake(server, context("dc1-cli-consul-0"), "localhost")).isEqualTo("TLSv1.3");
    assertThat(handshake(server, context("dc1-cli-consul-0"), "server.dc1.consul"))
        .isEqualTo("TLSv1.3");
    assertThat(handshake(server, context("dc1-cli-consul-0"), "server.dc2.consul"))
        .contains("server.dc2.consul");
    assertThat(handshake(server, context(stranger.key(), stranger.certificate()), "localhost"))
        .contains("refused");
  }

  private SSLContext context(String pair) throws Exception {
    return context(key(pair + "-key.pem"), certificate(pair + ".pem"));
  }

  private SSLContext context(PrivateKey key, X509Certificate certificate) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("own", key, new char[0], new X509Certificate[] {certificate});
    store.setCertificateEntry("ca", certificate("consul-agent-ca.pem"));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    KeyStore believed = KeyStore.getInstance("PKCS12");
    believed.load(null, null);
    believed.setCertificateEntry("ca", certificate("consul-agent-ca.pem"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(believed);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  /** The protocol's version, or what went wrong: by whose words the server tells. */
  private static String handshake(SSLContext server, SSLContext client, String name)
      throws Exception {
    try (SSLServerSocket listening =
        (SSLServerSocket)
            server
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      listening.setNeedClientAuth(true);
      CompletableFuture<String> served =
          CompletableFuture.supplyAsync(
              () -> {
                try (SSLSocket accepted = (SSLSocket) listening.accept()) {
                  OutputStream out = accepted.getOutputStream();
                  out.write(accepted.getInputStream().read());
                  return "answered";
                } catch (Exception e) {
                  return "refused: " + e.getMessage();
                }
              });
      String seen;
      try (Socket plain = new Socket(listening.getInetAddress(), listening.getLocalPort());
          SSLSocket socket =
              (SSLSocket)
                  client.getSocketFactory().createSocket(plain, name, plain.getPort(), true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.getOutputStream().write(7);
        InputStream in = socket.getInputStream();
        seen = in.read() == 7 ? socket.getSession().getProtocol() : "no answer";
      } catch (SSLHandshakeException e) {
        seen = e.getMessage();
      } catch (java.io.IOException e) {
        seen = "refused: " + e.getMessage();
      }
      String told = served.get();
      return told.startsWith("refused") && !seen.contains(name) ? told : seen;
    }
  }
}
