/** The first class of the agent's JVM, alone on its class path. */
package org.comitia.boot;
