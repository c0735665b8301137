package org.comitia.agent.local;

import java.util.List;
import org.comitia.state.Command;

/**
 * One write that brings the catalog nearer to this agent.
 *
 * @param what for a person, in case it fails: {@code service=web}
 * @param lines to be logged when it is done
 * @param done to be run on the registry's executor when it is done
 */
record CatalogChange(Command command, String what, List<String> lines, Runnable done) {}
