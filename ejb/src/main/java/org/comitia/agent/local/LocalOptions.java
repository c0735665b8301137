package org.comitia.agent.local;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.comitia.state.Node;

/**
 * The settings that the local services follow; a reload may change them.
 *
 * @param node this node as the catalog is to show it
 * @param definitions files and directories
 * @param checkUpdateInterval how long a changed output alone may wait; zero for not at all
 * @param discardOutput whether outputs of checks are dropped
 */
public record LocalOptions(
    Node node,
    List<Path> definitions,
    Duration checkUpdateInterval,
    boolean discardOutput,
    boolean localScripts,
    boolean remoteScripts) {}
