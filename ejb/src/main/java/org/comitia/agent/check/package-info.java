/** How this node's own checks are carried out: what each type asks, when, and what counts. */
package org.comitia.agent.check;
