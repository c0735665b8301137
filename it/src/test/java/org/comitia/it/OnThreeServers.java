package org.comitia.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test of a client on three servers, which all such tests share. They run in one JVM, after all
 * others of it, so that no other test has these servers beside it. A method may take {@link
 * ThreeServers}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ThreeServers.Sharing.class)
@Order(Integer.MAX_VALUE)
@Tag("alone")
public @interface OnThreeServers {}
