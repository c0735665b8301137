/**
 * The keys that all agents of a cluster share, and how both ports prove one before anything is
 * read: docs/design/encryption.md.
 */
package org.comitia.encryption;
