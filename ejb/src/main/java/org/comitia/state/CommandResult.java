package org.comitia.state;

/** The recorded, deterministic outcome of applying a command; the same on every server. */
public sealed interface CommandResult {
  /**
   * @param value false only where Consul answers {@code false}: a check-and-set that did not match
   */
  record Done(boolean value) implements CommandResult {}

  /** The state is unchanged. @param message Consul's text where Consul has one */
  record Failed(String message) implements CommandResult {}

  /** A transaction was carried out or refused as a whole. */
  record TxnDone(TxnOutcome outcome) implements CommandResult {}
}
