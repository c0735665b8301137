/** {@code /v1/kv}: an async servlet, see docs/design/http.md. */
package org.comitia.web.kv;
