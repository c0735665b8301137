package org.comitia.agent;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Caller;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.cluster.Member;

/**
 * This node: who it is, whom it knows, how it joins and leaves. Safe for any thread; {@code join},
 * {@code leave} and {@code reload} block.
 */
public interface Agent {
  /**
   * @param config keys of {@code agent/self}'s Config: Datacenter, NodeName, NodeID, Revision,
   *     Server, Version (of Consul's API, see {@link org.comitia.config.Version#ANNOUNCED}),
   *     ComitiaVersion
   * @param debugConfig the settings in force under Consul's flat names
   * @param meta this node's metadata
   * @param stats group to key to value, as {@code info} prints them, from live values
   */
  record Self(
      Map<String, Object> config,
      Map<String, Object> debugConfig,
      Map<String, String> meta,
      Member member,
      Map<String, Map<String, String>> stats) {}

  /** For MicroProfile Health. @param data tells why not, in words */
  record Health(boolean live, boolean started, boolean ready, Map<String, String> data) {}

  /** Everything about this node; made anew each time, so not for each request. */
  Self self();

  /** The datacenter's name. Empty while this node does not run. */
  String datacenter();

  /** This node's name. Empty while this node does not run. */
  String nodeName();

  /** By which this node does things itself; none while it does not run. The same while it does. */
  AgentTokens tokens();

  /** Why this node cannot be joined and serves nothing (yet), in words; empty when it does. */
  String unavailable();

  List<Member> members();

  /**
   * @return null on success, else Consul's error text
   */
  String join(String address);

  /**
   * Leaves the cluster gracefully; the process goes on. @return null when left, else why it became
   * a stop or failed
   */
  String leave();

  /**
   * @return false when no such member is known
   */
  boolean forceLeave(Caller caller, String name, boolean prune);

  /**
   * Lists or changes the keys that all agents share, at every member, from a server.
   *
   * @param key its bytes; none for a list
   * @return completes after some seconds at the latest; never fails
   */
  CompletionStage<KeyringReply> keyring(KeyOperation operation, byte[] key);

  /**
   * Reads the settings that may change while it runs, and the files of definitions, again.
   *
   * @return null when they are in force, else why not; nothing has changed then
   */
  String reload();

  Health health();

  /**
   * Completes when this node begins to stop: whatever waits for a change is to be answered then
   * with what is there. The same stage each time.
   */
  CompletionStage<Void> ending();
}
