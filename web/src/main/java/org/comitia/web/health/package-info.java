/** {@code /v1/health}, and the probes of MicroProfile Health. */
package org.comitia.web.health;
