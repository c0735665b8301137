/** The v1 HTTP API and the console. */
package org.comitia.web;
