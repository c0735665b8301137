/** Codecs between the engine's types and their protobuf encoding. */
package org.comitia.wire;
