package org.comitia.membership;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.logging.Logger;
import org.jgroups.Address;
import org.jgroups.EmptyMessage;
import org.jgroups.Event;
import org.jgroups.MergeView;
import org.jgroups.Message;
import org.jgroups.View;
import org.jgroups.ViewId;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.util.Digest;
import org.jgroups.util.MergeId;
import org.jgroups.util.Tuple;

/**
 * GMS, whose merges bring whole groups together. In JGroups' own merge a member takes part as its
 * leader believes it to be: who was alone when the leader heard of it, and is in a group by now,
 * leaves that group without a word, and the group's coordinator goes on counting it. Two groups
 * then take such a member from each other, one merge after the other, and never meet. Here
 *
 * <ul>
 *   <li>a coordinator takes part with all members that it has now, except those that it believes to
 *       be gone. If one of them does not answer (it may be busy), or the leader does not know where
 *       it is (it may have come since the leader was told of the group), the leader refuses the
 *       whole group, or gives the merge up when the group is its own. JGroups would merge without
 *       that member;
 *   <li>who does not coordinate takes part for itself, and asks nobody for anything: its group may
 *       be in another merge;
 *   <li>a merge in which nobody else takes part brings no view;
 *   <li>the leader refuses whoever is in a group of another coordinator, unless it was told just
 *       that: the member's others have gone on without it then ({@link SerfChannel#speaker});
 *   <li>what MERGE3 finds is not merged as MERGE3 knows it, since it may not reach the other
 *       group's coordinator: {@link #apart} is told, to ask for fresh views and to hand them in;
 *   <li>a member that has missed a view without being missed is let go ({@link #holds}).
 * </ul>
 *
 * Safe for any thread.
 */
final class WholeGroups extends GMS {
  private static final Logger LOG = Logger.getLogger("serf");

  private final Consumer<Map<Address, View>> apart;

  /** The views with which the last merge began, by who was to take part. */
  private volatile Map<Address, ViewId> told = Map.of();

  /** The last merge led in which somebody else takes part. */
  private volatile MergeId shared;

  /** A merge in which this member takes part for itself, and the view that it held before it. */
  private record Returning(MergeId merge, ViewId held) {}

  /** The last such that the coordinator of the view held has led. */
  private volatile Returning returning = new Returning(null, null);

  private final OldViews old = new OldViews(System::nanoTime);

  /** Believed to be gone, and not heard since; JGroups does not always unsay the former. */
  private final Set<Address> suspected = ConcurrentHashMap.newKeySet();

  /**
   * @param apart told of groups that MERGE3 has found apart, by who told of them; on a timer's
   *     thread, and must not block
   */
  WholeGroups(Consumer<Map<Address, View>> apart) {
    this.apart = apart;
    // The number stands in the header of each message.
    setId(ClassConfigurator.getProtocolId(GMS.class));
  }

  /** Begins a merge, if this member is the lowest of the coordinators and none is under way. */
  void merge(Map<Address, View> views) {
    Map<Address, ViewId> ids = new HashMap<>();
    views.forEach((member, of) -> ids.put(member, of.getViewId()));
    told = ids;
    super.up(new Event(Event.MERGE, views));
  }

  boolean isMerging() {
    return merger.isMergeInProgress();
  }

  @Override
  public Object up(Event event) {
    switch (event.type()) {
      case Event.MERGE -> {
        apart.accept(event.getArg());
        return null;
      }
      case Event.SUSPECT -> noteGone(event.<Object>getArg());
      case Event.UNSUSPECT -> suspected.remove(event.<Address>getArg());
      default -> {
        // As GMS has it.
      }
    }
    return super.up(event);
  }

  @Override
  public void installView(View installed, Digest digest) {
    super.installView(installed, digest);
    if (installed instanceof MergeView) {
      suspected.clear(); // all its members have just taken part
    } else {
      suspected.retainAll(installed.getMembers());
    }
  }

