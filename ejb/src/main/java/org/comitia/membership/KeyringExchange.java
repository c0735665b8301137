package org.comitia.membership;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.Keyring;
import org.comitia.log.LogLine;
import org.comitia.log.OneLineAMinute;
import org.comitia.wire.proto.KeyringAnswer;
import org.comitia.wire.proto.KeyringRequest;
import org.comitia.wire.proto.MembershipFrame;
import org.jgroups.Address;

/**
 * Operations on the keys that all members share: who is asked passes one to each member that is
 * there, itself too, and counts their answers, as Serf does. Members of builds that do not know it
 * do not answer. The membership thread's where nothing else is said.
 */
final class KeyringExchange {
  /** For all answers. A member writes its ring to the disk first. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Operations under way from here. */
  static final int MAX_ROUNDS = 16;

  private static final int MAX_MESSAGE = 1024;
  private static final String MAY_BE_PLAIN =
      "COM2035: connections may be plain, so no keys are passed on: set encrypt_verify_incoming and"
          + " encrypt_verify_outgoing to true first";
  private static final Logger LOG = Logger.getLogger("serf");

  /** What has come of one operation so far. */
  private static final class Round {
    private final Map<Address, String> silent;
    private final int nodes;
    private final Duration patience;
    private final long untilNanos;
    private final CompletableFuture<KeyringReply> reply;
    private final Map<String, String> messages = new TreeMap<>();
    private final Map<String, Integer> keys = new TreeMap<>();
    private final Map<String, Integer> primaryKeys = new TreeMap<>();
    private int failed;

    Round(Map<Address, String> members, Duration patience, CompletableFuture<KeyringReply> reply) {
      this.patience = patience;
      this.silent = new HashMap<>(members);
      this.nodes = members.size();
      this.untilNanos = System.nanoTime() + patience.toNanos();
      this.reply = reply;
    }

    void heard(Address from, KeyringAnswer answer) {
      String name = silent.remove(from);
      if (name == null) {
        return;
      }
      if (!answer.getDone()) {
        failed++;
        messages.put(name, LogLine.excerpt(answer.getMessage(), MAX_MESSAGE));
      }
      List<String> held = new ArrayList<>();
      for (ByteString key : answer.getKeysList().stream().limit(Keyring.MAX_KEYS).toList()) {
        try {
          held.add(EncryptionKey.of(key.toByteArray()).base64());
        } catch (IllegalArgumentException noKey) {
          // A newer version's.
        }
      }
      held.stream().distinct().forEach(key -> keys.merge(key, 1, Integer::sum));
      held.stream().limit(1).forEach(key -> primaryKeys.merge(key, 1, Integer::sum));
    }

    boolean isOver(long now) {
      return silent.isEmpty() || now - untilNanos >= 0;
    }

    void end() {
      int done = nodes - silent.size();
      silent
          .values()
          .forEach(
              name ->
                  messages.put(
                      name,
                      "COM2036: no answer within "
                          + patience.toSeconds()
                          + " s: nothing is known of its keyring"));
      String error =
          failed > 0
              ? failed + "/" + nodes + " nodes reported failure"
              : done < nodes ? done + "/" + nodes + " nodes reported success" : "";
      reply.complete(new KeyringReply(null, messages, keys, primaryKeys, nodes, error));
    }
  }

  private final OneLineAMinute received = new OneLineAMinute(System::nanoTime, LOG::info);
  private final OneLineAMinute failures = new OneLineAMinute(System::nanoTime, LOG::warning);
  private final Keyring ring;
  private final MembershipThread thread;
  private final Executor executor;
  private final Duration patience;
  private final SecureRandom ids = new SecureRandom();
  private final Map<Long, Round> rounds = new HashMap<>();

  /** Who waits. */
  private final Set<CompletableFuture<KeyringReply>> waiting = ConcurrentHashMap.newKeySet();

  private volatile SerfChannel channel;
  private volatile boolean closed;

  /**
   * @param ring null: this agent has no key
   * @param executor runs what waits for the disk
   * @param patience for all answers of an operation
   */
  KeyringExchange(Keyring ring, MembershipThread thread, Executor executor, Duration patience) {
    this.patience = patience;
    this.ring = ring;
    this.thread = thread;
    this.executor = executor;
  }

  /**
   * @param open null for none
   */
  void use(SerfChannel open) {
    channel = open;
  }

  /**
   * Asks all. Any thread.
   *
   * @param key empty for a list
   * @param members tells, on the membership thread, who is there: their addresses on the channel,
   *     with their names; this agent among them
   * @return completes when all have answered, or the time is up
   */
  CompletionStage<KeyringReply> ask(
      KeyOperation operation, byte[] key, Supplier<Map<Address, String>> members) {
    String problem = problem(operation, key);
    if (problem != null) {
      return CompletableFuture.completedFuture(
          new KeyringReply(null, Map.of(), Map.of(), Map.of(), 0, problem));
    }
    CompletableFuture<KeyringReply> reply = new CompletableFuture<>();
    waiting.add(reply);
    reply.whenComplete((done, failure) -> waiting.remove(reply));
    thread.post(() -> begin(operation, key, members.get(), reply));
    if (closed) {
      close();
    }
    return reply;
  }

