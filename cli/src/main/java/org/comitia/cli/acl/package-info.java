/** {@code comitia acl}: tokens, policies and roles. */
package org.comitia.cli.acl;
