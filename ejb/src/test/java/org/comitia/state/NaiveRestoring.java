package org.comitia.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pcollections.TreePMap;

/** The naive state's restorations: what has come, in a list. */
final class NaiveRestoring {
  private Command.RestoreBegin begun;
  private List<Tables> came = new ArrayList<>();

  boolean apply(NaiveState state, Command.Restoration step) {
    if (state.level < 2) {
      throw new NaiveState.No(
          "COM3050: nothing can be restored before feature level 2 is in force");
    }
    boolean current = begun != null && begun.id().equals(step.id());
    if (step instanceof Command.RestoreBegin begin) {
      if (!current) {
        requireLevel(begin.level(), state.level);
        begun = begin;
        came = new ArrayList<>();
      }
      return true;
    } else if (step instanceof Command.RestoreAbort) {
      begun = current ? null : begun;
      return current;
    }
    if (!current) {
      throw new NaiveState.No(
          "COM3051: this restoration was given up, since it stood still or took too long, or another"
              + " one has begun: nothing was changed");
    }
    if (step instanceof Command.RestoreRows rows) {
      take(rows);
      return true;
    }
    Command.RestoreBegin whole = begun;
    begun = null;
    if (came.size() != whole.parts()) {
      throw new NaiveState.No(
          "COM3053: the parts are not as they were announced, one is missing: nothing was changed");
    }
    Tables all = all(came);
    requireLevel(
        (int) all.indexes().keySet().stream().filter(n -> n.startsWith("feature-level-")).count(),
        state.level);
    if (!all.access().isEmpty()) {
      requireLevel(3, state.level);
    }
    state.become(all);
    return true;
  }

  private static void requireLevel(int level, int inForce) {
    if (level > inForce) {
      throw new NaiveState.No(
          "COM3052: the archive is of feature level "
              + level
              + ", and in force is "
              + inForce
              + ": nothing was changed");
    }
  }

  private void take(Command.RestoreRows rows) {
    if (rows.sequence() < came.size()) {
      return;
    }
    if (rows.sequence() > came.size() || came.size() >= begun.parts()) {
      throw new NaiveState.No(
          "COM3053: the parts are not as they were announced, one is missing or one too many has come");
    }
    came.add(rows.rows());
  }

  private static Tables all(List<Tables> parts) {
    Tables all = Tables.EMPTY;
    for (Tables part : parts) {
      all =
          new Tables(
              plus(all.nodes(), part.nodes()),
              plus(all.services(), part.services()),
              plus(all.checks(), part.checks()),
              plus(all.kv(), part.kv()),
              plus(all.tombstones(), part.tombstones()),
              plus(all.indexes(), part.indexes()),
              plus(all.sessions(), part.sessions()),
              plus(all.lockDelays(), part.lockDelays()),
              plus(all.preparedQueries(), part.preparedQueries()),
              plus(all.coordinates(), part.coordinates()),
              plus(all.autopilot(), part.autopilot()),
              plus(all.access(), part.access()));
    }
    return all;
  }

  private static <K, V> TreePMap<K, V> plus(TreePMap<K, V> all, Map<K, V> more) {
    return all.plusAll(more);
  }
}