  /** Why nobody is asked; null when all are. */
  private String problem(KeyOperation operation, byte[] key) {
    if (ring != null && !ring.isDemanded()) {
      return MAY_BE_PLAIN;
    }
    try {
      if (operation != KeyOperation.LIST) {
        EncryptionKey.of(key);
      }
      return null;
    } catch (IllegalArgumentException e) {
      return e.getMessage();
    }
  }

  private void begin(
      KeyOperation operation,
      byte[] key,
      Map<Address, String> members,
      CompletableFuture<KeyringReply> reply) {
    SerfChannel over = channel;
    if (over == null) {
      reply.complete(KeyringReply.refused("this agent's serf port is closed"));
      return;
    }
    if (!members.containsKey(over.address())) {
      reply.complete(
          KeyringReply.refused(
              "COM2043: this agent is not in its own list of members, nobody was asked: try"
                  + " again"));
      return;
    }
    if (rounds.size() >= MAX_ROUNDS) {
      reply.complete(
          KeyringReply.refused(
              "COM2032: " + MAX_ROUNDS + " operations on the keyring are under way: try again"));
      return;
    }
    long id = ids.nextLong();
    // Without a key connections are plain, and no member has a ring to put it into.
    byte[] sent = ring == null ? new byte[0] : key;
    KeyringRequest request =
        KeyringRequest.newBuilder()
            .setRequest(id)
            .setOperation(operation.code())
            .setKey(ByteString.copyFrom(sent))
            .build();
    rounds.put(id, new Round(members, patience, reply));
    MembershipFrame frame = MembershipFrame.newBuilder().setKeyringRequest(request).build();
    for (Address member : members.keySet()) {
      if (!member.equals(over.address())) {
        over.send(member, frame);
      }
    }
    answer(request, answer -> thread.post(() -> heard(over.address(), answer)));
  }

  /** Does what a member asks for, and tells it. */
  void asked(Address from, KeyringRequest request) {
    SerfChannel over = channel;
    if (over != null) {
      answer(
          request,
          answer -> over.send(from, MembershipFrame.newBuilder().setKeyringAnswer(answer).build()));
    }
  }

  /** What a member, or this one, has done. */
  void heard(Address from, KeyringAnswer answer) {
    Round round = rounds.get(answer.getRequest());
    if (round != null) {
      round.heard(from, answer);
      expire();
    }
  }

  /** Whoever waits is answered. Any thread. */
  void close() {
    closed = true;
    waiting.forEach(reply -> reply.complete(KeyringReply.refused("this agent is not running")));
  }

  /** Ends the rounds that are over. To be called now and then. */
  void expire() {
    long now = System.nanoTime();
    rounds
        .values()
        .removeIf(
            round -> {
              boolean over = round.isOver(now);
              if (over) {
                round.end();
              }
              return over;
            });
  }

  /** On the executor, since it waits for the disk. */
  private void answer(KeyringRequest request, Consumer<KeyringAnswer> answered) {
    try {
      executor.execute(() -> answered.accept(done(request)));
    } catch (RejectedExecutionException busy) {
      answered.accept(failed(request, "COM2033: no thread is free for it: try again"));
    }
  }

  private KeyringAnswer done(KeyringRequest request) {
    Optional<KeyOperation> operation = KeyOperation.of(request.getOperation());
    if (operation.isEmpty()) {
      return failed(request, "COM2034: this version does not know the operation");
    }
    received.say(() -> "Received " + operation.get().query() + " query");
    if (ring == null) {
      return failed(
          request,
          operation.get() == KeyOperation.LIST
              ? "Keyring is empty (encryption not enabled)"
              : "No keyring to modify (encryption not enabled)");
    }
    if (!ring.isDemanded()) {
      return failed(request, MAY_BE_PLAIN);
    }
    try {
      return change(operation.get(), request);
    } catch (IOException | RuntimeException e) {
      String why = String.valueOf(e.getMessage());
      failures.say(() -> operation.get().query() + " failed: " + why);
      return failed(request, why);
    }
  }

  private KeyringAnswer change(KeyOperation operation, KeyringRequest request) throws IOException {
    KeyringAnswer.Builder answer =
        KeyringAnswer.newBuilder().setRequest(request.getRequest()).setDone(true);
    if (operation == KeyOperation.LIST) {
      ring.keys().forEach(key -> answer.addKeys(ByteString.copyFrom(key.bytes())));
      return answer.build();
    }
    EncryptionKey key = EncryptionKey.of(request.getKey().toByteArray());
    switch (operation) {
      case INSTALL -> ring.install(key);
      case USE -> ring.use(key);
      default -> ring.remove(key);
    }
    return answer.build();
  }

  private static KeyringAnswer failed(KeyringRequest request, String why) {
    return KeyringAnswer.newBuilder().setRequest(request.getRequest()).setMessage(why).build();
  }
}
