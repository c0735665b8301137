/** {@code /v1/acl}: tokens, policies and roles. */
package org.comitia.web.acl;
