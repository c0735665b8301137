/** The {@code operator} commands. */
package org.comitia.cli.operator;
