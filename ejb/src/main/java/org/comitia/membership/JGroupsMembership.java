package org.comitia.membership;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Logger;
import org.comitia.cluster.Gossip;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.cluster.Member;
import org.comitia.cluster.Member.Status;
import org.comitia.cluster.Membership;
import org.comitia.config.HostPort;
import org.comitia.wire.proto.ForceLeave;
import org.comitia.wire.proto.LeaveAck;
import org.comitia.wire.proto.Leaving;
import org.comitia.wire.proto.MemberRecord;
import org.comitia.wire.proto.MemberTable;
import org.comitia.wire.proto.MembershipFrame;
import org.comitia.wire.proto.RecordRequest;
import org.comitia.wire.proto.SavedMembers;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.stack.IpAddress;

/**
 * {@link Membership} over a JGroups channel on the serf LAN port. One thread of its own holds the
 * roster; the channel's threads and callers hand it tasks. How hosts meet, and why by a hello of
 * our own: docs/design/membership.md.
 */
public final class JGroupsMembership implements Membership {
  private static final Logger LOG = Logger.getLogger("serf");

  /** How long a member that the channel lost has for a direct answer. */
  private static final long DIRECT_ANSWER_MILLIS = 800;

  private final MembershipOptions options;

  /** Minted when the agent starts. */
  private final UUID instance = UUID.randomUUID();

  private final Roster roster;
  private final RosterFile file;
  private final HelloExchange hellos;
  private final MembershipThread thread;
  private final LeaveAnnouncement leaveAnnouncement = new LeaveAnnouncement();
  private final Joining joining;
  private final ChannelGossip gossip;
  private final KeyringExchange keyring;
  private final RefusalLog refusals = new RefusalLog(System::nanoTime);

  /** What the membership thread has yet to do: at most two of each member. */
  private final Set<ForceLeave> forcing = ConcurrentHashMap.newKeySet();

  // The membership thread's.
  private Set<Address> inView = Set.of();
  private long sequence;
  private long reconnectNanos;
  private long wantedNanos;

  private final AtomicReference<Map<String, String>> tags;
  private volatile Listener listener;
  private volatile List<Member> members = List.of();
  private volatile SerfChannel channel;
  private volatile AdmissionLayer layer;
  private volatile long epoch;
  private volatile boolean left;

  /** Left in its last run: stays alone until somebody joins it, or it joins somebody. */
  private volatile boolean isolated;

  private volatile boolean closed;
  private boolean started;

  public JGroupsMembership(MembershipOptions options) {
    this.options = Objects.requireNonNull(options, "options");
    this.roster = new Roster(options.nodeId());
    this.file = new RosterFile(options.dataDir(), options.executor());
    this.hellos = new HelloExchange(options);
    this.joining = new Joining(options, hellos, this::members);
    this.gossip = new ChannelGossip(options.name());
    this.tags = new AtomicReference<>(options.tags());
    this.thread = new MembershipThread(this::tick, () -> channel != null);
    this.keyring =
        new KeyringExchange(
            options.keyring(), thread, options.executor(), KeyringExchange.PATIENCE);
  }

  /** Small messages over this membership's channel. */
  public Gossip gossip() {
    return gossip;
  }

  @Override
  public synchronized void start(Listener receiver, boolean rejoinKnown) throws IOException {
    if (started || closed) {
      throw new IllegalStateException("a membership starts once");
    }
    listener = Objects.requireNonNull(receiver, "listener");
    SavedMembers saved = file.load();
    epoch = Math.max(System.currentTimeMillis(), saved.getEpoch() + 1);
    boolean remember = !saved.getLeft() || options.rejoinAfterLeave();
    isolated = !remember;
    List<InetSocketAddress> hosts = remember ? recall(saved) : List.of();
    open();
    started = true;
    thread.start(options.threads(), receiver::onEnded);
    thread.awaitTaken();
    if (rejoinKnown && !hosts.isEmpty()) {
      joining.rejoinLater(hosts);
    }
  }

