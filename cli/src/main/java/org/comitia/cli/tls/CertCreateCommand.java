package org.comitia.cli.tls;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.comitia.encryption.PemFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia tls cert create}: a certificate of the authority in this folder. */
@Command(
    name = "create",
    description = {
      "Makes a certificate of an authority.",
      "The authority is that of `comitia tls ca create`, or of Consul's command of that name. The certificate and its key are written into this folder, numbered, as"
          + " dc1-server-consul-0.pem and dc1-server-consul-0-key.pem."
    },
    footer = {
      "comitia tls cert create -server",
      "comitia tls cert create -server -node=n1 -additional-ipaddress=10.0.0.1",
      "comitia tls cert create -client",
      "comitia tls cert create -cli"
    })
public final class CertCreateCommand extends CreateCommand {
  private static final String DOMAIN = "#DOMAIN#";
  private static final int MAX_FILES = 10_000;

  private static final String WARNING =
      """
      ==> WARNING: Server Certificates grants authority to become a
          server and access all state in the cluster including root keys
          and all ACL tokens. Do not distribute them to production hosts
          that are not server nodes. Store them as securely as CA keys.""";

  @Option(
      names = {"-additional-dnsname", "--additional-dnsname"},
      paramLabel = "NAME",
      description =
          "Another name in the certificate, beside localhost; may be given several times.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = {"-additional-ipaddress", "--additional-ipaddress"},
      paramLabel = "ADDR",
      description =
          "Another address in the certificate, beside 127.0.0.1; may be given several times.")
  private List<String> addresses = new ArrayList<>();

  @Option(
      names = {"-ca", "--ca"},
      paramLabel = "FILE",
      description = "The authority's certificate. Default: #DOMAIN#-agent-ca.pem.")
  private String caFile = DOMAIN + "-agent-ca.pem";

  @Option(
      names = {"-cli", "--cli"},
      description = "For the command: to be shown to an API that asks for a certificate.")
  private boolean cli;

  @Option(
      names = {"-client", "--client"},
      description = "For a client agent.")
  private boolean client;

  @Option(
      names = {"-days", "--days"},
      paramLabel = "DAYS",
      description = "How long it is valid. Default: 365.")
  private int days = 365;

  @Option(
      names = {"-dc", "--dc"},
      paramLabel = "DC",
      description = "The datacenter, which is part of the name. Default: dc1.")
  private String datacenter = "dc1";

  @Option(
      names = {"-domain", "--domain"},
      paramLabel = "DOMAIN",
      description = "The cluster's domain, which is part of the name. Default: consul.")
  private String domain = "consul";

  @Option(
      names = {"-key", "--key"},
      paramLabel = "FILE",
      description = "The authority's key. Default: #DOMAIN#-agent-ca-key.pem.")
  private String caKeyFile = DOMAIN + "-agent-ca-key.pem";

  @Option(
      names = {"-node", "--node"},
      paramLabel = "NODE",
      description = "With -server: NODE.server.DC.DOMAIN is a name in the certificate, too.")
  private String node = "";

  @Option(
      names = {"-server", "--server"},
      description = "For a server.")
  private boolean server;

  @Override
  void create() throws IOException {
    refuseContradictions();
    String kind = server ? "server" : client ? "client" : "cli";
    String name = kind + "." + datacenter + "." + domain;
    Extensions extensions = extensions(name);
    String prefix = datacenter + "-" + kind + "-" + domain + "-";
    String file = freeFile(prefix);
    KeyTool.Pair authority = authority();
    KeyTool.Pair made = KeyTool.make(commonName(name), days, extensions, authority);
    IssuedCertificate.check(made.certificate(), authority.certificate());
    save(made, file + ".pem", file + "-key.pem");
  }

  private void refuseContradictions() throws IOException {
    if (caFile.isEmpty()) {
      throw new IOException("Please provide the ca");
    } else if (caKeyFile.isEmpty()) {
      throw new IOException("Please provide the key");
    } else if (Stream.of(server, client, cli).filter(given -> given).count() != 1) {
      throw new IOException("Please provide either -server, -client, or -cli");
    } else if (!node.isEmpty() && !server) {
      throw new IOException("-node requires -server");
    }
    checkDays(days);
  }

  private Extensions extensions(String name) throws IOException {
    Extensions extensions =
        new Extensions()
            .and("BasicConstraints:critical=ca:false")
            .and("KeyUsage:critical=digitalSignature,keyEncipherment");
    if (!cli) {
      extensions.and("ExtendedKeyUsage=serverAuth,clientAuth");
    }
    for (String one : names) {
      extensions.dnsName(one.strip());
    }
    if (!node.isEmpty()) {
      extensions.dnsName(node + "." + name);
    }
    extensions.dnsName(name).dnsName("localhost");
    for (String one : addresses) {
      extensions.ipAddress(Extensions.literal(one.strip()));
    }
    return cli ? extensions : extensions.ipAddress(Extensions.literal("127.0.0.1"));
  }

  /** The first number that no file has. */
  private static String freeFile(String prefix) throws IOException {
    for (int i = 0; i <= MAX_FILES; i++) {
      if (!exists(prefix + i + ".pem") && !exists(prefix + i + "-key.pem")) {
        return prefix + i;
      }
    }
    throw new IOException("Could not find a filename that doesn't already exist");
  }

  private KeyTool.Pair authority() throws IOException {
    String ca = caFile.replace(DOMAIN, domain);
    String key = caKeyFile.replace(DOMAIN, domain);
    X509Certificate certificate;
    try {
      certificate = PemFiles.certificates(Path.of(ca)).get(0);
    } catch (IOException | InvalidPathException e) {
      throw unreadable("Error reading CA: ", ca, e);
    }
    PrivateKey privateKey;
    try {
      privateKey = PemFiles.privateKey(Path.of(key));
    } catch (IOException | InvalidPathException e) {
      throw unreadable("Error reading CA key: ", key, e);
    }
    if (server) {
      print(WARNING);
    }
    print("==> Using " + ca + " and " + key);
    return new KeyTool.Pair(certificate, privateKey);
  }

  private static IOException unreadable(String what, String file, Exception failure) {
    return failure.getCause() instanceof NoSuchFileException
        ? new IOException(what + "open " + file + ": no such file or directory", failure)
        : new IOException(what + failure.getMessage(), failure);
  }
}
