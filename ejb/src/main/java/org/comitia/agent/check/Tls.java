package org.comitia.agent.check;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * How a check speaks TLS.
 *
 * @param serverName whom the certificate must name, and who is asked for; empty for the host
 * @param skipVerify whether any certificate will do
 * @param protocol what is negotiated by ALPN; empty for none
 */
record Tls(String serverName, boolean skipVerify, String protocol) {

  /** Trusts what this JVM trusts, or everybody. Reads the trust store: slow the first time. */
  SSLContext context() throws GeneralSecurityException {
    if (!skipVerify) {
      return SSLContext.getDefault();
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Everybody()}, null);
    return context;
  }

  /** Sets up one connection. */
  void prepare(SSLEngine engine) {
    SSLParameters parameters = engine.getSSLParameters();
    if (!skipVerify) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (!serverName.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
    }
    if (!protocol.isEmpty()) {
      parameters.setApplicationProtocols(new String[] {protocol});
    }
    engine.setSSLParameters(parameters);
  }

  /** The extended kind, so that JSSE does not look at names on its own account. */
  private static final class Everybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
