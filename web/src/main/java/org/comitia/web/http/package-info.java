/**
 * What stands in front of every endpoint: the filter on the raw request, paths and queries as Go
 * reads them, answers and errors in Consul's form. A resource asks the cluster by {@code Answers};
 * what comes back, status, headers and body, is a {@code Reply}; an {@code Answer} is one that is
 * there or comes, and {@code Answers.send} sends it.
 */
package org.comitia.web.http;
