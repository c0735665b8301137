/** JPA entities, the Raft log store, the saved catalog and the durability probe. */
package org.comitia.storage;
