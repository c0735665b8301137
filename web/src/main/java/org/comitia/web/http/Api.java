package org.comitia.web.http;

import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;

/**
 * The resources of the v1 API, all found under the paths of {@link Endpoint} without their slash.
 */
@ApplicationPath("/")
public class Api extends Application {}
