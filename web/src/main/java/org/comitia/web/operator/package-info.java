/** {@code /v1/operator}. */
package org.comitia.web.operator;
