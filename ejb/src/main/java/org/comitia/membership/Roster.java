package org.comitia.membership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.comitia.wire.proto.MemberRecord;
import org.jgroups.Address;

/**
 * What is known of the members: a view says which channel addresses are there, records say whose
 * they are, announcements say who goes on purpose. Each change is followed by {@link #settle},
 * which derives the status of each member and says what changed. Not thread-safe.
 */
final class Roster {
  /** What happened to a member, as Serf names it. */
  enum Happening {
    JOIN,
    UPDATE,
    LEAVE,
    FAILED,
    REAP
  }

  record Event(Happening happening, Member member) {
    /** As Serf logs it. */
    String text() {
      String what =
          switch (happening) {
            case JOIN -> "EventMemberJoin: ";
            case UPDATE -> "EventMemberUpdate: ";
            case LEAVE -> "EventMemberLeave: ";
            case FAILED -> "EventMemberFailed: ";
            case REAP -> "EventMemberReap: ";
          };
      return what + member.name() + " " + member.address();
    }
  }

  private static final int MAX_KNOWN = Ids.MAX_MEMBERS;

  /** Records may come before the view that their channels are in. */
  static final int MAX_RECORDS = 2 * Ids.MAX_MEMBERS;

  private static final class Known {
    MemberRecord record;
    Status status;
    long since;
    Member member;
  }

  private final UUID self;
  private final Map<UUID, Known> known = new HashMap<>();
  private final Map<Address, MemberRecord> records = new HashMap<>();
  private final Map<UUID, Long> leaving = new HashMap<>();
  private final Set<Address> view = new HashSet<>();

  Roster(UUID self) {
    this.self = self;
  }

  void view(Collection<Address> members) {
    view.clear();
    view.addAll(members);
    if (records.size() > 2 * view.size() + 256) {
      records.keySet().retainAll(view);
    }
  }

  /** A record that an agent made of itself; older ones of the same channel address are ignored. */
  void put(MemberRecord record) {
    Address address = Ids.channel(record.getChannel());
    if (records.size() >= MAX_RECORDS && !records.containsKey(address)) {
      records.keySet().retainAll(view);
    }
    if (records.size() < MAX_RECORDS || records.containsKey(address)) {
      records.merge(address, record, (old, now) -> isNewer(now, old) ? now : old);
    }
  }

  /**
   * Somebody else's memory of a member that is not there; only news for who knows nothing of it,
   * nor of another one that is there under its name: that one has taken its place.
   */
  void remember(MemberRecord record, Status status, long since) {
    UUID id = Ids.uuid(record.getNodeId());
    if (!id.equals(self)
        && !known.containsKey(id)
        && known.size() < MAX_KNOWN
        && !isThere(record.getName())) {
      set(id, record, status, since);
    }
  }

  private boolean isThere(String name) {
    return known.values().stream()
        .anyMatch(k -> isThere(k.status) && k.member.name().equalsIgnoreCase(name));
  }

  private static boolean isThere(Status status) {
    return status == Status.ALIVE || status == Status.LEAVING;
  }

  /** The member announced that it leaves for good. */
  void leaving(UUID id, long epoch, long now, List<Event> events) {
    leaving.merge(id, epoch, Math::max);
    Known member = known.get(id);
    if (member == null || member.record.getEpoch() > epoch) {
      return;
    }
    if (member.status == Status.ALIVE) {
      set(id, member.record, Status.LEAVING, now);
    } else if (member.status == Status.FAILED) {
      set(id, member.record, Status.LEFT, now);
      events.add(new Event(Happening.LEAVE, member.member));
    }
  }

  /** Failed becomes left, or is forgotten. */
  void forceLeave(UUID id, boolean prune, long now, List<Event> events) {
    Known member = known.get(id);
    if (member == null || member.status == Status.ALIVE || id.equals(self)) {
      return;
    }
    if (member.status != Status.LEFT) {
      set(id, member.record, Status.LEFT, now);
      events.add(new Event(Happening.LEAVE, member.member));
    }
    if (prune) {
      known.remove(id);
      events.add(new Event(Happening.REAP, member.member));
    }
  }

  /**
   * Whom a person means by a name that more than one member has: who failed, else who left, and who
   * is there only when there is no other.
   */
  static Optional<Member> gone(List<Member> members, String name) {
    return members.stream()
        .filter(member -> member.name().equals(name))
        .min(
            Comparator.comparing(
                member ->
                    switch (member.status()) {
                      case FAILED -> 0;
                      case LEFT -> 1;
                      default -> 2;
                    }));
  }

  /** Forgets members that have been gone for long. */
  void reap(long now, long failedMillis, long leftMillis, List<Event> events) {
    Iterator<Known> all = known.values().iterator();
    while (all.hasNext()) {
      Known member = all.next();
      long bound = member.status == Status.FAILED ? failedMillis : leftMillis;
      boolean gone = member.status == Status.FAILED || member.status == Status.LEFT;
      if (gone && now - member.since > bound && !member.member.nodeId().equals(self)) {
        all.remove();
        events.add(new Event(Happening.REAP, member.member));
      }
    }
  }

