/**
 * Filter expressions, the language of {@code ?filter=}: a parser, what can be selected in each kind
 * of result, and predicates made from both. The grammar is in docs/design/filter.md. Pure functions
 * that know nothing of HTTP.
 */
package org.comitia.web.filter;
