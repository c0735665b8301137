package org.comitia.cli.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code comitia tls ca create}: a new certificate authority, in two files. */
@Command(
    name = "create",
    description = {
      "Makes a new certificate authority.",
      "Its certificate and its key are written into this folder, as consul-agent-ca.pem and consul-agent-ca-key.pem: agents need the first one. Whoever has the"
          + " second one can be any server of the cluster: no agent needs it, so keep it elsewhere."
    },
    footer = {"comitia tls ca create", "comitia tls ca create -days=3650 -domain=example.org"})
public final class CaCreateCommand extends CreateCommand {
  private static final int RANDOM_BITS = 128;

  @Option(
      names = {"-additional-name-constraint", "--additional-name-constraint"},
      paramLabel = "DOMAIN",
      description =
          "With -name-constraint: certificates may have names of this domain too; may be given several times.")
  private List<String> additional = new ArrayList<>();

  @Option(
      names = {"-cluster-id", "--cluster-id"},
      paramLabel = "ID",
      description =
          "The cluster's ID: it and the domain become the authority's URI, spiffe://ID.DOMAIN.")
  private String clusterId = "";

  @Option(
      names = {"-common-name", "--common-name"},
      paramLabel = "NAME",
      description = "The authority's name. Default: Comitia Agent CA and a number.")
  private String commonName = "";

  @Option(
      names = {"-days", "--days"},
      paramLabel = "DAYS",
      description = "How long it is valid. Default: 1825, five years.")
  private int days = 1825;

  @Option(
      names = {"-domain", "--domain"},
      paramLabel = "DOMAIN",
      description = "The cluster's domain: the files' names begin with it. Default: consul.")
  private String domain = "consul";

  @Option(
      names = {"-name-constraint", "--name-constraint"},
      description =
          "Certificates of it may have names of -domain and localhost only. What the API is called by others has to be added then, and cannot be later.")
  private boolean constrained;

  @Override
  void create() throws IOException {
    checkDays(days);
    Extensions.checked(domain);
    String certificateFile = domain + "-agent-ca.pem";
    String keyFile = domain + "-agent-ca-key.pem";
    for (String file : List.of(certificateFile, keyFile)) {
      if (exists(file)) {
        throw new IOException(file + " already exists.");
      }
    }
    String name =
        commonName.isEmpty()
            ? "Comitia Agent CA " + new BigInteger(RANDOM_BITS, new SecureRandom())
            : commonName;
    save(KeyTool.make(commonName(name), days, extensions(), null), certificateFile, keyFile);
  }

  private Extensions extensions() throws IOException {
    Extensions extensions =
        new Extensions()
            .and("BasicConstraints:critical=ca:true")
            .and("KeyUsage:critical=digitalSignature,keyCertSign,cRLSign");
    if (!clusterId.isEmpty()) {
      String host = (clusterId + "." + domain).toLowerCase(Locale.ROOT);
      Extensions.checked(host);
      extensions.uri("spiffe://" + host);
    }
    if (constrained) {
      List<String> domains = new ArrayList<>(additional);
      domains.addAll(List.of(domain, "localhost"));
      extensions.onlyBelow(domains);
    }
    return extensions;
  }
}
