package org.comitia.cli.lock;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.QueryParameters;
import org.comitia.cli.kv.KvPair;
import org.comitia.cli.kv.KvStore;

/**
 * Up to some number of holders: each contender holds a key of its own, {@code PREFIX/SESSION}; the
 * key {@code PREFIX/.lock} lists, as JSON, the limit and who holds a slot.
 */
final class Semaphore implements Recipe {
  /** Marks keys as a semaphore's, so that nothing else is taken for one. */
  private static final long FLAGS = 0xe0f69a2baa414de0L;

  private static final byte[] NOTHING = {};

  private final KvStore store;
  private final String prefix;
  private final String key;
  private final int limit;
  private final LockReads reads;

  /** What the list says. @param modifyIndex of its key; 0 when there is none */
  private record Slots(int limit, Set<String> holders, long modifyIndex) {}

  Semaphore(KvStore store, String prefix, String key, int limit, LockReads reads) {
    this.store = store;
    this.prefix = prefix;
    this.key = key;
    this.limit = limit;
    this.reads = reads;
  }

  @Override
  public boolean acquire(String session) throws AgentException, InterruptedException {
    contend(session);
    long began = System.nanoTime();
    long index = 0;
    for (boolean first = true; ; first = false) {
      Duration wait = reads.nextWait(began, first);
      if (wait == null) {
        return false;
      }
      KvStore.Reading reading;
      try {
        reading = reads.read(this::list, index, wait);
      } catch (AgentException e) {
        throw new AgentException("failed to read prefix: " + e.getMessage());
      }
      Slots slots = slots(reading.pairs());
      if (slots.limit() != limit) {
        throw new AgentException(
            "semaphore limit conflict (lock: " + slots.limit() + ", local: " + limit + ")");
      }
      if (slots.holders().size() >= limit) {
        index = reading.index();
        continue;
      }
      slots.holders().add(session);
      if (write(slots)) {
        return true;
      }
      index = 0; // another contender was faster
    }
  }

  private void contend(String session) throws AgentException {
    String problem = "the session is gone";
    try {
      if (store.put(
          contender(session), NOTHING, FLAGS, reads.parameters().add("acquire", session))) {
        return;
      }
    } catch (AgentException e) {
      problem = e.getMessage();
    }
    throw new AgentException("failed to make contender entry: " + problem);
  }

  private KvStore.Reading list(QueryParameters parameters, Duration timeout) throws AgentException {
    return store.list(prefix, parameters, timeout);
  }

  private String contender(String session) {
    return prefix + "/" + session;
  }

  private boolean write(Slots slots) throws AgentException {
    JsonObjectBuilder holders = Json.createObjectBuilder();
    slots.holders().forEach(holder -> holders.add(holder, true));
    JsonObject content =
        Json.createObjectBuilder().add("Limit", slots.limit()).add("Holders", holders).build();
    try {
      return store.put(
          key,
          content.toString().getBytes(StandardCharsets.UTF_8),
          FLAGS,
          reads.parameters().add("cas", Long.toUnsignedString(slots.modifyIndex())));
    } catch (AgentException e) {
      throw new AgentException("failed to update lock: " + e.getMessage());
    }
  }

  /** The slots, without the holders whose sessions are gone. */
  private Slots slots(List<KvPair> pairs) throws AgentException {
    KvPair list = pairs.stream().filter(pair -> pair.key().equals(key)).findFirst().orElse(null);
    Slots slots = decode(list);
    Set<String> alive =
        pairs.stream()
            .map(KvPair::session)
            .filter(session -> !session.isEmpty())
            .collect(Collectors.toSet());
    slots.holders().retainAll(alive);
    return slots;
  }

  private Slots decode(KvPair list) throws AgentException {
    if (list == null) {
      return new Slots(limit, new TreeSet<>(), 0);
    }
    if (list.flags() != FLAGS) {
      throw new AgentException("Existing key does not match semaphore use");
    }
    if (list.value().length == 0) {
      return new Slots(limit, new TreeSet<>(), list.modifyIndex());
    }
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(list.value()))) {
      JsonObject content = reader.readObject();
      return new Slots(
          content.getInt("Limit"),
          new TreeSet<>(content.getJsonObject("Holders").keySet()),
          list.modifyIndex());
    } catch (JsonException | ClassCastException | NullPointerException e) {
      throw new AgentException("lock decoding failed: " + e.getMessage());
    }
  }

  @Override
  public void awaitLoss(String session) throws InterruptedException {
    reads.monitor(this::list, reading -> slots(reading.pairs()).holders().contains(session));
  }

  @Override
  public void release(String session) throws AgentException {
    boolean done = false;
    while (!done) {
      Slots slots = decode(store.get(key, reads.parameters(), AgentClient.SOON).pair());
      done = !slots.holders().remove(session) || write(slots);
    }
    store.delete(contender(session), reads.parameters());
  }

  @Override
  public boolean cleanUp() throws AgentException {
    Slots slots = slots(list(reads.parameters(), AgentClient.SOON).pairs());
    if (slots.modifyIndex() == 0) {
      return true;
    }
    QueryParameters unchanged =
        reads.parameters().add("cas", Long.toUnsignedString(slots.modifyIndex()));
    return slots.holders().isEmpty() && store.delete(key, unchanged);
  }
}
