/**
 * Who may do what: tokens, policies and roles as values, the rules that policies are written in,
 * and what follows from them for one token. Pure: no clock, no thread, no I/O. After Consul's
 * access control (developer.hashicorp.com/consul/docs/security/acl).
 */
package org.comitia.access;
