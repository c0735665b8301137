/**
 * Mixed faults on real servers, each in a network namespace and on a disk of its own, under clients
 * whose histories are checked for linearizability: {@code it/chaos/run}, docs/reliability.md.
 */
package org.comitia.it.chaos;
