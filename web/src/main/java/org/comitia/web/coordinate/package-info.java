/** Where nodes are in the network: {@code /v1/coordinate}, and sorting by it. */
package org.comitia.web.coordinate;
