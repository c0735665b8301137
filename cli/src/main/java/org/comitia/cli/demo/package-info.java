/** The {@code demo} command: three agents on this machine that become one cluster. */
package org.comitia.cli.demo;
