package org.comitia.config;

/** What {@code /health/ready} answers for this node; see {@link Setting#HEALTH_READY}. */
public enum HealthReady {
  /** Ready when the engine is: a leader is known and the applied index is recent. */
  ENGINE,
  /** Always ready, with the engine's data beside it. */
  ALWAYS
}
