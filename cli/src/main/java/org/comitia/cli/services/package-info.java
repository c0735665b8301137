/** The {@code services} commands: services of the local agent. */
package org.comitia.cli.services;
