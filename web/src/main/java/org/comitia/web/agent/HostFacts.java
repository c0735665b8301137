package org.comitia.web.agent;

import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.comitia.web.http.Json;

/**
 * Memory, processors and disk of this machine as the JVM sees them, under the names that Consul
 * gives them; what the JVM cannot tell is left out.
 */
record HostFacts(
    long memoryTotal,
    long memoryFree,
    int processors,
    String os,
    String kernel,
    String arch,
    String diskType,
    long diskTotal,
    long diskFree,
    long collectedNanos,
    List<String> errors) {
  private static final Path ROOT = Path.of("/");

  /** Reads them. */
  static HostFacts now() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    List<String> errors = new ArrayList<>();
    String type = "";
    long total = 0;
    long free = 0;
    try {
      FileStore disk = Files.getFileStore(ROOT);
      type = disk.type();
      total = disk.getTotalSpace();
      free = disk.getUnallocatedSpace();
    } catch (IOException e) {
      errors.add("disk: " + e.getMessage());
    }
    return new HostFacts(
        system.getTotalMemorySize(),
        system.getFreeMemorySize(),
        system.getAvailableProcessors(),
        system.getName(),
        system.getVersion(),
        system.getArch(),
        type,
        total,
        free,
        System.currentTimeMillis() * 1_000_000,
        errors);
  }

  void write(JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeObjectFieldStart("Memory");
    space(out, memoryTotal, memoryFree);
    out.writeEndObject();
    out.writeArrayFieldStart("CPU");
    for (int i = 0; i < processors; i++) {
      out.writeStartObject();
      out.writeNumberField("cpu", i);
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeObjectFieldStart("Host");
    out.writeStringField("os", os);
    out.writeStringField("kernelVersion", kernel);
    out.writeStringField("kernelArch", arch);
    out.writeEndObject();
    out.writeObjectFieldStart("Disk");
    out.writeStringField("path", ROOT.toString());
    out.writeStringField("fstype", diskType);
    space(out, diskTotal, diskFree);
    out.writeEndObject();
    out.writeNumberField("CollectionTime", collectedNanos);
    if (errors.isEmpty()) {
      out.writeNullField("Errors");
    } else {
      Json.texts(out, "Errors", errors);
    }
    out.writeEndObject();
  }

  private static void space(JsonGenerator out, long total, long free) throws IOException {
    out.writeNumberField("total", total);
    out.writeNumberField("free", free);
    out.writeNumberField("used", total - free);
    out.writeNumberField("usedPercent", total == 0 ? 0 : 100.0 * (total - free) / total);
  }
}
