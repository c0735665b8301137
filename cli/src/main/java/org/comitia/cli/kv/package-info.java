/** The {@code kv} commands, and the key/value store as other commands use it. */
package org.comitia.cli.kv;
