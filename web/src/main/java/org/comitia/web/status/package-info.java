/** {@code /v1/status}. */
package org.comitia.web.status;
