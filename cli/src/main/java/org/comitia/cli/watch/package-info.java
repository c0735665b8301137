/** The {@code watch} command. */
package org.comitia.cli.watch;
