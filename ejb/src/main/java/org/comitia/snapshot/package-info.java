/**
 * The archive of a snapshot: a tar, packed with gzip, that holds a manifest, the state's chunks and
 * their checksums (docs/design/snapshot.md). Knows the form of chunks, not what is in their rows,
 * so that the command can check an archive as well.
 */
package org.comitia.snapshot;
