/**
 * What goes over the server port and into the log, as bytes: protobuf codecs for the types of
 * {@code raft}, {@code cluster} and {@code state}.
 *
 * <h2>What it is</h2>
 *
 * <pre>
 *   BoundedParser         what a message takes in memory, before it is parsed
 *   FrameCodec            envelopes: Raft's and the bootstrap protocol's messages
 *   ForwardCodec          requests that one agent sends to another
 *     QueryFrames         queries          TxnFrames    operations of transactions
 *   Answers               their answers
 *     ResultFrames        results of queries and commands
 *   SnapshotChunks        the state as chunks of rows; SnapshotAssembly, a state from these
 *   Commands              the log's entries
 *     Rows                nodes, services, checks, keys, sessions, ... as they are stored and sent
 * </pre>
 *
 * The messages are described in {@code src/main/proto}; the generated classes are used here, and in
 * {@code membership} for its own frames.
 *
 * <h2>What it may touch</h2>
 *
 * {@code cluster}, {@code raft}, {@code state} and protobuf. It is pure: static methods, no thread,
 * no clock, no log line; safe for any thread.
 *
 * <h2>Promises and bounds</h2>
 *
 * <ul>
 *   <li>What is decoded is what was encoded: tests go over all fields by reflection, so that one
 *       that is forgotten is named.
 *   <li>Whatever the bytes are, decoding gives a value or throws {@link
 *       org.comitia.wire.MalformedFrameException}; every length, number and nesting is checked
 *       before something is made from it.
 *   <li>A command of a newer version, or a field of one, is {@link
 *       org.comitia.wire.UnknownCommandException} and stops applying, because skipping it would
 *       give this server another state. Elsewhere what is not known is dropped.
 *   <li>A command has at most 1 MiB, a forwarded request 1 KiB more, an answer 64 KiB less than a
 *       frame's 16 MiB; a bootstrap proposal names at most 256 servers, a name or address 1,024
 *       characters.
 *   <li>What protobuf makes of a message is bounded as well ({@link
 *       org.comitia.wire.BoundedParser}): 8 MiB and 2 bytes for each of its bytes, 24 for each byte
 *       of an answer; 1 MiB and 24 for each byte of a command. A command with more than 1,024
 *       unknown fields is one of a newer version.
 *   <li>Numbers of fields are never used again for something else.
 * </ul>
 *
 * <p>A row for each frame, and who accepts it when, is in {@code docs/design/protocol.md}.
 */
package org.comitia.wire;
