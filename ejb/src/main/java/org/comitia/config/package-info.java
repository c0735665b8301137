/** One typed, validated view of every MicroProfile Config property. */
package org.comitia.config;
