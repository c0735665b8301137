/** What this node says of itself: the form of a log line, and where the lines go. */
package org.comitia.log;
