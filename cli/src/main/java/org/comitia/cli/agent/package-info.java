/**
 * The {@code agent} command: resolves flags and files, then runs one Open Liberty server in this
 * process.
 */
package org.comitia.cli.agent;
