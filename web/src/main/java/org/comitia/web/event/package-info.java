/** User events: {@code /v1/event}. */
package org.comitia.web.event;