  /** This agent left. */
  void selfLeft(long now) {
    Known own = known.get(self);
    if (own != null) {
      set(self, own.record, Status.LEFT, now);
    }
  }

  /** Derives each member's status from the view, the records and the announcements. */
  void settle(long now, List<Event> events) {
    Map<UUID, MemberRecord> alive = alive();
    alive.forEach((id, record) -> arrive(id, record, now, events));
    for (Map.Entry<UUID, Known> entry : known.entrySet()) {
      Known member = entry.getValue();
      boolean wasThere = isThere(member.status);
      if (!wasThere || alive.containsKey(entry.getKey()) || entry.getKey().equals(self)) {
        continue;
      }
      boolean left = leaving.getOrDefault(entry.getKey(), -1L) >= member.record.getEpoch();
      set(entry.getKey(), member.record, left ? Status.LEFT : Status.FAILED, now);
      events.add(new Event(left ? Happening.LEAVE : Happening.FAILED, member.member));
    }
    leaving.keySet().removeIf(id -> !known.containsKey(id));
  }

  private Map<UUID, MemberRecord> alive() {
    Map<UUID, MemberRecord> alive = new HashMap<>();
    for (Address address : view) {
      MemberRecord record = records.get(address);
      if (record != null) {
        alive.merge(Ids.uuid(record.getNodeId()), record, (a, b) -> isNewer(b, a) ? b : a);
      }
    }
    return alive;
  }

  private void arrive(UUID id, MemberRecord record, long now, List<Event> events) {
    Known before = known.get(id);
    boolean leaves = leaving.getOrDefault(id, -1L) >= record.getEpoch();
    Status status = leaves ? Status.LEAVING : Status.ALIVE;
    boolean wasThere = before != null && isThere(before.status);
    if (wasThere && before.record.equals(record) && before.status == status) {
      return;
    }
    boolean noRoom = before == null && known.size() >= MAX_KNOWN;
    if (!wasThere && (leaves || noRoom)) {
      return;
    }
    boolean shown = before == null || !shows(before.record).equals(shows(record));
    set(id, record, status, wasThere && before.status == status ? before.since : now);
    Member member = known.get(id).member;
    if (!wasThere) {
      // A member that was wiped comes back under its name with another id.
      known
          .values()
          .removeIf(
              k ->
                  k.member.name().equalsIgnoreCase(member.name())
                      && !k.member.nodeId().equals(id)
                      && (k.status == Status.FAILED || k.status == Status.LEFT));
      events.add(new Event(Happening.JOIN, member));
    } else if (shown) {
      events.add(new Event(Happening.UPDATE, member));
    }
  }

  /** What of a record people see. */
  private static List<Object> shows(MemberRecord record) {
    return List.of(record.getName(), record.getAddress(), record.getPort(), record.getTagsMap());
  }

  private void set(UUID id, MemberRecord record, Status status, long since) {
    Known member = known.computeIfAbsent(id, key -> new Known());
    member.record = record;
    member.status = status;
    member.since = since;
    member.member =
        new Member(
            record.getName(),
            id,
            record.getAddress(),
            record.getPort(),
            Map.copyOf(record.getTagsMap()),
            status,
            since);
  }

  private static boolean isNewer(MemberRecord a, MemberRecord b) {
    return a.getEpoch() != b.getEpoch()
        ? a.getEpoch() > b.getEpoch()
        : a.getSequence() > b.getSequence();
  }

  /** All members by name. */
  List<Member> members() {
    List<Member> members = new ArrayList<>();
    known.values().forEach(k -> members.add(k.member));
    members.sort(Comparator.comparing(Member::name).thenComparing(m -> m.nodeId().toString()));
    return List.copyOf(members);
  }

  /** The records as they are told to newcomers and saved, with status and since when. */
  List<MemberRecord> records(Predicate<Status> which) {
    List<MemberRecord> all = new ArrayList<>();
    for (Known k : known.values()) {
      if (which.test(k.status)) {
        all.add(k.record.toBuilder().setStatus(k.status.code()).setSinceMillis(k.since).build());
      }
    }
    return all;
  }

  /** Addresses of the view whose owner is not known. */
  List<Address> nameless() {
    return view.stream().filter(address -> !records.containsKey(address)).toList();
  }

  /** Whose channel it is, as its record says; null when there is none. */
  UUID nodeAt(Address address) {
    MemberRecord record = records.get(address);
    return record == null ? null : Ids.uuid(record.getNodeId());
  }

  /** Who they are; an address of which nothing is known yet stands for itself. */
  Map<Address, String> names(Collection<Address> addresses) {
    Map<Address, String> names = new HashMap<>();
    for (Address address : addresses) {
      MemberRecord record = records.get(address);
      names.put(address, record == null ? address.toString() : record.getName());
    }
    return names;
  }

  /** How many records are kept. */
  int recordCount() {
    return records.size();
  }
}
