/**
 * How empty servers become one cluster: all members of one identical founding set promise it
 * durably, or nothing happens. {@link org.comitia.raft.bootstrap.Bootstrap} is the state machine,
 * {@link org.comitia.raft.bootstrap.BootstrapRecord} what it keeps on the disk; the frames and
 * their rules stand in {@code docs/design/protocol.md}. Under {@code raft}'s walls: no clock, no
 * thread, no I/O, no logging.
 */
package org.comitia.raft.bootstrap;
