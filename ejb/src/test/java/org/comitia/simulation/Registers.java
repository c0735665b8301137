package org.comitia.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Linearizability of register histories in which every written value is unique, key by key: exact,
 * and fast (P. Gibbons, E. Korach, "Testing Shared Memories", SIAM J. Comput. 26(4), 1997, section
 * 4.1). The operations on one value form a zone between the first response and the last invocation.
 * A forward zone (some operation ended before another began) fills its time alone; a backward zone
 * must not lie inside a forward one.
 */
final class Registers {
  private static final class Zone {
    final long value;
    long firstResponse = Long.MAX_VALUE;
    long lastInvocation = Long.MIN_VALUE;
    long writeInvoked = Long.MIN_VALUE;
    boolean written;
    boolean read;
    Operation someRead;

    Zone(long value) {
      this.value = value;
    }

    boolean forward() {
      return firstResponse < lastInvocation;
    }

    long low() {
      return Math.min(firstResponse, lastInvocation);
    }

    long high() {
      return Math.max(firstResponse, lastInvocation);
    }

    @Override
    public String toString() {
      return "value "
          + value
          + " over ["
          + low() / World.MILLI
          + ", "
          + high() / World.MILLI
          + "] ms";
    }
  }

  private Registers() {}

  /** Operations of other clusters than each other's are on other registers. */
  static void check(List<Operation> operations) {
    Map<String, Map<Long, Zone>> registers = new HashMap<>();
    for (Operation operation : operations) {
      if (operation.failed || operation.cluster == null) {
        continue;
      }
      if (!operation.write && operation.responded == Operation.NEVER) {
        continue;
      }
      String register = operation.cluster + "/" + operation.key;
      Map<Long, Zone> zones = registers.computeIfAbsent(register, r -> new HashMap<>());
      add(zones.computeIfAbsent(operation.value, Zone::new), operation);
    }
    registers.values().forEach(Registers::check);
  }

  private static void add(Zone zone, Operation operation) {
    if (operation.write) {
      zone.written = true;
      zone.writeInvoked = operation.invoked;
    } else {
      zone.read = true;
      if (zone.someRead == null || operation.responded < zone.someRead.responded) {
        zone.someRead = operation;
      }
    }
    zone.firstResponse = Math.min(zone.firstResponse, operation.responded);
    zone.lastInvocation = Math.max(zone.lastInvocation, operation.invoked);
  }

  private static void check(Map<Long, Zone> zones) {
    List<Zone> forward = new ArrayList<>();
    List<Zone> backward = new ArrayList<>();
    for (Zone zone : zones.values()) {
      if (zone.value == 0) {
        // The first value was there before everything.
        zone.written = true;
        zone.firstResponse = -1;
      }
      if (!zone.written) {
        throw new Violation("reads see what was written", zone.someRead + ", never written");
      }
      if (zone.read && zone.someRead.responded < zone.writeInvoked) {
        throw new Violation("reads see what was written", zone.someRead + " before it was written");
      }
      if (!zone.read && zone.firstResponse == Operation.NEVER) {
        continue; // unknown and never seen: it may as well not have happened
      }
      (zone.forward() ? forward : backward).add(zone);
    }
    forward.sort(Comparator.comparingLong(Zone::low));
    for (int i = 1; i < forward.size(); i++) {
      if (forward.get(i).low() < forward.get(i - 1).high()) {
        throw new Violation(
            "linearizable", forward.get(i - 1) + " and " + forward.get(i) + " exclude each other");
      }
    }
    for (Zone inner : backward) {
      for (Zone outer : forward) {
        if (outer.low() < inner.low() && inner.high() < outer.high()) {
          throw new Violation("linearizable", inner + " lies inside " + outer);
        }
      }
    }
  }
}
