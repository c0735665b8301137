/** What belongs to this node alone: {@code /v1/agent}. */
package org.comitia.web.agent;
