/** {@code /v1/internal/ui}: what a console shows. */
package org.comitia.web.ui;
