/** Programs and libraries that were written for Consul, unchanged, against three real servers. */
package org.comitia.it.clients;
