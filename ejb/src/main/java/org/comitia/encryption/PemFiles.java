package org.comitia.encryption;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Certificates and private keys in PEM (RFC 7468), the form in which Consul's users have them. No
 * error text holds anything of a key.
 */
public final class PemFiles {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([^-]*)-----END \\1-----");

  /** The algorithm identifier of an RSA key: its object identifier, no parameters. */
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  /** The object identifier of a key on an elliptic curve; the curve's own follows it. */
  private static final byte[] ELLIPTIC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private PemFiles() {}

  /**
   * All certificates of a file, in its order: a chain has its end first.
   *
   * @return at least one
   * @throws IOException naming the file, and what is wrong with it
   */
  public static List<X509Certificate> certificates(Path file) throws IOException {
    List<X509Certificate> all = new ArrayList<>();
    try {
      for (Certificate one :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))) {
        all.add((X509Certificate) one);
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new IOException("Error loading certificates from " + file + ": " + e, e);
    }
    if (all.isEmpty()) {
      throw new IOException("Error loading certificates from " + file + ": it holds none");
    }
    return all;
  }

  /**
   * Those of all files of a folder, by the files' names.
   *
   * @return may be none
   * @throws IOException naming the folder or the file, and what is wrong with it
   */
  public static List<X509Certificate> certificatesIn(Path folder) throws IOException {
    List<X509Certificate> all = new ArrayList<>();
    for (Path file : filesOf(folder)) {
      all.addAll(certificates(file));
    }
    return all;
  }

  /**
   * The files of a folder of authorities, by their names.
   *
   * @throws IOException naming the folder, and what is wrong with it
   */
  static List<Path> filesOf(Path folder) throws IOException {
    try (Stream<Path> listed = Files.list(folder)) {
      return listed.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException | UncheckedIOException e) { // the latter from the midst of the list
      throw new IOException("Error loading CA path " + folder + ": " + e, e);
    }
  }

  /**
   * The first private key of a file: EC, RSA or Ed25519, as PKCS #8 or in the older forms of
   * OpenSSL (PKCS #1, SEC 1); not an encrypted one.
   *
   * @throws IOException naming the file, and what is wrong with it
   */
  public static PrivateKey privateKey(Path file) throws IOException {
    try {
      Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
      if (pem.find()) {
        PKCS8EncodedKeySpec key =
            new PKCS8EncodedKeySpec(
                pkcs8(pem.group(1), Base64.getMimeDecoder().decode(pem.group(2))));
        for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
          try {
            return KeyFactory.getInstance(algorithm).generatePrivate(key);
          } catch (InvalidKeySpecException e) {
            // of another kind
          }
        }
      }
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException("Error loading key from " + file + ": " + e, e);
    }
    throw new IOException(
        "Error loading key from " + file + ": it holds no unencrypted PEM key (EC, RSA, Ed25519)");
  }

  /**
   * One PEM block.
   *
   * @param type {@code CERTIFICATE} or {@code PRIVATE KEY}, of which the latter means PKCS #8
   */
  public static String block(String type, byte[] der) {
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    String text = lines.encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n";
  }

  /** The form that Java reads (PKCS #8, RFC 5208). */
  private static byte[] pkcs8(String type, byte[] key) {
    return switch (type) {
      case "RSA PRIVATE KEY" -> wrapped(RSA, key);
      case "EC PRIVATE KEY" -> wrapped(Der.of(Der.SEQUENCE, ELLIPTIC, curve(key)), key);
      default -> key;
    };
  }

  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    byte[] version = {2, 1, 0};
    return Der.of(Der.SEQUENCE, version, algorithm, Der.of(Der.OCTET_STRING, key));
  }

  /** The object identifier of the curve, which such a key carries (RFC 5915) after its number. */
  private static byte[] curve(byte[] key) {
    for (int at = 0; at + 4 < key.length; at++) {
      // [0] { OBJECT IDENTIFIER ... }, one inside the other to the last byte
      boolean parameters = (key[at] & 0xff) == 0xa0 && key[at + 2] == 0x06;
      if (parameters && key[at + 1] == key[at + 3] + 2 && at + 4 + key[at + 3] <= key.length) {
        return Arrays.copyOfRange(key, at + 2, at + 4 + key[at + 3]);
      }
    }
    throw new IllegalArgumentException("the key does not name its curve");
  }
}
