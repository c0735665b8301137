package org.comitia.cli.kv;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonString;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.QueryParameters;

/** The key/value store of an agent. Blocks; safe for several threads. */
public final class KvStore {
  private final AgentClient agent;

  /** What a read saw, and the index it saw it at. */
  public record Reading(List<KvPair> pairs, long index) {
    /** The only pair; null when there is none. */
    public KvPair pair() {
      return pairs.isEmpty() ? null : pairs.get(0);
    }
  }

  public KvStore(AgentClient agent) {
    this.agent = agent;
  }

  /**
   * Reads one key.
   *
   * @param timeout longer than the wait that the parameters ask for
   */
  public Reading get(String key, QueryParameters parameters, Duration timeout)
      throws AgentException {
    return read(key, parameters, timeout);
  }

  /** Reads all keys below a prefix. */
  public Reading list(String prefix, QueryParameters parameters, Duration timeout)
      throws AgentException {
    return read(prefix, parameters.flag("recurse", true), timeout);
  }

  /** The names of all keys below a prefix. */
  public List<String> keys(String prefix, QueryParameters parameters, Duration timeout)
      throws AgentException {
    AgentClient.Answer answer = agent.find(path(prefix) + parameters.flag("keys", true), timeout);
    try {
      return answer.found()
          ? ((JsonArray) answer.json())
              .getValuesAs(JsonString.class).stream().map(JsonString::getString).toList()
          : List.of();
    } catch (ClassCastException e) {
      throw new AgentException("the answer of " + answer.path() + " is no list of names: " + e);
    }
  }

  /**
   * Reads these keys, at one moment if all of them exist; those that do not are left out. The
   * parameters are not changed.
   */
  public List<KvPair> getAll(List<String> keys, QueryParameters parameters, Duration timeout)
      throws AgentException {
    JsonArrayBuilder ops = Json.createArrayBuilder();
    for (String key : keys) {
      ops.add(
          Json.createObjectBuilder()
              .add("KV", Json.createObjectBuilder().add("Verb", "get").add("Key", key)));
    }
    byte[] body = ops.build().toString().getBytes(StandardCharsets.UTF_8);
    try {
      return KvPair.ofTransaction(agent.put("/v1/txn" + parameters, body, timeout));
    } catch (AgentException e) {
      if (!e.conflict()) {
        throw e;
      }
    }
    List<KvPair> found = new ArrayList<>(); // one of them at least is missing
    if (keys.size() > 1) {
      for (String key : keys) {
        found.addAll(getAll(List.of(key), parameters, timeout));
      }
    }
    return found;
  }

  private Reading read(String key, QueryParameters parameters, Duration timeout)
      throws AgentException {
    AgentClient.Answer answer = agent.find(path(key) + parameters, timeout);
    return new Reading(KvPair.of(answer), answer.index());
  }

  /**
   * Writes.
   *
   * @return false when the condition among the parameters did not hold
   */
  public boolean put(String key, byte[] value, long flags, QueryParameters parameters)
      throws AgentException {
    if (flags != 0) {
      parameters.add("flags", Long.toUnsignedString(flags));
    }
    return agent.put(path(key) + parameters, value, AgentClient.SOON).done();
  }

  /**
   * Deletes a key, or a tree with {@code recurse}.
   *
   * @return false when the condition among the parameters did not hold
   */
  public boolean delete(String key, QueryParameters parameters) throws AgentException {
    return agent.delete(path(key) + parameters, AgentClient.SOON).done();
  }

  private static String path(String key) {
    return "/v1/kv/" + AgentClient.path(key);
  }
}
