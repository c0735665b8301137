package org.comitia.state;

import java.util.function.Function;

/** The recorded, deterministic outcome of applying a command; the same on every server. */
public sealed interface CommandResult {
  /** Decides by its kind. */
  <T> T match(
      Function<? super Done, ? extends T> done,
      Function<? super Failed, ? extends T> failed,
      Function<? super TxnDone, ? extends T> txn);

  /**
   * @param value false only where Consul answers {@code false}: a check-and-set that did not match
   */
  record Done(boolean value) implements CommandResult {
    @Override
    public <T> T match(
        Function<? super Done, ? extends T> done,
        Function<? super Failed, ? extends T> failed,
        Function<? super TxnDone, ? extends T> txn) {
      return done.apply(this);
    }
  }

  /** The state is unchanged. @param message Consul's text where Consul has one */
  record Failed(String message) implements CommandResult {
    @Override
    public <T> T match(
        Function<? super Done, ? extends T> done,
        Function<? super Failed, ? extends T> failed,
        Function<? super TxnDone, ? extends T> txn) {
      return failed.apply(this);
    }
  }

  /** A transaction was carried out or refused as a whole. */
  record TxnDone(TxnOutcome outcome) implements CommandResult {
    @Override
    public <T> T match(
        Function<? super Done, ? extends T> done,
        Function<? super Failed, ? extends T> failed,
        Function<? super TxnDone, ? extends T> txn) {
      return txn.apply(this);
    }
  }
}
