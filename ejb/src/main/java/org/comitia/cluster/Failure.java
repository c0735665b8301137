package org.comitia.cluster;

/** Why a request was not carried out; decides the status code. */
public enum Failure {
  /** Held as long as the hold timeout, still no leader: 500 {@code No cluster leader}. */
  NO_LEADER,
  /** A client agent knows no server: 500 {@code No known Consul servers}. */
  NO_SERVERS,
  /** Too much is under way: 429 with Retry-After. */
  OVERLOADED,
  /** This node cannot serve at the moment (starting, store failed, left): 503 with Retry-After. */
  UNAVAILABLE,
  /** The request itself was refused with a text: 500, as Consul's RPC errors. */
  REFUSED,
  /** The caller may not, or its token is unknown: 403, with Consul's texts. */
  DENIED
}
