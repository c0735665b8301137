#!/usr/bin/env bash
# JDK 17's keytool and javax.net.ssl (no package is needed; JDK 25 says the same, with "(certificate_unknown)" before it).
# A datacenter may be called dc_1 in Consul, and its servers' certificates are for server.dc_1.consul. keytool refuses to make one (-ext san=dns:...). Given the same extension as bytes it makes
# it, and the JDK reads the name. A TLS client that is told to connect to server.dc_1.consul sends no server name (SNI), without a word, and then refuses the certificate that bears
# exactly this name: not that it differs, but that the host it was itself told to check is no name. So a certificate that other tools make and take is of no use with the JDK's own check of host names;
# who compares the names of the certificate himself can use it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
name=server.dc_1.consul
make() { keytool -genkeypair -alias k -keyalg EC -groupname secp256r1 -dname CN=test -keystore "$dir/k.p12" -storetype PKCS12 -storepass changeit -validity 3650 -ext "$1" 2>&1; }
{ make "san=dns:$name" || true; } | tail -1 | tee "$dir/out"
make "2.5.29.17=30148212$(printf %s "$name" | od -An -tx1 | tr -d ' \n')" > "$dir/keytool"
cat > "$dir/Names.java" <<'JAVA'
import java.io.FileInputStream;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.TrustManagerFactory;
public class Names {
  static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  public static void main(String[] a) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(a[0])) { store.load(in, "changeit".toCharArray()); }
    System.out.println("read: " + ((X509Certificate) store.getCertificate("k")).getSubjectAlternativeNames());
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX"); keys.init(store, "changeit".toCharArray());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX"); trust.init(store);
    SSLContext c = SSLContext.getInstance("TLSv1.3"); c.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    SSLEngine client = c.createSSLEngine(a[1], 443); client.setUseClientMode(true);
    SSLParameters p = client.getSSLParameters(); p.setEndpointIdentificationAlgorithm("HTTPS"); client.setSSLParameters(p);
    System.out.println("SNI: " + client.getSSLParameters().getServerNames());
    SSLEngine server = c.createSSLEngine(); server.setUseClientMode(false);
    ByteBuffer ts = ByteBuffer.allocate(1<<16), tc = ByteBuffer.allocate(1<<16);
    client.beginHandshake(); server.beginHandshake();
    try {
      while (shakes(client) || shakes(server)) { step(client, tc, ts); step(server, ts, tc); }
      System.out.println("handshake: done");
    } catch (SSLException e) { System.out.println("handshake: " + e.getMessage()); }
    System.out.println("asked for: " + ((ExtendedSSLSession) server.getSession()).getRequestedServerNames());
  }
  static boolean shakes(SSLEngine e) { return e.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING; }
  static void step(SSLEngine e, ByteBuffer from, ByteBuffer to) throws Exception {
    switch (e.getHandshakeStatus()) {
      case NEED_TASK -> e.getDelegatedTask().run();
      case NEED_WRAP -> e.wrap(NOTHING, to);
      case NEED_UNWRAP -> { e.unwrap(from.flip(), ByteBuffer.allocate(1 << 15)); from.compact(); }
      default -> {}
    }
  }
}
JAVA
java "$dir/Names.java" "$dir/k.p12" "$name" | tee -a "$dir/out"
diff - "$dir/out" <<'OUT'
keytool error: java.lang.RuntimeException: java.io.IOException: DNSName components must consist of letters, digits, and hyphens
read: [[2, server.dc_1.consul]]
SNI: null
handshake: Illegal given domain name: server.dc_1.consul
asked for: []
OUT
