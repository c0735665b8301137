package org.comitia.raft.participant;

import org.comitia.raft.ServerId;
import org.comitia.raft.bootstrap.Candidate;

/**
 * A server as membership sees it now.
 *
 * @param candidate who it is, its address, its flags and its cluster, from its member tags
 * @param alive whether membership hears it; false: its address is only the last one known
 * @param leaving whether it has announced that it leaves: nobody adds it again
 * @param level the feature level that it knows, from 0 on
 * @param standstill the error by which its state stands still, so that it cannot lead; empty for
 *     none
 */
public record Sighting(
    Candidate candidate, boolean alive, boolean leaving, int level, String standstill) {
  /** One whose state goes on. */
  public Sighting(Candidate candidate, boolean alive, boolean leaving, int level) {
    this(candidate, alive, leaving, level, "");
  }

  ServerId id() {
    return candidate.server().id();
  }

  String address() {
    return candidate.server().address();
  }
}
