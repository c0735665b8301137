/** Small files that survive a crash, and the room on their disk, for every room that keeps some. */
package org.comitia.files;
