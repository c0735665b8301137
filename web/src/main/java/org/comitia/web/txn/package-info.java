/** {@code /v1/txn}: many operations or none. */
package org.comitia.web.txn;
