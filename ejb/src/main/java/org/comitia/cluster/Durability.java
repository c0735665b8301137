package org.comitia.cluster;

/**
 * The verdict of the start-up probe.
 *
 * @param synced whether a commit is on the disk when it returns
 * @param summary one line for {@code info} and health data, e.g. {@code SQLite 3.54.1,
 *     journal_mode=wal, synchronous=full}
 * @param warning what a person should know, e.g. that the directory is on tmpfs; empty when nothing
 */
public record Durability(boolean synced, String summary, String warning) {}
