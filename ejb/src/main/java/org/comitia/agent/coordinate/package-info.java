/** Where this agent is in the network, from the round trips to others. */
package org.comitia.agent.coordinate;
