package org.comitia.simulation;

import java.util.Arrays;
import java.util.stream.Stream;
import org.comitia.raft.BrokenCores;
import org.comitia.raft.RaftCore;

/**
 * What is broken in a run: something of the machine, a rule of the core, or nothing.
 *
 * @param name of a {@link Breakage} or a {@link BrokenCores.Rule}
 */
record Broken(String name, Breakage breakage, World.CoreFactory cores) {
  static Broken named(String name) {
    for (BrokenCores.Rule rule : BrokenCores.Rule.values()) {
      if (rule.name().equals(name)) {
        return new Broken(
            name,
            Breakage.NONE,
            (self, options, stored, random, now) ->
                BrokenCores.make(rule, self, options, stored, random, now));
      }
    }
    return new Broken(name, Breakage.valueOf(name), RaftCore::new);
  }

  /** All there are. */
  static Stream<Broken> all() {
    return Stream.concat(
            Arrays.stream(Breakage.values()).filter(b -> b != Breakage.NONE).map(Enum::name),
            Arrays.stream(BrokenCores.Rule.values()).map(Enum::name))
        .map(Broken::named);
  }

  boolean isSound() {
    return name.equals(Breakage.NONE.name());
  }

  @Override
  public String toString() {
    return name;
  }
}
