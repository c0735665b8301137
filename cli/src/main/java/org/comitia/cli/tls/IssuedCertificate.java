package org.comitia.cli.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;

/** Whether a new certificate is any good: asked before it is written. */
final class IssuedCertificate {
  private IssuedCertificate() {}

  /**
   * Looks at it as RFC 5280, 6.1 says. What that believes in is taken as it is, so an authority
   * that signed itself is a certificate on the path as well: then what its own certificate says is
   * looked at, until when it is valid and for which names.
   *
   * @throws IOException saying what is wrong
   */
  static void check(X509Certificate certificate, X509Certificate authority) throws IOException {
    if (authority.getBasicConstraints() < 0) {
      throw new IOException("the CA's certificate is not one of an authority (no CA:TRUE in it)");
    }
    boolean signedItself =
        authority.getSubjectX500Principal().equals(authority.getIssuerX500Principal());
    List<X509Certificate> path =
        signedItself ? List.of(certificate, authority) : List.of(certificate);
    try {
      authority.checkValidity();
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
      parameters.setRevocationEnabled(false);
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "the CA, its key and the names asked for do not go together, no certificate was written: "
              + e.getMessage(),
          e);
    }
  }
}
