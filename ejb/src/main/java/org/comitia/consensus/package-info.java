/** The driver of the consensus core: threads, proposals, reads, bootstrap and leadership duties. */
package org.comitia.consensus;
