/** Services and checks as people define them: for the API, in files, and as they are saved. */
package org.comitia.agent.definition;
