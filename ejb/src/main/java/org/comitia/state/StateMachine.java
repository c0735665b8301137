package org.comitia.state;

import java.util.function.Supplier;

/**
 * The replicated state machine. One thread, the apply thread, feeds it committed commands in the
 * order of the log; any thread reads {@link #version()}. Deterministic: the same commands at the
 * same indexes give the same versions and results on every server (design §4).
 */
public final class StateMachine {
  /** How many blocking queries a server holds unless told otherwise. */
  public static final int DEFAULT_WATCH_LIMIT = 65_536;

  private final Watches watches;
  private volatile ServiceResults results = new ServiceResults();
  private final Restoring restoring;
  private volatile StateVersion version;
  private Touched touched = Touched.none();

  /**
   * @param loaded what the saved tables hold, or {@link StateVersion#EMPTY}
   */
  public StateMachine(StateVersion loaded) {
    this(loaded, DEFAULT_WATCH_LIMIT);
  }

  /**
   * @param watchLimit how many watches may be open at once
   */
  public StateMachine(StateVersion loaded, int watchLimit) {
    this(loaded, watchLimit, new Restoring());
  }

  StateMachine(StateVersion loaded, int watchLimit, Restoring restoring) {
    this.restoring = restoring;
    this.version = loaded;
    this.watches = new Watches(this::version, watchLimit);
  }

  /**
   * Carries out the command of one log entry, publishes the version that results, then wakes the
   * watches that it concerns. Apply thread only.
   *
   * <p>A command that cannot be carried out leaves the state as it was, apart from the applied
   * index, and so does one that makes the code throw a RuntimeException. An Error passes through
   * with the version unchanged: the caller halts.
   *
   * @param index the entry's; above {@link StateVersion#appliedIndex()}
   * @throws IllegalArgumentException if the index was applied already: the caller's mistake
   */
  public CommandResult apply(long index, Command command) {
    requireNew(index);
    if (command instanceof Command.Restoration step) {
      return restore(index, step);
    }
    Draft draft = new Draft(version, index);
    CommandResult result = carryOut(draft, command);
    if (!changes(result)) {
      skip(index);
      return result;
    }
    touched.addAll(draft.touched());
    version = draft.version();
    watches.publish(draft.topics(), draft.removedTrees());
    return result;
  }

  /** How many bytes the state would take behind a command; what fails changes nothing. */
  static long sizeAfter(StateVersion version, Command command) {
    Draft draft = new Draft(version, version.appliedIndex() + 1);
    return changes(carryOut(draft, command)) ? draft.bytes() : version.bytes();
  }

  /** All blocking queries are woken by what replaces all that they look at. */
  private CommandResult restore(long index, Command.Restoration step) {
    StateVersion before = version;
    CommandResult result =
        guarded(
            step,
            () -> new CommandResult.Done(restoring.take(step, before, index, this::replaced)));
    if (version == before) {
      skip(index);
    } else {
      watches.wakeAll();
    }
    return result;
  }

  private void replaced(StateVersion restored) {
    touched.addAll(Touched.all(version.tables()));
    touched.addAll(Touched.all(restored.tables()));
    version = restored;
  }

  private static CommandResult carryOut(Draft draft, Command command) {
    return guarded(
        command,
        () ->
            command instanceof Command.Txn txn
                ? new CommandResult.TxnDone(TxnRules.carryOut(draft, txn.ops()))
                : new CommandResult.Done(change(draft, command)));
  }

  private static CommandResult guarded(Command command, Supplier<CommandResult> change) {
    try {
      String refusal = CommandRules.refusal(command);
      return refusal == null ? change.get() : new CommandResult.Failed(refusal);
    } catch (Refused refused) {
      return new CommandResult.Failed(refused.getMessage());
    } catch (RuntimeException unforeseen) {
      // the class is the same on every server; its text may differ between versions of Java
      return new CommandResult.Failed(
          "command not applied: " + unforeseen.getClass().getSimpleName());
    }
  }

  private static boolean changes(CommandResult result) {
    return result.match(done -> true, failed -> false, txn -> txn.outcome().succeeded());
  }

  /**
   * Passes over an entry that holds no command (a no-op, a configuration). Apply thread only.
   *
   * @throws IllegalArgumentException if the index was applied already
   */
  public void skip(long index) {
    requireNew(index);
    version = version.at(index);
  }

