/** The {@code catalog} commands and {@code rtt}: what the cluster knows of nodes and services. */
package org.comitia.cli.catalog;
