/**
 * The key that all agents of a cluster share, and how both ports prove it before anything is read:
 * docs/design/encryption.md.
 */
package org.comitia.encryption;
