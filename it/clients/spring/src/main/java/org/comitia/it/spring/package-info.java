/** A Spring Cloud application as its users write it; knows nothing of the product under test. */
package org.comitia.it.spring;
