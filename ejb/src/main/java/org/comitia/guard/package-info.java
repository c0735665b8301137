/**
 * What requests ask of whoever makes them, and what they may see of an answer: {@link
 * org.comitia.guard.Demands} looks at commands before they are proposed, {@link
 * org.comitia.guard.Sieve} at results before they are shown. Both hold Consul's rules
 * (docs/design/access.md). Pure: no clock, no thread, no I/O; tokens are looked up by whoever asks.
 */
package org.comitia.guard;
