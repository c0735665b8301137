/**
 * Who is there: discovery, join, members and their tags, over JGroups on the serf LAN port. It
 * decides nothing: no quorum, no leadership, no bootstrap and no leave is derived from a view. Its
 * form is Serf's (members alive, failed, left; tags; user events; coordinates), its texts are
 * Consul's; {@code docs/design/membership.md} says why it is built so.
 *
 * <h2>Inside</h2>
 *
 * <pre>
 *   JGroupsMembership     the port: start, join, leave, members, tags
 *     MembershipThread    the one thread that holds the roster
 *     Roster              who is alive, failed or left, from views, records and announcements
 *       RecordCheck       the door for records that others made
 *       RosterFile        serf/members, for the next start
 *     Joining             addresses to join, members of the last run, members that failed
 *       HelloExchange     the direct hello, and the merge of the views that follows
 *     LeaveAnnouncement   repeated until all have heard it
 *     ChannelGossip       user events, round trips
 *     KeyringExchange     lists and changes of the shared keys, by all members
 *     Frames              what others sent is read within bounds of memory
 *     FrameDoor           frames of members of the view come in, no others
 *     SerfChannel         one connected channel, from connect to close
 *       ChannelStack      its protocols, from the sockets up:
 *         ChannelSockets, AcceptedSocket   who may connect, how many, how long silent
 *           TlsStreams, DialledSocket      the cluster's key, proved before JGroups sees a byte
 *           KeyDoubts                      hosts with which it was not
 *           Claims                         which addresses newcomers may say are theirs
 *         BoundedTcp, ChannelMessages      frames read whole; which messages are read at all
 *           UnfinishedFrames               the room and the time for what has not come whole
 *         BoundedBundler, Dialler          what is sent: queues, and hosts that are not connected
 *         AdmissionLayer (Admission)       every message names its sender; foreign ones end here
 *         BoundedDiscovery, BoundedMergeInfo, MembersHeartbeats   what is kept of who is in no view
 *         BoundedStreams, BoundedFragments UNICAST4 and FRAG2 with bounds for who is in no view
 *           Strangers                      who of them was met last
 *         WholeGroups                      GMS: a merge brings whole groups together or none
 *         AddressOrder                     who coordinates
 *         ChannelLog                       JGroups' own lines, one a minute
 *       ViewsToMerge      groups that were told of and are not one yet
 * </pre>
 *
 * <h2>Threads</h2>
 *
 * The roster belongs to the membership thread; the channel's threads (a lane of the executor, and
 * JGroups' own for timers and connections) and callers hand it tasks and return. Joins block and
 * run in a lane of their own, for what they wait for comes in by the channel's. Listeners are told
 * on the membership thread and only enqueue. One thread of JGroups sends; it does not dial. With a
 * key, one more thread looks for writes that do not end.
 *
 * <h2>Bounds</h2>
 *
 * 20,000 frames that wait, 64 MiB of them, and 64 views; 256 frames and 4 MiB that are before their
 * view; 4,096 members, twice as many records, each 3 KiB; frames of 1 MiB, 64 MiB of members'
 * unfinished ones and 32 MiB of others', 8 MiB of one host, 10 s; 1,024 connections, 128 of one
 * address; 8 KiB and 2 s before a key is proved, 2 s for a write then; 256 streams with agents that
 * are in no view in common, 16 messages and 256 KiB of each; 16 unfinished messages of one sender,
 * 64 MiB in all; the places of 1,024 strangers, 512 from one hint; what 4,096 senders say in a
 * round of discovery or of merging; 128 strangers that something is sent to; 256 addresses said by
 * one sender and 16,384 in all until the next view; twice 128 hosts to be dialled, 16 frames and 16
 * MiB each; twice 512 views to be merged, 65 of one that tells; a hello 3 s, a join 10 s, a leave 3
 * s; 16 operations on the keys, each 10 s.
 */
package org.comitia.membership;
