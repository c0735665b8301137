/**
 * The road between server ports (8300): Raft frames, bootstrap frames and forwarded requests, over
 * non-blocking sockets.
 *
 * <h2>What it is</h2>
 *
 * {@link org.comitia.transport.NioTransport} implements the port {@link
 * org.comitia.cluster.Transport}: it sends envelopes without telling whether they arrive, and
 * requests whose outcome it tells, one of answered, not sent and unknown.
 *
 * <pre>
 *   NioTransport          the front; what comes in, to its handler
 *     EventLoop           the one thread
 *     Peer                one that is sent to: its link, its queue, the pause between attempts
 *     LinkLog             what is told of those that did not open
 *     AcceptedLinks       those that connected to us, and how many may
 *       Link              one connection: what waits, what the kernel took, silence
 *       Renewal           another one in its place when its key was taken out
 *         LinkChannel     its bytes: PlainChannel as they are, SecuredChannel by the encrypt key,
 *                         EitherChannel until that is demanded
 *           Handshakes    the thread on which keys are proved
 *         FrameReader     frames from bytes; UnfinishedBytes bounds those that have not come whole
 *     OpenRequests        requests that wait for their answer
 *   Frames                the greeting and the length in front of a frame
 *   TransportOptions      every time and size
 * </pre>
 *
 * <h2>What it may touch</h2>
 *
 * {@code cluster} (the port), {@code wire} (what is in a frame), {@code raft} (messages and who
 * overtakes), {@code encryption} (what proves the key), {@code config} (host and port) and {@code
 * log} (one line a minute). No JGroups, no HTTP, no Java serialization.
 *
 * <h2>Threads</h2>
 *
 * One thread for all connections, made by the factory that is handed in; with an encrypt key
 * another one for handshakes, while there are any. Callers write themselves, without blocking, as
 * long as the socket takes it; else the thread goes on. The handler is called on the thread and may
 * only hand over; stages of requests complete there as well. An error while a frame is handled
 * closes that connection. If the thread ends all the same, every open request gets its outcome and
 * the handler is told.
 *
 * <h2>Bounds</h2>
 *
 * A frame has at most 16 MiB; 32 MiB wait for one peer, more is dropped; 64 MiB for all frames that
 * have not come whole; 4,096 open requests; 2,048 accepted connections, 100 of one address. A
 * connection that gives no sign of life for 4 s is closed. Votes, answers and heartbeats overtake
 * entries. All of them stand in {@link org.comitia.transport.TransportOptions.Limits}, where tests
 * make them small.
 *
 * <p>Why no library does it, and each rule with its reason: {@code docs/design/transport.md}. What
 * Raft's frames say: {@code docs/design/protocol.md}.
 */
package org.comitia.transport;
