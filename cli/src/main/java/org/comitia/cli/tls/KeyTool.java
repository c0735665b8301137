package org.comitia.cli.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.comitia.files.OwnerOnly;

/**
 * Makes key pairs and their certificates by the {@code keytool} of this JDK, which has what Java
 * has no public class for. It runs as a process of its own, in a folder that is this user's alone
 * and gone afterwards; keys are in an encrypted store there, whose password goes by the
 * environment.
 */
final class KeyTool {
  /**
   * A certificate, and the private key to it.
   *
   * @param key whose text says nothing of it
   */
  record Pair(X509Certificate certificate, PrivateKey key) {}

  private static final String ISSUER = "issuer";
  private static final String MADE = "made";
  private static final String STORE_TYPE = "PKCS12";
  private static final String PASSWORD = "COMITIA_STORE_PASSWORD";
  private static final int LIMIT_SECONDS = 60;

  private KeyTool() {}

  /**
   * Makes a new key on the curve P-256, and a certificate of it that is valid from now on.
   *
   * @param subject whom it names, as RFC 2253 writes it
   * @param issuer who signs; null: the new key itself
   * @throws IOException saying what keytool does not like
   */
  static Pair make(String subject, int days, Extensions extensions, Pair issuer)
      throws IOException {
    Path folder = Files.createTempDirectory("comitia-tls", OwnerOnly.DIRECTORY);
    Path file = folder.resolve("keys.p12");
    try {
      byte[] random = new byte[16];
      new SecureRandom().nextBytes(random);
      String password = HexFormat.of().formatHex(random);
      List<String> command = command(subject, days, extensions, file);
      if (issuer != null) {
        keep(issuer, file, password);
        command.addAll(List.of("-signer", ISSUER));
      }
      run(command, password);
      return made(file, password);
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate cannot be made: " + e, e);
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  private static List<String> command(String subject, int days, Extensions extensions, Path store) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", MADE, "-dname", subject));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
    command.addAll(List.of("-validity", Integer.toString(days)));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", STORE_TYPE));
    command.addAll(List.of("-storepass:env", PASSWORD));
    for (String extension : extensions.arguments()) {
      command.addAll(List.of("-ext", extension));
    }
    return command;
  }

  private static void keep(Pair issuer, Path file, String password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(STORE_TYPE);
    store.load(null, null);
    Certificate[] chain = {issuer.certificate()};
    store.setKeyEntry(ISSUER, issuer.key(), password.toCharArray(), chain);
    try (OutputStream out = Files.newOutputStream(Files.createFile(file, OwnerOnly.FILE))) {
      store.store(out, password.toCharArray());
    }
  }

  private static void run(List<String> command, String password) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(PASSWORD, password);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new IOException(
          "the JDK's keytool cannot be started, which makes the certificate: " + e.getMessage(), e);
    }
    try {
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException("keytool made no certificate: " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Pair made(Path file, String password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(STORE_TYPE);
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password.toCharArray());
    }
    PrivateKey key = (PrivateKey) store.getKey(MADE, password.toCharArray());
    return new Pair((X509Certificate) store.getCertificate(MADE), key);
  }
}