  /** Puts the members of the last run into the roster as failed or left; says where they were. */
  private List<InetSocketAddress> recall(SavedMembers saved) {
    List<InetSocketAddress> hosts = new ArrayList<>();
    long now = System.currentTimeMillis();
    for (MemberRecord record : saved.getMembersList()) {
      if (!passes(record)) {
        continue;
      }
      boolean hasLeft = record.getStatus() == Status.LEFT.code();
      boolean was = record.getStatus() == Status.ALIVE.code();
      roster.remember(
          record, hasLeft ? Status.LEFT : Status.FAILED, was ? now : record.getSinceMillis());
      if (!hasLeft && !Ids.uuid(record.getNodeId()).equals(options.nodeId())) {
        try {
          hosts.add(new HostPort(record.getAddress(), record.getPort()).literal());
        } catch (IOException e) {
          LOG.warning("a member of the last run cannot be tried: " + e.getMessage());
        }
      }
    }
    return hosts;
  }

  /** Opens a channel and shows this member alone. */
  private void open() throws IOException {
    AdmissionLayer fresh = new AdmissionLayer(admission(), hellos::take);
    fresh.isolated(isolated);
    FrameDoor door =
        new FrameDoor(
            (from, frame) -> {
              if (!gossip.take(from, frame)) {
                Frames.Waiting waiting = new Frames.Waiting(frame);
                thread.postFrame(
                    () -> received(from, waiting.frame()), Math.max(1, waiting.bytes()));
              }
            });
    SerfChannel opened =
        SerfChannel.open(
            options,
            fresh,
            view -> {
              thread.postView(() -> viewed(view));
              door.view(view);
            },
            door::take,
            views -> apart(views.keySet()));
    layer = fresh;
    channel = opened;
    left = false;
    hellos.use(opened, fresh);
    gossip.use(opened);
    keyring.use(opened);
    View view = opened.view();
    thread.postView(() -> viewed(view));
  }

  /**
   * JGroups has heard these, of groups that are not one with ours. All members of a view find that
   * at the same moment: the coordinator acts if it has found it too.
   */
  private void apart(Collection<Address> speakers) {
    SerfChannel open = channel;
    View own = open == null ? null : open.view();
    if (own == null) {
      return;
    }
    boolean leads = own.getCoord().equals(open.address());
    if (leads || !speakers.contains(own.getCoord())) {
      joining.meet(open.hosts(speakers));
    }
  }

  @Override
  public List<JoinOutcome> join(List<String> addresses) {
    return joining.join(addresses, reopen());
  }

  /** Who has left comes back by joining. Null when the channel is open. */
  private synchronized String reopen() {
    if (closed || !started) {
      return "this agent is not running";
    }
    if (channel == null) {
      try {
        epoch = Math.max(System.currentTimeMillis(), epoch + 1);
        isolated = true;
        open();
        thread.awaitTaken();
      } catch (IOException e) {
        return e.getMessage();
      }
    }
    return null;
  }

  @Override
  public List<Member> members() {
    return members;
  }

  @Override
  public long time() {
    SerfChannel open = channel;
    View view = open == null ? null : open.view();
    return view == null ? 0 : view.getViewId().getId();
  }

  /** At once: what is told before the start is in the first hello. */
  @Override
  public void updateTags(Map<String, String> changed) {
    tags.updateAndGet(
        before -> {
          Map<String, String> all = new HashMap<>(before);
          all.putAll(changed);
          return Map.copyOf(all);
        });
    thread.post(
        () -> {
          if (channel != null) {
            MemberRecord record = ownRecord();
            roster.put(record);
            settle();
            tell(null, List.of(record));
          }
        });
  }

  @Override
  public synchronized void leave() {
    SerfChannel open = channel;
    if (open == null) {
      return;
    }
    LOG.info("EventMemberLeave: " + options.name() + " " + options.advertise().getHostAddress());
    leaveAnnouncement.say(open, options.nodeId(), epoch);
    left = true;
    channel = null;
    hellos.use(null, layer);
    gossip.use(null);
    keyring.use(null);
    file.saveNow(SavedMembers.newBuilder().setLeft(true).setEpoch(epoch).build());
    open.close();
    thread.post(this::gone);
    thread.awaitTaken();
  }

  @Override
  public boolean hasLeft() {
    SerfChannel open = channel;
    AdmissionLayer at = layer;
    return open == null ? left : at.isIsolated();
  }

  private void gone() {
    inView = Set.of();
    roster.selfLeft(System.currentTimeMillis());
    publish(List.of());
  }

  @Override
  public boolean forceLeave(String name, boolean prune) {
    Optional<Member> member = Roster.gone(members, name);
    member.ifPresent(gone -> forceLeave(gone, prune));
    return member.isPresent();
  }

