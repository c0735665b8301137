/** Tests on real Open Liberty processes. */
package org.comitia.it;
