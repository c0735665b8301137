/**
 * What belongs to this node alone: how it joins and leaves, its own services and checks and how the
 * catalog is kept in step with them, user events, its place in the network, what {@code /v1/agent}
 * tells of it. The model is Consul's agent; {@code docs/design/local-services.md}, {@code
 * checks.md} and {@code membership.md} in {@code docs/design} say why it is built so.
 *
 * <h2>Inside</h2>
 *
 * <pre>
 *   Agent, NodeAgent    what the API asks of this node; join, leave, force-leave, health
 *     JoinLoop, PatientJoin   retry-join in the background
 *     Stats, DebugConfig      info and self
 *   local               own services and checks: LocalRegistry (the front), LocalState, what is saved,
 *                       CatalogSync (anti-entropy with the catalog)
 *     definition        what files and requests say of services and checks
 *   check               the runners: http, tcp, udp, grpc, h2ping, script, ttl, alias
 *   event               user events
 *   coordinate          Vivaldi, and telling the catalog of it
 *   Telemetry, NodeGauges   figures
 * </pre>
 *
 * <h2>Threads</h2>
 *
 * The local state is changed by one task at a time, in order ({@code SerialExecutor} on the lane of
 * what blocks, since each change is saved before it is answered); it is read from any thread as an
 * immutable view. Checks hold no thread while they wait: timers start them, one thread carries all
 * their connections, and what must block (names, processes) has four places. Nothing runs on the
 * thread of whoever calls.
 *
 * <h2>Bounds</h2>
 *
 * A check's output {@code check_output_max_size} (4,096 bytes), one attempt {@code timeout}, a
 * service's answer 16 MiB, a redirect chain ten; 256 user events of 512 bytes, 10,000 that wait for
 * one; a leave 15 s.
 */
package org.comitia.agent;
