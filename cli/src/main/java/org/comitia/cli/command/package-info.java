/** What all commands of {@code comitia} share: groups, help, signals, the terminal. */
package org.comitia.cli.command;
