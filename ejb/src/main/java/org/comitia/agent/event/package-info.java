/** User events: who fired what, as this agent has seen it lately. */
package org.comitia.agent.event;
