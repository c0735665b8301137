/**
 * What a person asks for whose cluster has lost its majority for good: the files that a start of
 * the agent acts on (docs/design/recovery.md).
 */
package org.comitia.recovery;
