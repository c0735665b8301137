/**
 * The keys that all agents of a cluster share, or their certificates, and how both ports prove them
 * before anything is read: docs/design/encryption.md, docs/design/certificates.md.
 */
package org.comitia.encryption;
