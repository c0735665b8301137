/** The {@code snapshot} commands. */
package org.comitia.cli.snapshot;
