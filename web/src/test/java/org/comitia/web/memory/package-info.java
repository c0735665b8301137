/** A cluster and an agent in memory, for tests of the HTTP API. */
package org.comitia.web.memory;
