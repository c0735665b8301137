package org.comitia.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** An authority made by the JDK's keytool when the test runs, and certificates of it. */
final class KeytoolAuthority {
  private static final String PASSWORD = "changeit";

  private final Path folder;
  private final Path keys;

  /**
   * @param folder of its files; made
   */
  KeytoolAuthority(Path folder, String name) throws Exception {
    this.folder = Files.createDirectories(folder.resolve(name));
    this.keys = this.folder.resolve("keys.p12");
    generate("ca", "-ext", "bc:critical=ca:true");
    write("ca.pem", "CERTIFICATE", store().getCertificate("ca").getEncoded());
  }

  /**
   * A configuration file of an agent with a certificate of this name, as Consul's users write it.
   *
   * @param dnsName what the certificate is for
   */
  Path configuration(String agent, String dnsName) throws Exception {
    generate(
        agent, "-signer", "ca", "-ext", "san=dns:" + dnsName, "-ext", "eku=serverAuth,clientAuth");
    KeyStore store = store();
    write(agent + ".pem", "CERTIFICATE", store.getCertificate(agent).getEncoded());
    write(
        agent + "-key.pem",
        "PRIVATE KEY",
        store.getKey(agent, PASSWORD.toCharArray()).getEncoded());
    String json =
        """
        {"ca_file": "%1$s/ca.pem", "cert_file": "%1$s/%2$s.pem", "key_file": "%1$s/%2$s-key.pem",
         "verify_incoming": true, "verify_outgoing": true, "verify_server_hostname": true}
        """;
    return Files.writeString(folder.resolve(agent + ".json"), json.formatted(folder, agent));
  }

  private void generate(String alias, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-dname", "CN=" + alias));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "60"));
    command.addAll(List.of("-storetype", "PKCS12", "-keystore", keys.toString()));
    command.addAll(List.of("-storepass", PASSWORD));
    command.addAll(Arrays.asList(more));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes());
    if (keytool.waitFor() != 0) {
      throw new IOException(said);
    }
  }

  private KeyStore store() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private void write(String file, String type, byte[] der) throws IOException {
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    String text = lines.encodeToString(der);
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
  }
}
