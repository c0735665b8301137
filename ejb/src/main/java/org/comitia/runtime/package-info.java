/**
 * The composition root: the session beans that start, hold and stop this node. The only room that
 * knows all the others.
 */
package org.comitia.runtime;