  private void forceLeave(Member member, boolean prune) {
    ForceLeave force =
        ForceLeave.newBuilder().setNodeId(Ids.of(member.nodeId())).setPrune(prune).build();
    MembershipFrame frame = MembershipFrame.newBuilder().setForceLeave(force).build();
    if (forcing.add(force)) { // else the same is still to be done
      thread.post(
          () -> {
            forcing.remove(force);
            forced(force);
            if (channel != null) {
              channel.send(null, frame);
            }
          });
    }
  }

  @Override
  public String successor() {
    AdmissionLayer open = layer;
    return open == null ? "" : open.successor();
  }

  @Override
  public boolean answers(Member member) {
    try {
      return hellos.answers(
          new HostPort(member.address(), member.port()).literal(), DIRECT_ANSWER_MILLIS);
    } catch (IOException nowhere) {
      return false;
    }
  }

  @Override
  public CompletionStage<KeyringReply> keyring(KeyOperation operation, byte[] key) {
    return keyring.ask(operation, key, () -> roster.names(inView));
  }

  @Override
  public void close() {
    SerfChannel open;
    synchronized (this) {
      closed = true;
      open = channel;
      channel = null;
    }
    hellos.use(null, layer);
    gossip.use(null);
    keyring.use(null);
    if (open != null) {
      open.close();
    }
    thread.close();
    keyring.close();
    if (!left) {
      file.saveNow(null);
    }
  }

  /** Records of members that were not believed, since the start. */
  long refusedRecords() {
    return refusals.count();
  }

  /** What the membership thread has yet to do. */
  int waitingTasks() {
    return thread.waiting();
  }

  /** For tests that end a channel without announcing that it leaves. */
  SerfChannel channel() {
    return channel;
  }

  // From here on: the membership thread.

  private void viewed(View view) {
    if (channel == null || view == null || !view.containsMember(channel.address())) {
      return;
    }
    Set<Address> now = new HashSet<>(view.getMembers());
    Set<Address> before = inView;
    boolean first = before.isEmpty();
    boolean tells = first || isFirstOf(view, before);
    inView = now;
    if (first) {
      roster.put(ownRecord());
    }
    roster.view(now);
    settle();
    List<Address> joined = now.stream().filter(a -> !before.contains(a) && !isSelf(a)).toList();
    if (!joined.isEmpty() && tells) {
      tellJoined(joined, now.size());
    }
  }

  /** Whether this member is, of those that were in the last view, the first of this one. */
  private boolean isFirstOf(View view, Set<Address> before) {
    for (Address member : view.getMembers()) {
      if (before.contains(member)) {
        return isSelf(member);
      }
    }
    return true;
  }

  /** One of each group that came together tells the others of its members. */
  private void tellJoined(List<Address> joined, int all) {
    List<MemberRecord> told = roster.records(status -> true);
    if (joined.size() * 2 > all) {
      tell(null, told);
    } else {
      joined.forEach(newcomer -> tell(newcomer, told));
    }
  }

  private void tell(Address to, List<MemberRecord> records) {
    MemberTable table = MemberTable.newBuilder().addAllMembers(records).build();
    if (channel != null && (to != null || inView.size() > 1)) {
      channel.send(to, MembershipFrame.newBuilder().setTable(table).build());
    }
  }

  private boolean isSelf(Address address) {
    return channel != null && address.equals(channel.address());
  }

  private void received(Address from, MembershipFrame frame) {
    if (channel == null) {
      return;
    }
    List<Roster.Event> events = new ArrayList<>();
    switch (frame.getMessageCase()) {
      case TABLE -> frame.getTable().getMembersList().forEach(this::learn);
      case RECORD_REQUEST -> tell(from, List.of(ownRecord()));
      case LEAVING -> leaves(from, frame.getLeaving(), events);
      case LEAVE_ACK -> leaveAnnouncement.heardBy(from);
      case FORCE_LEAVE -> forced(frame.getForceLeave());
      case KEYRING_REQUEST -> keyring.asked(from, frame.getKeyringRequest());
      case KEYRING_ANSWER -> keyring.heard(from, frame.getKeyringAnswer());
      default -> {
        // A newer version's.
      }
    }
    settle(events);
  }