  @Override
  protected Object handle(GmsHeader header, Message message) {
    View own = view;
    if (own == null) {
      return super.handle(header, message);
    }
    switch (header.getType()) {
      case GmsHeader.MERGE_REQ -> {
        boolean leads = leads(own, local_addr);
        if (!leads && leads(own, message.getSrc()) && !isMerging()) {
          returning = new Returning(header.getMergeId(), own.getViewId());
        }
        List<Address> ours = leads ? present(own) : List.of(local_addr);
        impl.handleMergeRequest(message.getSrc(), header.getMergeId(), ours);
        return null;
      }
      case GmsHeader.GET_DIGEST_REQ -> {
        // Whoever coordinates this view begins a merge: that which has brought the view is over,
        // though it may not have ended here, and would keep this member out of the next one. But
        // if the view is still the one from before, that merge has yet to bring its own here: its
        // leader may be done with it and begin another meanwhile, which has to wait.
        if (leads(own, message.getSrc()) && !isReturning(own)) {
          endOther(header.getMergeId());
        }
      }
      case GmsHeader.INSTALL_MERGE_VIEW -> {
        if (message.getSrc().equals(local_addr) && !header.getMergeId().equals(shared)) {
          impl.handleMergeCancelled(header.getMergeId());
          return null;
        }
      }
      case GmsHeader.MERGE_RSP -> {
        MergeId merge = header.getMergeId();
        if (header.isMergeRejected() || !merger.matchMergeId(merge)) {
          break; // GMS discards it
        }
        if (isRefused(own, message)) {
          header.setMergeRejected(true);
          // GMS drops whom it refuses without a word; until its merge times out, 6 s, that one
          // would take part in no other.
          down_prot.down(
              new EmptyMessage(message.getSrc())
                  .putHeader(id, new GmsHeader(GmsHeader.CANCEL_MERGE).mergeId(merge)));
        } else if (!message.getSrc().equals(local_addr)) {
          shared = merge;
        }
      }
      default -> {
        // As GMS has it.
      }
    }
    return super.handle(header, message);
  }

  private boolean isReturning(View own) {
    return returning.equals(new Returning(merger.getMergeId(), own.getViewId()));
  }

  private void endOther(MergeId merge) {
    MergeId current = merger.getMergeId();
    if (current != null && !current.equals(merge)) {
      impl.handleMergeCancelled(current);
    }
  }

  private boolean isRefused(View own, Message response) {
    Tuple<View, Digest> brought =
        readViewAndDigest(response.getArray(), response.getOffset(), response.getLength());
    if (brought == null || brought.val1() == null) {
      return false;
    }
    Digest answered = brought.val2();
    if (response.getSrc().equals(local_addr)) {
      return !leads(own, local_addr) || !present(own).stream().allMatch(answered::contains);
    }
    return !mayTakePart(own, response.getSrc(), brought.val1(), told)
        || brought.val1().getMembers().stream()
            .filter(member -> !own.containsMember(member))
            .anyMatch(member -> !answered.contains(member) || !isPlaced(member));
  }

  /** The members of the view that this one does not believe to be gone. */
  List<Address> present(View of) {
    return of.getMembers().stream().filter(member -> !suspected.contains(member)).toList();
  }

  /**
   * A sign of life; on a channel thread, with no lock. It unsays what GMS was told too: there one
   * that it believes to be gone does not coordinate when the next one goes.
   */
  void heard(Address member) {
    super.up(new Event(Event.UNSUSPECT, member));
    suspected.remove(member);
  }

  /**
   * Told by a member which view it holds; on a channel thread. If it has missed the own one, nobody
   * else would notice: it is let go by whoever would coordinate without it. Then it is in a view of
   * its own, as if it had been frozen, and is merged.
   */
  void holds(Address member, ViewId held) {
    View own = view;
    if (own == null || held == null || isMerging() || !isNext(own, member)) {
      return;
    }
    if (old.isMissed(own, member, held)) {
      Object place = down_prot.down(new Event(Event.GET_PHYSICAL_ADDRESS, member));
      LOG.info("the member at " + place + " has missed a view; it is let go, to be met again");
      up(new Event(Event.SUSPECT, List.of(member)));
    }
  }

  /** Whether this member is the first of the others. */
  private boolean isNext(View own, Address member) {
    return !member.equals(local_addr)
        && own.getMembers().stream()
            .filter(other -> !other.equals(member))
            .findFirst()
            .filter(local_addr::equals)
            .isPresent();
  }

  private void noteGone(Object members) {
    View own = view;
    Collection<?> all = members instanceof Collection<?> several ? several : List.of(members);
    for (Object member : all) {
      if (own != null && !member.equals(local_addr) && own.containsMember((Address) member)) {
        suspected.add((Address) member);
      }
    }
  }

  private boolean isPlaced(Address member) {
    return down_prot.down(new Event(Event.GET_PHYSICAL_ADDRESS, member)) != null;
  }

  /**
   * Whether another may take part in a merge that the coordinator of {@code own} leads.
   *
   * @param other the view that the member holds, of those who come with it
   * @param told the views that the leader was told of, by who was to take part for them
   */
  static boolean mayTakePart(View own, Address member, View other, Map<Address, ViewId> told) {
    return leads(other, member)
        || other.getViewId().equals(own.getViewId())
        || other.getViewId().equals(told.get(member));
  }

  private static boolean leads(View view, Address member) {
    return member.equals(view.getCreator());
  }
}
