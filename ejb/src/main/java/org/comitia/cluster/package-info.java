/**
 * What the rooms say to each other about a cluster, and nothing that does anything: requests and
 * their outcomes ({@link org.comitia.cluster.Cluster}, {@link org.comitia.cluster.Read}, {@link
 * org.comitia.cluster.WriteOutcome}, {@link org.comitia.cluster.Forwarded}), members ({@link
 * org.comitia.cluster.Member}), and the ports that {@code storage}, {@code transport} and {@code
 * membership} implement for {@code consensus}.
 */
package org.comitia.cluster;
