package org.comitia.web.http;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.comitia.agent.Agent;
import org.comitia.cluster.Cluster;

/** Gives the cluster to whoever asks for it. */
@ApplicationScoped
public class ClusterSource {
  @Produces
  static Cluster cluster(Agent agent) {
    return agent.cluster();
  }
}
