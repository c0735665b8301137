/** The tokens by which this agent does things itself. */
package org.comitia.agent.token;
