package org.comitia.consensus;

import org.comitia.raft.Configuration;

/** Texts that clients match on or that several places say. */
public final class Texts {
  static final String NO_LEADER = "No cluster leader";
  static final String NO_SERVERS = "No known Consul servers";
  static final String OUT_OF_SERVICE = "COM4006: this agent takes no requests any more";
  static final String LOST_TO_NEW_LEADER =
      "COM4005: leadership was lost while committing and the write was dropped: it was not applied, try again";
  static final String OUTCOME_UNKNOWN =
      "COM4004: outcome unknown, the write may or may not be applied: %s. Read before you write it again";

  static final String DENIED = "Permission denied";
  static final String ACL_NOT_FOUND = "ACL not found";

  private Texts() {}

  /** Whether a text says that the caller may not; Consul's agents go by it as well. */
  static boolean isDenial(String text) {
    return text.startsWith(DENIED) || text.equals(ACL_NOT_FOUND);
  }

  static String unknown(String reason) {
    return reason.contains("outcome unknown") ? reason : String.format(OUTCOME_UNKNOWN, reason);
  }

  /** As Consul prints {@code latest_configuration}. */
  public static String configuration(Configuration configuration) {
    return "["
        + String.join(
            " ",
            configuration.servers().stream()
                .map(
                    s ->
                        "{Suffrage:"
                            + (s.voter() ? "Voter" : "Nonvoter")
                            + " ID:"
                            + s.id().node()
                            + " Address:"
                            + s.address()
                            + "}")
                .toList())
        + "]";
  }
}
