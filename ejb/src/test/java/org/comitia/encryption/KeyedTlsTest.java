package org.comitia.encryption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.AlgorithmConstraints;
import java.security.AlgorithmParameters;
import java.security.CryptoPrimitive;
import java.security.Key;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two sides of real connections: who holds a key of the cluster gets through, nobody else. */
@Timeout(60)
class KeyedTlsTest {
  private static final EncryptionKey A = EncryptionKey.parse(EncryptionKey.generate());
  private static final EncryptionKey B = EncryptionKey.parse(EncryptionKey.generate());

  /** What the accepting side reads of what the other one writes, and answers. */
  private static String exchanged(KeyedTls client, KeyedTls server) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<String> read = new CompletableFuture<>();
      CompletableFuture.runAsync(() -> answer(listener, server, read));
      try (Socket plain = new Socket(listener.getInetAddress(), listener.getLocalPort());
          SSLSocket socket = KeyedSockets.around(client, plain, true)) {
        socket.getOutputStream().write("marker".getBytes());
        socket.getOutputStream().flush();
        assertThat(socket.getInputStream().read()).isEqualTo('!');
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
      }
      return read.get(30, TimeUnit.SECONDS);
    }
  }

  private static void answer(
      ServerSocket listener, KeyedTls server, CompletableFuture<String> read) {
    try (Socket plain = listener.accept();
        SSLSocket socket = KeyedSockets.around(server, plain, false)) {
      String text = new String(socket.getInputStream().readNBytes(6));
      socket.getOutputStream().write('!');
      read.complete(text);
    } catch (IOException e) {
      read.completeExceptionally(e);
    }
  }

  @Test
  void whoHoldsTheKeyGetsThrough() throws Exception {
    for (int again = 0; again < 3; again++) {
      assertThat(exchanged(new KeyedTls(List.of(A)), new KeyedTls(List.of(A)))).isEqualTo("marker");
    }
  }

  @Test
  void anyKeyOfTheClusterIsTakenAndTheFirstIsShown() throws Exception {
    assertThat(exchanged(new KeyedTls(List.of(A, B)), new KeyedTls(List.of(B, A))))
        .isEqualTo("marker");
    assertThatThrownBy(() -> exchanged(new KeyedTls(List.of(A, B)), new KeyedTls(List.of(B))))
        .isInstanceOf(IOException.class);
  }

  @Test
  void neitherSideTakesAnotherKey() {
    assertThatThrownBy(() -> exchanged(new KeyedTls(List.of(A)), new KeyedTls(List.of(B))))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("holds none of this cluster's keys");
    assertThatThrownBy(() -> exchanged(new KeyedTls(List.of(A)), new KeyedTls(List.of(B, A))))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("holds none of this cluster's keys");
  }

  /** Old, both, new first, new: neighbours meet, since a step is taken once all took the last. */
  @Test
  void whoIsAStepAheadOrBehindInARotationGetsThrough() throws Exception {
    List<List<EncryptionKey>> steps = List.of(List.of(A), List.of(A, B), List.of(B, A), List.of(B));
    KeyedTls one = new KeyedTls(steps.get(0));
    KeyedTls other = new KeyedTls(steps.get(0));
    for (List<EncryptionKey> step : steps) {
      one.change(step);
      assertThat(exchanged(one, other)).isEqualTo("marker");
      assertThat(exchanged(other, one)).isEqualTo("marker");
      other.change(step);
      assertThat(exchanged(one, other)).isEqualTo("marker");
    }
    other.change(steps.get(0));
    assertThatThrownBy(() -> exchanged(other, one)).isInstanceOf(IOException.class);
  }

  @Test
  void aConnectionIsOutdatedWhenItsKeyIsTakenOutAndNotBefore() throws Exception {
    KeyedTls keys = new KeyedTls(List.of(A));
    KeyedTls impatient = KeyedSockets.impatient(List.of(A));
    SSLEngine dialled = keys.engine(true);
    SSLEngine accepted = impatient.engine(false);
    KeyedTls.shakeHands(dialled, accepted);
    for (List<EncryptionKey> step : List.of(List.of(A, B), List.of(B, A))) {
      keys.change(step);
      impatient.change(step);
      assertThat(keys.isOutdated(dialled)).isFalse();
      assertThat(impatient.isOutdated(accepted)).isFalse();
    }
    keys.change(List.of(B));
    impatient.change(List.of(B));
    assertThat(keys.isOutdated(dialled)).isTrue();
    assertThat(keys.isOutdated(accepted)).as("who dialled it has time for another one").isFalse();
    assertThat(impatient.isOutdated(accepted)).isTrue();

    SSLEngine again = keys.engine(true);
    SSLEngine acceptedAgain = impatient.engine(false);
    KeyedTls.shakeHands(again, acceptedAgain);
    assertThat(keys.isOutdated(again)).isFalse();
    assertThat(impatient.isOutdated(acceptedAgain)).isFalse();
  }

  /** One side shows the old key as long as it has not heard of the new one. */
  @Test
  void eitherSidesKeyCounts() throws Exception {
    KeyedTls newFirst = KeyedSockets.impatient(List.of(B, A));
    SSLEngine dialled = newFirst.engine(true);
    SSLEngine accepted = newFirst.engine(false);
    KeyedTls.shakeHands(dialled, new KeyedTls(List.of(A, B)).engine(false));
    KeyedTls.shakeHands(new KeyedTls(List.of(A, B)).engine(true), accepted);
    newFirst.change(List.of(B));
    assertThat(newFirst.isOutdated(dialled)).isTrue();
    assertThat(newFirst.isOutdated(accepted)).isTrue();
  }

  /** A client of ours never asks for it; who has held the key once may. */
  @Test
  void whoAsksToResumeASessionMustProveTheKeyAgain() throws Exception {
    KeyedTls keys = new KeyedTls(List.of(A));
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      long first = begunAt(keys, server);
      Thread.sleep(20); // sessions are told apart by when they began
      assertThat(begunAt(keys, server)).isNotEqualTo(first);
    }
  }

  private static long begunAt(KeyedTls keys, ServerSocket server) throws Exception {
    CompletableFuture<String> read = new CompletableFuture<>();
    CompletableFuture.runAsync(() -> answer(server, keys, read));
    SSLSocketFactory factory = keys.dialling().getSocketFactory();
    try (Socket plain = new Socket(server.getInetAddress(), server.getLocalPort());
        SSLSocket socket = (SSLSocket) factory.createSocket(plain, "server", 1, true)) {
      socket.setEnabledProtocols(new String[] {"TLSv1.3"});
      socket.getOutputStream().write("marker".getBytes());
      assertThat(socket.getInputStream().read()).isEqualTo('!');
      return socket.getSession().getCreationTime();
    }
  }

  @Test
  void nothingIsKeptOfConnectionsThatWereMade() throws Exception {
    KeyedTls keys = new KeyedTls(List.of(A));
    for (int n = 0; n < 5; n++) {
      exchanged(keys, keys);
    }
    assertThat(Collections.list(keys.dialling().getClientSessionContext().getIds()))
        .hasSizeLessThanOrEqualTo(1);
  }

  /** Others are dearer by far, and are computed before anything is proved. */
  @Test
  void whoWantsAnotherKeyAgreementIsRefused() throws Exception {
    KeyedTls keys = new KeyedTls(List.of(A));
    SSLEngine client = keys.dialling().createSSLEngine();
    client.setUseClientMode(true);
    client.setEnabledProtocols(new String[] {"TLSv1.3"});
    SSLParameters others = client.getSSLParameters();
    others.setAlgorithmConstraints(new NoX25519());
    client.setSSLParameters(others);
    assertThatThrownBy(() -> KeyedTls.shakeHands(client, keys.engine(false)))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("named group");
  }

  private static final class NoX25519 implements AlgorithmConstraints {
    @Override
    public boolean permits(
        Set<CryptoPrimitive> primitives, String algorithm, AlgorithmParameters parameters) {
      return !algorithm.equals("x25519");
    }

    @Override
    public boolean permits(Set<CryptoPrimitive> primitives, Key key) {
      return true;
    }

    @Override
    public boolean permits(
        Set<CryptoPrimitive> primitives,
        String algorithm,
        Key key,
        AlgorithmParameters parameters) {
      return permits(primitives, algorithm, parameters);
    }
  }

  /** RFC 8032, section 7.1, test 1. */
  @Test
  void aPrivateKeyHasThePublicOneOfTheStandard() throws Exception {
    byte[] encoded =
        KeyedIdentity.pair(
                HexFormat.of()
                    .parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
            .getPublic()
            .getEncoded();
    assertThat(HexFormat.of().formatHex(encoded, encoded.length - 32, encoded.length))
        .isEqualTo("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  }

  /** Agents of other builds must find the same: it may never change. */
  @Test
  void theKeyPairOfAKeyIsWrittenDown() throws Exception {
    KeyedIdentity identity =
        KeyedIdentity.of(EncryptionKey.parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
    identity.certificate().verify(identity.certificate().getPublicKey());
    byte[] encoded = identity.certificate().getPublicKey().getEncoded();
    assertThat(HexFormat.of().formatHex(encoded, encoded.length - 32, encoded.length))
        .isEqualTo("c6310bbc714dd61033c667e220b8492bd70771f9673a06deddb0fb7b28e51135");
  }
}
