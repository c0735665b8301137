package org.comitia.encryption;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * An agent's certificates, from PEM files: whom it believes, and what it shows. Read again while it
 * runs; files that cannot be used then change nothing. Safe for any thread.
 */
public final class Certificates {
  /**
   * Where they lie.
   *
   * @param caFile certificates of authorities; null when {@code caPath} is given
   * @param caPath a folder of such files; null when {@code caFile} is given
   * @param certFile this agent's certificate and those between it and an authority; null: it shows
   *     none
   * @param keyFile its private key; null when there is none
   */
  public record Sources(Path caFile, Path caPath, Path certFile, Path keyFile) {}

  /**
   * What they hold.
   *
   * @param shown null: none
   * @param trusted the JDK's PKIX checks
   * @param own this agent's certificate; null: none
   */
  record Material(KeyManager[] shown, X509ExtendedTrustManager trusted, X509Certificate own) {}

  private final Sources sources;
  private volatile Material material;

  /** What the files looked like when they were last read, with success or without. */
  private List<Object> seen;

  private Certificates(Sources sources) {
    this.sources = sources;
  }

  /**
   * @throws IOException naming the file that cannot be used, and why
   */
  public static Certificates load(Sources sources) throws IOException {
    Certificates certificates = new Certificates(sources);
    certificates.reload();
    return certificates;
  }

  /**
   * Reads all files again.
   *
   * @throws IOException when one of them cannot be used; what was read before stays in force
   */
  public synchronized void reload() throws IOException {
    seen = stamps(); // before: what changes while it is read is read again
    material = read();
  }

  /**
   * The same if a file looks changed since it was last read; cheap else.
   *
   * @return whether new certificates are in force
   * @throws IOException as {@link #reload}, once for each change
   */
  public synchronized boolean reloadIfChanged() throws IOException {
    if (stamps().equals(seen)) {
      return false;
    }
    reload();
    return true;
  }

  Material current() {
    return material;
  }

  /** When this agent's certificate ends; empty when it shows none. */
  public Optional<Instant> end() {
    return Optional.ofNullable(material.own()).map(own -> own.getNotAfter().toInstant());
  }

  private List<Path> authorities() throws IOException {
    return sources.caFile() == null
        ? PemFiles.filesOf(sources.caPath())
        : List.of(sources.caFile());
  }

  private List<Object> stamps() {
    List<Object> stamps = new ArrayList<>();
    try {
      List<Path> files = new ArrayList<>(authorities());
      if (sources.certFile() != null) {
        files.add(sources.certFile());
        files.add(sources.keyFile());
      }
      for (Path file : files) {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add(file);
        stamps.add(now.lastModifiedTime());
        stamps.add(now.size());
        stamps.add(String.valueOf(now.fileKey()));
      }
    } catch (IOException e) {
      stamps.add(e.toString()); // reading it says so to whoever asked
    }
    return stamps;
  }

  private Material read() throws IOException {
    try {
      KeyStore believed = emptyStore();
      for (Path file : authorities()) {
        for (X509Certificate authority : PemFiles.certificates(file)) {
          believed.setCertificateEntry("ca-" + believed.size(), authority);
        }
      }
      if (believed.size() == 0) {
        throw new IOException("Error loading CA path " + sources.caPath() + ": it holds none");
      }
      return sources.certFile() == null
          ? new Material(null, trusted(believed), null)
          : readOwn(trusted(believed));
    } catch (GeneralSecurityException e) {
      throw new IOException("these certificates cannot be used: " + e.getMessage(), e);
    }
  }

  private Material readOwn(X509ExtendedTrustManager trusted)
      throws IOException, GeneralSecurityException {
    List<X509Certificate> chain = PemFiles.certificates(sources.certFile());
    PrivateKey key = PemFiles.privateKey(sources.keyFile());
    X509Certificate own = chain.get(0);
    if (!belongTogether(own.getPublicKey(), key)) {
      throw new IOException(
          "the key in "
              + sources.keyFile()
              + " is not that of the certificate in "
              + sources.certFile());
    }
    KeyStore store = emptyStore();
    store.setKeyEntry("own", key, new char[0], chain.toArray(X509Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, new char[0]);
    return new Material(factory.getKeyManagers(), trusted, own);
  }

  /** Whether the private key is that of the public one. */
  public static boolean belongTogether(PublicKey shown, PrivateKey key) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "Ed25519";
        };
    byte[] text = new byte[32];
    new SecureRandom().nextBytes(text);
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(shown);
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false; // of another kind
    }
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  private static X509ExtendedTrustManager trusted(KeyStore believed)
      throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(believed);
    for (TrustManager one : factory.getTrustManagers()) {
      if (one instanceof X509ExtendedTrustManager checks) {
        return checks;
      }
    }
    throw new GeneralSecurityException("this JDK has no PKIX checks of certificates");
  }
}
