/** {@code comitia tls}: a certificate authority of one's own, and certificates of agents. */
package org.comitia.cli.tls;
