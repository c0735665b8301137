/** The {@code lock} command: locks and semaphores from sessions and keys, by Consul's recipes. */
package org.comitia.cli.lock;