  /** Each member says so of itself, and is believed as long as it is there. */
  private void leaves(Address from, Leaving leaving, List<Roster.Event> events) {
    UUID id = Ids.uuid(leaving.getNodeId());
    if (inView.contains(from) && id.equals(roster.nodeAt(from))) {
      roster.leaving(id, leaving.getEpoch(), System.currentTimeMillis(), events);
      channel.send(
          from, MembershipFrame.newBuilder().setLeaveAck(LeaveAck.getDefaultInstance()).build());
    }
  }

  private void learn(MemberRecord record) {
    if (!passes(record)) {
      return;
    }
    boolean there =
        record.getStatus() == Status.ALIVE.code() || record.getStatus() == Status.LEAVING.code();
    if (!there) {
      boolean failed = record.getStatus() == Status.FAILED.code();
      roster.remember(record, failed ? Status.FAILED : Status.LEFT, record.getSinceMillis());
      return;
    }
    Address address = Ids.channel(record.getChannel());
    if (!isSelf(address)) {
      roster.put(record);
      try {
        InetSocketAddress place = new HostPort(record.getAddress(), record.getPort()).literal();
        channel.learn(address, new IpAddress(place.getAddress(), place.getPort()));
      } catch (IOException e) {
        LOG.fine(() -> "a member's address: " + e);
      }
    }
  }

  /** The one door for what others, or the file of members, say of members. */
  private boolean passes(MemberRecord record) {
    String objection = RecordCheck.objection(record);
    if (objection != null) {
      refusals.say(new Admission.Refusal(Admission.Kind.RECORD, "a member's record: " + objection));
    }
    return objection == null;
  }

  private void forced(ForceLeave force) {
    List<Roster.Event> events = new ArrayList<>();
    long now = System.currentTimeMillis();
    roster.forceLeave(Ids.uuid(force.getNodeId()), force.getPrune(), now, events);
    publish(events);
  }

  private MemberRecord ownRecord() {
    return MemberRecord.newBuilder()
        .setName(options.name())
        .setNodeId(Ids.of(options.nodeId()))
        .setAddress(options.advertise().getHostAddress())
        .setPort(options.port())
        .putAllTags(tags.get())
        .setEpoch(epoch)
        .setSequence(++sequence)
        .setChannel(Ids.of(channel.address()))
        .setStatus(Status.ALIVE.code())
        .build();
  }

  private void settle() {
    settle(new ArrayList<>());
  }

  private void settle(List<Roster.Event> events) {
    roster.settle(System.currentTimeMillis(), events);
    publish(events);
  }

  private void publish(List<Roster.Event> events) {
    List<Member> now = roster.members();
    events.forEach(event -> LOG.info(event.text()));
    if (now.equals(members)) {
      return;
    }
    members = now;
    AdmissionLayer open = layer;
    if (open != null) {
      open.admit(admission());
    }
    if (!left) {
      file.saveSoon(
          SavedMembers.newBuilder()
              .setLeft(open != null && open.isIsolated())
              .setEpoch(epoch)
              .addAllMembers(roster.records(status -> true))
              .build());
    }
    listener.onMembers(now);
  }

  Admission admission() {
    return Admission.of(options.name(), options.nodeId(), instance, tags.get(), members);
  }

  private void tick() {
    long now = System.nanoTime();
    keyring.expire();
    if (channel == null) {
      return;
    }
    channel.mergePending();
    if (now - wantedNanos > 1_000_000_000L) {
      wantedNanos = now;
      MembershipFrame wanted =
          MembershipFrame.newBuilder().setRecordRequest(RecordRequest.getDefaultInstance()).build();
      roster.nameless().forEach(address -> channel.send(address, wanted));
      if (thread.takeDropped()) {
        // One of them may have told what nobody tells again: new tags, say.
        channel.send(null, wanted);
      }
      reap();
      file.saveDue();
      channel.renew();
    }
    if (now - reconnectNanos > options.timings().reconnect().toNanos()) {
      reconnectNanos = now;
      View view = channel.view();
      if (view != null && isSelf(view.getCoord())) {
        joining.search();
      }
    }
  }

  private void reap() {
    List<Roster.Event> events = new ArrayList<>();
    roster.reap(
        System.currentTimeMillis(),
        options.timings().reapFailed().toMillis(),
        options.timings().reapLeft().toMillis(),
        events);
    if (!events.isEmpty()) {
      publish(events);
    }
  }
}
