package org.comitia.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Who is there: discovery, join, members and their tags. It decides nothing: no quorum, no
 * leadership, no bootstrap, no leave. Safe for any thread.
 */
public interface Membership extends AutoCloseable {
  /** Called on a membership thread after every change of {@link #members()}: enqueue and return. */
  interface Listener {
    void onMembers(List<Member> members);

    /**
     * A thread that membership needs ends though nobody closed it: told on that thread, once, as
     * the last thing.
     *
     * @param cause an Error too; null when it is not known
     */
    default void onEnded(Throwable cause) {}
  }

  /**
   * What became of joining one address: {@code error} is null on success, else Consul's text
   * without the bullet.
   */
  record JoinOutcome(String address, String error) {
    public boolean succeeded() {
      return error == null;
    }

    /** Nobody listens there, so that trying again is cheap and tells something new. */
    public boolean refused() {
      return error != null && error.endsWith(REFUSED);
    }

    /** How the error ends that an address gave where nobody listens. */
    public static final String REFUSED = "connect: connection refused";
  }

  /**
   * Binds the serf LAN port and becomes a member that knows only itself, and tries the members
   * known from the last run unless told not to.
   *
   * @throws IOException when the address cannot be bound; names it
   */
  void start(Listener listener, boolean rejoinKnown) throws IOException;

  /**
   * Contacts each address ({@code ip}, {@code ip:port}, host names too), in parallel, bounded.
   * Blocks at most 10 s.
   */
  List<JoinOutcome> join(List<String> addresses);

  /** All known members: alive, failed, left; ordered by name; this one included. */
  List<Member> members();

  /**
   * The number of the group's last change, as this member knows it: each arrival and each loss
   * counts it up, on all members alike; starts anew with a group. 0 when this member has left.
   */
  long time();

  /** Replaces tags of this member and tells the others. */
  void updateTags(Map<String, String> changed);

  /**
   * Tells the others that this member leaves for good, records it, and disconnects. Blocks at most
   * 3 s.
   */
  void leave();

  /**
   * Whether this member has left, in this run or the last, and nobody has joined it since, nor it
   * anybody.
   */
  boolean hasLeft();

  /**
   * Moves a failed member to left, on all members.
   *
   * @param prune forget it at once
   * @return whether such a member is known
   */
  boolean forceLeave(String name, boolean prune);

  /**
   * What to do about an agent that was refused in the last minutes because its cluster was
   * recovered from this one's, as it says; empty when there was none. Returns at once.
   */
  String successor();

  /**
   * Asks a member directly, past the channel's views, whether it lives. Blocks at most a second.
   */
  boolean answers(Member member);

  /**
   * Has every member that is there do it, this one too; those that hold no key say so. What they
   * have done when some of them fail or do not answer is not undone.
   *
   * @param key its bytes; none for a list
   * @return completes after 10 s at the latest; never fails
   */
  CompletionStage<KeyringReply> keyring(KeyOperation operation, byte[] key);

  @Override
  void close();
}
