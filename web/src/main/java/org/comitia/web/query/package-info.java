/** {@code /v1/query}: prepared queries. */
package org.comitia.web.query;
