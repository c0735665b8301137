/** {@code /v1/snapshot}: the state as an archive. */
package org.comitia.web.snapshot;
