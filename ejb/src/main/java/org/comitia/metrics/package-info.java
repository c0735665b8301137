/** Figures of what this node does, counted where it is done and read by the API. */
package org.comitia.metrics;
