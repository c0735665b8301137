/** The JGroups channel: discovery, join, members and their tags. */
package org.comitia.membership;
