/** Frames between servers and requests forwarded to them. */
package org.comitia.transport;
