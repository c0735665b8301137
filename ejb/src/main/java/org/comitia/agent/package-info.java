/** What belongs to this node alone: joining, leaving, syncing itself with the catalog. */
package org.comitia.agent;
