/** The {@code comitia} command: the agent's launcher and the client commands. */
package org.comitia.cli;
