/** Small files that survive a crash, for every room that keeps some. */
package org.comitia.files;
