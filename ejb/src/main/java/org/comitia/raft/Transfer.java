package org.comitia.raft;

/** A handing-over of leadership under way (thesis §3.10). */
record Transfer(ServerId target, long deadline) {}
