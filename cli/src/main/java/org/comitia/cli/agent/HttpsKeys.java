package org.comitia.cli.agent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;
import org.comitia.config.Settings;
import org.comitia.config.TlsSettings;
import org.comitia.encryption.Certificates;
import org.comitia.encryption.PemFiles;
import org.comitia.files.DurableFiles;

/**
 * The certificates of the HTTPS API as Liberty reads them, which takes no PEM: key stores in the
 * agent's data directory, made anew at each start and reload. Their password is this process's
 * alone and on no disk.
 */
final class HttpsKeys {
  /** The name of the variable of server.xml with the key stores' password. */
  static final String PASSWORD = "comitia.https.key-store-password";

  private static final String TYPE = "PKCS12";
  private static final String CHANGED_FILES =
      "WebSphere:service=com.ibm.ws.kernel.filemonitor.FileNotificationMBean";

  private final Path folder;
  private final String password;

  /** What {@link #write} is to put into the two files. */
  record Stores(byte[] own, byte[] believed) {}

  /**
   * @param folder where the key stores go; made when missing
   */
  HttpsKeys(Path folder) {
    this.folder = folder;
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    this.password = HexFormat.of().formatHex(random);
  }

  String password() {
    return password;
  }

  /** The certificate that the API shows, and its key. */
  Path own() {
    return folder.resolve("own.p12");
  }

  /** The authorities of its clients. */
  Path believed() {
    return folder.resolve("believed.p12");
  }

  /**
   * Looks at the settings of HTTPS and at the files that they name; without HTTPS at nothing.
   *
   * @throws AgentException saying what is missing, or which file cannot be used
   */
  static void check(Settings settings) throws AgentException {
    if (settings.httpsPort() < 0) {
      return;
    }
    TlsSettings tls = settings.httpsTls();
    if (tls.certFile().isEmpty() || tls.keyFile().isEmpty()) {
      throw new AgentException(
          "COM1140: ports.https needs tls.https.cert_file and key_file (or those of tls.defaults)");
    } else if (tls.verifyIncoming() && !tls.hasAuthorities()) {
      throw new AgentException(
          "VerifyIncoming set, and no CA certificate provided! Give tls.https.ca_file or ca_path,"
              + " or those of tls.defaults");
    }
    new HttpsKeys(Path.of("")).read(tls);
  }

  /**
   * Reads the PEM files that the settings name.
   *
   * @throws AgentException naming the one that cannot be used
   */
  Stores read(TlsSettings tls) throws AgentException {
    try {
      List<X509Certificate> chain = PemFiles.certificates(tls.certFile().orElseThrow());
      PrivateKey key = PemFiles.privateKey(tls.keyFile().orElseThrow());
      if (!Certificates.belongTogether(chain.get(0).getPublicKey(), key)) {
        throw new AgentException(
            "COM1142: the key in %s is not that of the certificate in %s"
                .formatted(tls.keyFile().get(), tls.certFile().get()));
      }
      KeyStore own = empty();
      own.setKeyEntry("own", key, password.toCharArray(), chain.toArray(Certificate[]::new));
      KeyStore believed = empty();
      if (tls.verifyIncoming()) {
        for (X509Certificate one : authorities(tls)) {
          believed.setCertificateEntry("ca-" + believed.size(), one);
        }
      }
      return new Stores(bytes(own), bytes(believed));
    } catch (IOException e) {
      throw new AgentException("COM1141: HTTPS: " + e.getMessage());
    } catch (GeneralSecurityException e) {
      throw new AgentException("COM1141: HTTPS: its certificate or key cannot be used: " + e);
    }
  }

  private static List<X509Certificate> authorities(TlsSettings tls) throws IOException {
    if (tls.caFile().isPresent()) {
      return PemFiles.certificates(tls.caFile().get());
    }
    Path folder = tls.caPath().orElseThrow();
    List<X509Certificate> all = PemFiles.certificatesIn(folder);
    if (all.isEmpty()) {
      throw new IOException("Error loading CA path " + folder + ": it holds no certificate");
    }
    return all;
  }

  /** Writes them, each whole or not at all. */
  void write(Stores stores) throws AgentException {
    try {
      DurableFiles.createDirectories(folder);
      DurableFiles.writeUnsynced(own(), stores.own());
      DurableFiles.writeUnsynced(believed(), stores.believed());
    } catch (IOException e) {
      throw new AgentException(
          "COM1143: cannot write the key stores of HTTPS in " + folder + ": " + e.getMessage());
    }
  }

  /**
   * Has the running server read them again: connections that come from now on see the new ones.
   *
   * @throws AgentException when it could not be told
   */
  void tellServer() throws AgentException {
    List<String> files = List.of(own().toString(), believed().toString());
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName(CHANGED_FILES),
              "notifyFileChanges",
              new Object[] {List.of(), files, List.of()},
              new String[] {
                "java.util.Collection", "java.util.Collection", "java.util.Collection"
              });
    } catch (JMException e) {
      throw new AgentException(
          "COM1144: the server did not take the new certificates of HTTPS; the old ones are in use: "
              + e);
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(TYPE);
    store.load(null, null);
    return store;
  }

  private byte[] bytes(KeyStore store) throws GeneralSecurityException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.store(out, password.toCharArray());
    return out.toByteArray();
  }
}