  /**
   * Goes on with another state, which a snapshot brought and the saved tables hold already, and
   * wakes all watches. Apply thread only.
   *
   * @throws IllegalArgumentException if it is older than the one that is there
   */
  public void install(StateVersion snapshot) {
    if (snapshot.appliedIndex() < version.appliedIndex()) {
      throw new IllegalArgumentException(
          "a snapshot up to "
              + snapshot.appliedIndex()
              + " comes after "
              + version.appliedIndex()
              + " was applied");
    }
    restoring.forget(); // a snapshot is of a moment without one
    touched = Touched.none();
    version = snapshot;
    results = new ServiceResults(); // behind the version: another state may have the same indexes
    watches.wakeAll();
  }

  /**
   * How far the restoration is that is under way; null when none is. While there is one the state's
   * rows are not all that a replay needs: nothing is to be saved or passed on that a log would go
   * on from. Any thread.
   */
  public Restoring.Progress restoring() {
    return restoring.progress();
  }

  /** What became of the last restoration; null when none has come to its end here. Any thread. */
  public Restoring.Ended restored() {
    return restoring.ended();
  }

  /** The newest version. Any thread. */
  public StateVersion version() {
    return version;
  }

  /**
   * The answer of the newest version, as {@link Queries#evaluate} gives it; the same object for who
   * asks alike while nothing that it shows has changed. Any thread.
   */
  public <R extends QueryResult> R evaluate(Query<R> query) {
    return evaluate(query, version);
  }

  /** The same for a version of this machine's. */
  public <R extends QueryResult> R evaluate(Query<R> query, StateVersion of) {
    ServiceResults kept = results; // before the version is looked at
    return of == version ? kept.evaluate(query, of) : Queries.evaluate(query, of);
  }

  /** Where blocking queries wait. Any thread. */
  public Watches watches() {
    return watches;
  }

  /**
   * Takes what was touched since the last call; goes together with the version that {@link
   * #version()} shows now. Apply thread only.
   */
  public Touched drainTouched() {
    Touched taken = touched;
    touched = Touched.none();
    return taken;
  }

  private void requireNew(long index) {
    if (index <= version.appliedIndex()) {
      throw new IllegalArgumentException(
          "entry " + index + " comes after " + version.appliedIndex() + " was applied");
    }
  }

  private static boolean change(Draft draft, Command command) {
    if (command instanceof Command.KvPut put) {
      return KvRules.put(draft, put);
    } else if (command instanceof Command.KvDelete delete) {
      return KvRules.delete(draft, delete);
    } else if (command instanceof Command.KvDeleteTree delete) {
      return KvRules.deleteTree(draft, delete);
    } else if (command instanceof Command.ReapTombstones reap) {
      return KvRules.reap(draft, reap);
    } else if (command instanceof Command.Register register) {
      return CatalogRules.register(draft, register);
    } else if (command instanceof Command.Deregister deregister) {
      return CatalogRules.deregister(draft, deregister);
    } else if (command instanceof Command.KvAcquire acquire) {
      return KvRules.acquire(draft, acquire);
    } else if (command instanceof Command.KvRelease release) {
      return KvRules.release(draft, release);
    } else if (command instanceof Command.SessionCreate create) {
      return SessionRules.create(draft, create.session());
    } else if (command instanceof Command.SessionDestroy destroy) {
      return SessionRules.destroy(draft, destroy.id());
    } else if (command instanceof Command.EndLockDelays end) {
      return KvRules.endLockDelays(draft, end);
    } else if (command instanceof Command.PreparedQuerySet set) {
      return QueryRules.set(draft, set);
    } else if (command instanceof Command.PreparedQueryDelete delete) {
      return QueryRules.delete(draft, delete.id());
    } else if (command instanceof Command.CoordinateUpdate update) {
      return CoordinateRules.update(draft, update.coordinates());
    } else if (command instanceof Command.RaiseLevel raise) {
      return draft.raiseLevel(raise.level());
    } else if (command instanceof Command.CompareDigest) {
      return true; // changes nothing: whoever applies it looks at what there is
    } else if (command instanceof Command.AutopilotSet set) {
      return AutopilotRules.set(draft, set);
    } else if (command instanceof Command.AccessSet set) {
      return AccessRules.set(draft, set);
    } else if (command instanceof Command.AccessDelete delete) {
      return AccessRules.delete(draft, delete);
    } else if (command instanceof Command.AclBootstrap bootstrap) {
      return AccessRules.bootstrap(draft, bootstrap);
    }
    throw new IllegalArgumentException("no rule for " + command.getClass());
  }
}
