/** The consensus core: a pure state machine over java.base values. */
package org.comitia.raft;
