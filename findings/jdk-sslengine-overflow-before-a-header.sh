#!/usr/bin/env bash
# JDK 17's javax.net.ssl.SSLEngine, TLS 1.3 (no package is needed; JDK 25 does the same).
# Of a record of 138 bytes only the first 3 have come, not even its header of 5. unwrap() into a buffer with room for 1,024 bytes says BUFFER_OVERFLOW, though the record needs room for
# 100 and nobody can know yet what it needs; with the whole header it says BUFFER_UNDERFLOW, as it should, and the whole record goes into the same buffer. Before it has a header it
# reckons with the longest record there is. Who takes BUFFER_OVERFLOW for "the other side sends more than it may" ends good connections whose packets happen to be cut there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
keytool -genkeypair -keyalg EC -alias k -dname CN=test -keystore "$dir/k.p12" -storetype PKCS12 -storepass changeit -validity 3650 2> "$dir/keytool"
cat > "$dir/Header.java" <<'JAVA'
import java.io.FileInputStream;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.TrustManagerFactory;

public class Header {
  static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  public static void main(String[] args) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (FileInputStream in = new FileInputStream(args[0])) {
      store.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, "changeit".toCharArray());
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    SSLEngine client = context.createSSLEngine();
    client.setUseClientMode(true);
    SSLEngine server = context.createSSLEngine();
    server.setUseClientMode(false);
    ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
    ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
    client.beginHandshake();
    server.beginHandshake();
    while (shakes(client) || shakes(server)) {
      step(client, toClient, toServer);
      step(server, toServer, toClient);
    }
    ByteBuffer record = ByteBuffer.allocate(1 << 15);
    client.wrap(ByteBuffer.allocate(100), record);
    record.flip();
    System.out.println("a record of " + record.limit() + " bytes, room for 1024");
    ByteBuffer room = ByteBuffer.allocate(1024);
    for (int come : new int[] {3, 5, record.limit()}) {
      SSLEngineResult result = server.unwrap(record.duplicate().limit(come), room);
      System.out.println(come + " have come: " + result.getStatus() + ", " + result.bytesProduced());
    }
  }

  static boolean shakes(SSLEngine engine) {
    return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
  }

  static void step(SSLEngine engine, ByteBuffer from, ByteBuffer to) throws Exception {
    switch (engine.getHandshakeStatus()) {
      case NEED_TASK -> engine.getDelegatedTask().run();
      case NEED_WRAP -> engine.wrap(NOTHING, to);
      case NEED_UNWRAP -> {
        engine.unwrap(from.flip(), ByteBuffer.allocate(1 << 15));
        from.compact();
      }
      default -> {}
    }
  }
}
JAVA
java "$dir/Header.java" "$dir/k.p12" | tee "$dir/out"
diff - "$dir/out" <<'OUT'
a record of 138 bytes, room for 1024
3 have come: BUFFER_OVERFLOW, 0
5 have come: BUFFER_UNDERFLOW, 0
138 have come: OK, 100
OUT
