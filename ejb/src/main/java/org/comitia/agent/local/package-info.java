/** The services and checks of this node: kept, saved, and the catalog held in step with them. */
package org.comitia.agent.local;
