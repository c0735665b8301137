/** The client commands: they talk to a running agent over its HTTP API. */
package org.comitia.cli.client;
