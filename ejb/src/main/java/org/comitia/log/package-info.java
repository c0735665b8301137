/** What this node says of itself: the form of a log line, where the lines go, and how often. */
package org.comitia.log;
