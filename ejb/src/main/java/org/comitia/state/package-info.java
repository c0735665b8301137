/** The replicated state machine: immutable versions in memory, pure. */
package org.comitia.state;
