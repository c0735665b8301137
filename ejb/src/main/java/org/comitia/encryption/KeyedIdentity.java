package org.comitia.encryption;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.NamedParameterSpec;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * An Ed25519 key pair that follows from an {@link EncryptionKey}, the same on every agent that
 * holds it (RFC 8032: the private key is 32 bytes, here HMAC-SHA-256 of a label), in a certificate
 * signed by itself (RFC 5280, RFC 8410), which is how TLS carries it. The certificate says nothing
 * else: no name in it is looked at.
 *
 * @param privateKey as TLS signs its handshake with
 * @param certificate of the public one
 */
record KeyedIdentity(PrivateKey privateKey, X509Certificate certificate) {
  static final String ALGORITHM = "Ed25519";

  private static final String LABEL = "comitia encrypt 1";
  private static final byte[] SIGNED_BY_ED25519 = HexFormat.of().parseHex("300506032b6570");
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int COMMON_NAME_OID = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SET = 0x31;
  private static final int VERSION = 0xa0;

  static KeyedIdentity of(EncryptionKey key) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.bytes(), "HmacSHA256"));
      KeyPair pair = pair(mac.doFinal(LABEL.getBytes(StandardCharsets.US_ASCII)));
      return new KeyedIdentity(pair.getPrivate(), certificate(pair));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "COM3110: this JDK has no Ed25519 of SunEC or no HMAC-SHA-256: " + e.getMessage(), e);
    }
  }

  /**
   * The pair of a private key. The JDK has no other way from it to the public one than its
   * generator, which draws the private key: here what it draws is given. That this provider's does
   * is written down in KeyedTlsTest.
   */
  static KeyPair pair(byte[] privateKey) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(ALGORITHM, "SunEC");
    generator.initialize(
        NamedParameterSpec.ED25519,
        new SecureRandom() {
          @Override
          public void nextBytes(byte[] drawn) {
            System.arraycopy(privateKey, 0, drawn, 0, drawn.length);
          }
        });
    return generator.generateKeyPair();
  }

  private static X509Certificate certificate(KeyPair pair) throws GeneralSecurityException {
    byte[] name =
        Der.of(
            Der.SEQUENCE,
            Der.of(
                SET,
                Der.of(
                    Der.SEQUENCE,
                    Der.of(COMMON_NAME_OID, new byte[] {0x55, 0x04, 0x03}),
                    Der.of(UTF8_STRING, ascii("comitia")))));
    byte[] validity =
        Der.of(
            Der.SEQUENCE,
            Der.of(UTC_TIME, ascii("700101000000Z")),
            Der.of(GENERALIZED_TIME, ascii("99991231235959Z"))); // RFC 5280, 4.1.2.5: no end
    byte[] body =
        Der.of(
            Der.SEQUENCE,
            Der.of(VERSION, Der.of(INTEGER, new byte[] {2})),
            Der.of(INTEGER, new byte[] {1}),
            SIGNED_BY_ED25519,
            name,
            validity,
            name,
            pair.getPublic().getEncoded());
    Signature signature = Signature.getInstance(ALGORITHM);
    signature.initSign(pair.getPrivate());
    signature.update(body);
    byte[] certificate =
        Der.of(
            Der.SEQUENCE,
            body,
            SIGNED_BY_ED25519,
            Der.of(BIT_STRING, new byte[1], signature.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
