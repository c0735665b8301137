package org.comitia.encryption;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;

/**
 * An authority of a test's own. It and its certificates are made when a test runs, so none ends
 * while the sources lie around. As Consul's {@code tls} command makes them: EC keys on P-256.
 */
public final class TestAuthority {
  public static final String SERVER = "server.dc1.consul";
  public static final String CLIENT = "client.dc1.consul";

  private static final byte[] SIGNED_BY_ECDSA = hex("300a06082a8648ce3d040302");
  private static final byte[] P256 = hex("06082a8648ce3d030107");
  private static final byte[] TRUE = hex("0101ff");
  private static final byte[] SERVER_AND_CLIENT =
      hex("301406082b0601050507030106082b06010505070302");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Duration HOUR = Duration.ofHours(1);

  private final String name;
  private final KeyPair pair = pair();
  private final X509Certificate certificate;
  private long serial = 1;

  /** What it has made for somebody. */
  public record Issued(X509Certificate certificate, PrivateKey key) {}

  public TestAuthority(String name) {
    this.name = name;
    byte[] constraints = extension("551d13", Der.of(0x30, TRUE));
    Instant now = Instant.now();
    certificate = signed(name, pair, now.minus(HOUR), now.plus(HOUR), constraints);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] extension(String oid, byte[] value) {
    return Der.of(0x30, Der.of(0x06, hex(oid)), Der.of(0x04, value));
  }

  private static byte[] name(String commonName) {
    byte[] value = Der.of(0x0c, commonName.getBytes(StandardCharsets.UTF_8));
    return Der.of(0x30, Der.of(0x31, Der.of(0x30, hex("0603550403"), value)));
  }

  private static byte[] time(Instant at) {
    return Der.of(0x18, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
  }

  private X509Certificate signed(
      String subject, KeyPair its, Instant from, Instant to, byte[]... extensions) {
    byte[] body =
        Der.of(
            0x30,
            Der.of(0xa0, hex("020102")),
            Der.of(0x02, BigInteger.valueOf(serial++).toByteArray()),
            SIGNED_BY_ECDSA,
            name(name),
            Der.of(0x30, time(from), time(to)),
            name(subject),
            its.getPublic().getEncoded(),
            Der.of(0xa3, Der.of(0x30, extensions)));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(pair.getPrivate());
      signature.update(body);
      byte[] all = Der.of(0x30, body, SIGNED_BY_ECDSA, Der.of(0x03, new byte[1], signature.sign()));
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(all));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Good for an hour, for both sides of a connection. */
  public Issued issue(String dnsName) {
    return issue(dnsName, Instant.now().minus(HOUR), Instant.now().plus(HOUR));
  }

  public Issued issue(String dnsName, Instant from, Instant to) {
    KeyPair its = pair();
    byte[] names = Der.of(0x30, Der.of(0x82, dnsName.getBytes(StandardCharsets.US_ASCII)));
    return new Issued(
        signed(
            dnsName,
            its,
            from,
            to,
            extension("551d11", names),
            extension("551d25", SERVER_AND_CLIENT)),
        its.getPrivate());
  }

  /** Its own certificate as a file. */
  public Path caFile(Path folder) {
    return write(folder.resolve(name + "-ca.pem"), pem(certificate));
  }

  /** The files of an agent that believes this authority and shows what it has issued. */
  public Certificates.Sources sources(Path folder, String agent, Issued issued) {
    return new Certificates.Sources(
        caFile(folder),
        null,
        write(folder.resolve(agent + ".pem"), pem(issued.certificate())),
        write(
            folder.resolve(agent + "-key.pem"),
            PemFiles.block("PRIVATE KEY", issued.key().getEncoded())));
  }

  /** The same, read. */
  public Certificates certificates(Path folder, String agent, String dnsName) {
    try {
      return Certificates.load(sources(folder, agent, issue(dnsName)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String pem(X509Certificate certificate) {
    try {
      return PemFiles.block("CERTIFICATE", certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As OpenSSL and Consul write a key (SEC 1, RFC 5915). */
  static String sec1(PrivateKey key) {
    byte[] number = new byte[32];
    byte[] secret = ((ECPrivateKey) key).getS().toByteArray();
    int length = Math.min(32, secret.length);
    System.arraycopy(secret, secret.length - length, number, 32 - length, length);
    byte[] der = Der.of(0x30, hex("020101"), Der.of(0x04, number), Der.of(0xa0, P256));
    return PemFiles.block("EC PRIVATE KEY", der);
  }

  static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
