package org.comitia.web.memory;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.comitia.agent.Agent;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.Caller;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.cluster.Member;

/** An agent that knows itself and nobody else. */
public class MemoryAgent implements Agent {
  public static final UUID ID = UUID.fromString("11111111-2222-3333-4444-555555555555");

  @Override
  public Self self() {
    return new Self(
        Map.of(
            "Datacenter",
            datacenter(),
            "NodeName",
            nodeName(),
            "NodeID",
            ID.toString(),
            "Revision",
            "",
            "Server",
            true,
            "Version",
            "0.1.0"),
        Map.of(),
        Map.of(),
        member(),
        Map.of("raft", Map.of("state", "Leader", "num_peers", "0")));
  }

  @Override
  public String datacenter() {
    return "dc1";
  }

  @Override
  public String nodeName() {
    return "n1";
  }

  private final CompletableFuture<Void> ending = new CompletableFuture<>();

  private static Member member() {
    return new Member(
        "n1",
        ID,
        "127.0.40.1",
        8301,
        Map.of(Member.Tags.ROLE, "consul", Member.Tags.DATACENTER, "dc1"),
        Member.Status.ALIVE,
        0);
  }

  private final AgentTokens tokens = AgentTokens.none();

  @Override
  public AgentTokens tokens() {
    return tokens;
  }

  @Override
  public String unavailable() {
    return "";
  }

  @Override
  public List<Member> members() {
    return List.of(member());
  }

  @Override
  public String join(String address) {
    return address.equals("127.0.40.1")
        ? null
        : "1 error occurred:\n\t* Failed to join " + address + ": connection refused\n\n";
  }

  @Override
  public String leave() {
    return null;
  }

  @Override
  public boolean forceLeave(Caller caller, String name, boolean prune) {
    return name.equals("n1");
  }

  /** What the members make of an operation on the keys; told which, and the key. */
  public BiFunction<KeyOperation, byte[], KeyringReply> keyring =
      (operation, key) -> KeyringReply.refused("there are no keys");

  @Override
  public CompletionStage<KeyringReply> keyring(KeyOperation operation, byte[] key) {
    return CompletableFuture.completedFuture(keyring.apply(operation, key));
  }

  @Override
  public String reload() {
    return null;
  }

  @Override
  public CompletionStage<Void> ending() {
    return ending;
  }

  @Override
  public Health health() {
    return new Health(true, true, true, Map.of("leader", "127.0.40.1:8300"));
  }
}
