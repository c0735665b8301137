/** {@code /v1/session}: who holds locks. */
package org.comitia.web.session;
