package org.comitia.transport;

import java.io.IOException;
import javax.net.ssl.SSLException;
import org.comitia.encryption.CertificateTls;
import org.comitia.encryption.PortTls;

/** The other side did not prove what this agent asks for, or the other way round. */
final class OtherKeyException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final String SAME_KEY = "; give all agents the same encrypt key";
  private static final String SAME_CA = "; give all agents certificates of the same CA";

  private OtherKeyException(String what, boolean byCertificates) {
    super(what + (byCertificates ? SAME_CA : SAME_KEY));
  }

  static OtherKeyException onlyThere() {
    return new OtherKeyException(
        "it has an encrypt key and this agent has none (it speaks TLS, maybe by certificates)",
        false);
  }

  static OtherKeyException onlyHere(PortTls tls) {
    return tls.byCertificates()
        ? new OtherKeyException("it has no certificate (it speaks no TLS)", true)
        : new OtherKeyException(
            "it has no encrypt key and this agent has one (it speaks no TLS)", false);
  }

  static OtherKeyException refusedHere(PortTls tls, SSLException failure) {
    return tls.byCertificates()
        ? new OtherKeyException(
            "this agent refuses its certificate: " + CertificateTls.refusal(failure), true)
        : new OtherKeyException("another encrypt key: this agent refuses the other one's", false);
  }

  static OtherKeyException refusedThere(PortTls tls) {
    return tls.byCertificates()
        ? new OtherKeyException("it refuses this agent's certificate, its log says why", true)
        : new OtherKeyException("another encrypt key: the other one refuses this agent's", false);
  }

  /** Before the other one's first word, which says that it took this agent's proof. */
  static OtherKeyException ended(PortTls tls) {
    return tls.byCertificates()
        ? new OtherKeyException(
            "it refuses this agent's certificate, or has none, or it takes no more connections: it"
                + " closed the connection",
            true)
        : new OtherKeyException(
            "another encrypt key, or none, or it takes no more connections: it closed the"
                + " connection",
            false);
  }

  static OtherKeyException unclear(PortTls tls, String how) {
    return tls.byCertificates()
        ? new OtherKeyException("no proof by certificates: " + how, true)
        : new OtherKeyException("another encrypt key, or none: " + how, false);
  }
}
