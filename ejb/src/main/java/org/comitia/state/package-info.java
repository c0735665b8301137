/**
 * The replicated state machine: the catalog, health, keys, sessions, prepared queries, coordinates,
 * tokens, policies and roles, in memory.
 *
 * <h2>What it is</h2>
 *
 * Committed commands go in, one immutable version after another comes out, blocking queries are
 * woken. Whoever applies the same log gets the same versions and the same results, on every version
 * of Java.
 *
 * <pre>
 *   StateMachine          apply(index, command): the next version, a result, watches woken
 *     Draft               the version that one command makes, then thrown away or kept
 *       ...Rules          what each kind of command may do: CatalogRules, KvRules, SessionRules, ...
 *       CommandRules      what can be seen in a command alone; Bounds, RegexBudget: how large it may be
 *     StateVersion        one version: Tables (rows) and Derived (maps that follow from them)
 *     FeatureLevel        what all servers can follow; StateDigest, by which versions are compared
 *     Watches, Topics     who waits for what
 *   Queries               evaluate(query, version): a result with its index
 *   StateLimit, StateSize how many bytes the state takes, and when the leader refuses more
 * </pre>
 *
 * <h2>What it may touch</h2>
 *
 * Itself, {@code access}, persistent collections, RE2J for regular expressions and, of {@code
 * config}, the reading of durations. It has no clock, no random source, no thread, no I/O and no
 * log. Ids and times come with the command; the leader's clocks are {@code consensus}'.
 *
 * <h2>Threads</h2>
 *
 * {@code apply} is called by one thread, in the order of the log. Versions are immutable and
 * published by one volatile write: any thread reads, without a lock. Registering and cancelling a
 * watch is safe for any thread. What a watch wakes runs on the applying thread and may only hand
 * over.
 *
 * <h2>Promises and bounds</h2>
 *
 * <ul>
 *   <li>Applying is total: a command that can be decoded gives a result. A refusal and a
 *       RuntimeException are results and leave the state as it was; an Error passes through and
 *       stops this server's applying.
 *   <li>The same bounds are checked before a command is proposed and when it is applied, from the
 *       command alone, so that no two servers differ.
 *   <li>At most 65,536 watches; a command's and a row's sizes are in {@code Bounds}.
 * </ul>
 *
 * <p>The decisions, their figures and the table of bounds are in {@code docs/design/state.md};
 * where it differs from Consul, in {@code docs/design/divergence-from-consul.md}.
 */
package org.comitia.state;
