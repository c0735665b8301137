package org.comitia.state;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.pcollections.TreePMap;

/**
 * What has come of an archived state that is being restored, beside the state that is there: the
 * same on every server that applied the same log since a moment without one. Apply thread only, but
 * for {@link #progress()}.
 */
public class Restoring {
  /**
   * How far it is.
   *
   * @param parts how many have come
   * @param bytes {@link Tables#bytes()} of these
   * @param most what all of them were said to take
   */
  public record Progress(String id, long parts, long bytes, long most) {}

  /**
   * What became of the last one that came to its end.
   *
   * @param index of the step that ended it
   * @param refusal why nothing was changed; null when the archived state is there
   */
  public record Ended(String id, long index, String refusal) {}

  /** Why a leader proposes no step. */
  public static final String NOT_YET =
      "COM3050: nothing can be restored before feature level "
          + FeatureLevel.RESTORE
          + " is in force";

  private Command.RestoreBegin begun; // null when none is under way
  private final List<Tables> parts = new ArrayList<>();
  private volatile Progress progress;
  private volatile Ended ended;

  Restoring() {}

  /** Null when none is under way. Any thread. */
  Progress progress() {
    return progress;
  }

  /** Null when none has come to its end since this server began to apply. Any thread. */
  Ended ended() {
    return ended;
  }

  /**
   * Carries out a step.
   *
   * @param index the step's
   * @param replace gets the state that takes the place of {@code now}, if the step puts one there
   * @return the result
   * @throws Refused when nothing becomes of it
   */
  boolean take(
      Command.Restoration step, StateVersion now, long index, Consumer<StateVersion> replace) {
    if (now.level() < FeatureLevel.RESTORE) {
      throw new Refused(NOT_YET);
    }
    boolean current = begun != null && begun.id().equals(step.id());
    if (step instanceof Command.RestoreBegin begin) {
      if (!current) {
        begin(begin, now);
      }
    } else if (step instanceof Command.RestoreAbort) {
      if (current) {
        forget();
      }
      return current;
    } else if (!current) {
      throw new Refused(
          "COM3051: this restoration was given up, since it stood still or took too long, or another"
              + " one has begun: nothing was changed");
    } else if (step instanceof Command.RestoreRows part) {
      add(part);
    } else {
      end(step.id(), now, index, replace);
    }
    return true;
  }

  private void end(String id, StateVersion now, long index, Consumer<StateVersion> replace) {
    String refusal = null;
    try {
      replace.accept(new StateVersion(index, restored(now, index)));
    } catch (RuntimeException why) {
      refusal = why instanceof Refused ? why.getMessage() : "not restored: " + why.getClass();
      throw why;
    } finally {
      forget();
      ended = new Ended(id, index, refusal);
    }
  }

  /** It is given up, or over. */
  void forget() {
    begun = null;
    parts.clear();
    progress = null;
  }

  private void begin(Command.RestoreBegin begin, StateVersion now) {
    requireLevel(begin.level(), now);
    forget();
    begun = begin;
    progress = new Progress(begin.id(), 0, 0, begin.bytes());
  }

  private static void requireLevel(int level, StateVersion now) {
    if (level > now.level()) {
      throw new Refused(
          "COM3052: the archive is of feature level %s, and in force is %s: nothing was changed"
              .formatted(Integer.toString(level), Integer.toString(now.level())));
    }
  }

  private void add(Command.RestoreRows part) {
    if (part.sequence() >= 0 && part.sequence() < parts.size()) {
      return; // it came before
    }
    if (part.sequence() != parts.size() || parts.size() == begun.parts()) {
      throw new Refused(
          "COM3053: the parts are not as they were announced, one is missing or one too many has come");
    }
    parts.add(part.rows());
    long bytes = progress.bytes() + part.rows().bytes();
    progress = new Progress(begun.id(), parts.size(), bytes, begun.bytes());
  }

  private Tables restored(StateVersion now, long index) {
    if (parts.size() != begun.parts()) {
      throw new Refused(
          "COM3053: the parts are not as they were announced, one is missing: nothing was changed");
    }
    Tables archived = joined();
    parts.clear();
    requireLevel(Derived.level(archived.indexes()), now);
    if (!archived.access().isEmpty()) {
      requireLevel(FeatureLevel.ACCESS, now);
    }
    return replacing(archived, now.tables(), index);
  }

  /** What takes the place of these tables. */
  Tables replacing(Tables archived, Tables now, long index) {
    return RestoredTables.of(archived, now, index);
  }

  private Tables joined() {
    return new Tables(
        joined(Tables::nodes),
        joined(Tables::services),
        joined(Tables::checks),
        joined(Tables::kv),
        joined(Tables::tombstones),
        joined(Tables::indexes),
        joined(Tables::sessions),
        joined(Tables::lockDelays),
        joined(Tables::preparedQueries),
        joined(Tables::coordinates),
        joined(Tables::autopilot),
        joined(Tables::access));
  }

  private <K, V> TreePMap<K, V> joined(Function<Tables, TreePMap<K, V>> table) {
    SortedMap<K, V> all = new TreeMap<>(table.apply(Tables.EMPTY).comparator());
    parts.forEach(part -> all.putAll(table.apply(part)));
    return TreePMap.fromSortedMap(all);
  }
}
