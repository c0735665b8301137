/**
 * What stands in front of every endpoint: the filter on the raw request, paths and queries as Go
 * reads them, answers and errors in Consul's form.
 */
package org.comitia.web.http;
