/** {@code /v1/catalog}. */
package org.comitia.web.catalog;
