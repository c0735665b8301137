package org.comitia.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.comitia.wire.SnapshotAssembly;
import org.comitia.wire.proto.SnapshotChunkFrame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
  private static final Instant TIME = Instant.parse("2026-11-30T06:00:00.123Z");

  /** A node, then two keys. */
  private static final List<byte[]> CHUNKS =
      List.of(
          new byte[] {1 << 3 | 2, 3, 'a', 'b', 'c'},
          new byte[] {4 << 3 | 2, 1, 'x', 4 << 3 | 2, 2, 'y', 'z'});

  private static final long SIZE = 1 + 5 + 1 + 7;

  private static Manifest manifest(int level, long size, Map<String, Long> rows) {
    return new Manifest(
        level,
        12,
        3,
        "5f0c",
        "dc1",
        List.of(
            new Manifest.Peer("id-1", "inc-1", "n1", "10.0.0.1:8300", true),
            new Manifest.Peer("id-2", "inc-2", "n2", "10.0.0.2:8300", false)),
        7,
        "0.1.0",
        TIME,
        size,
        rows,
        "digest");
  }

  private static Manifest manifest() {
    return manifest(0, SIZE, Map.of("nodes", 1L, "kv", 2L));
  }

  private static byte[] archive(Manifest manifest) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter writer = new ArchiveWriter(out, manifest);
    for (byte[] chunk : CHUNKS) {
      writer.chunk(chunk);
    }
    writer.finish();
    return out.toByteArray();
  }

  private static ArchiveReader.Contents read(byte[] archive) throws IOException {
    return ArchiveReader.read(new ByteArrayInputStream(archive), rows -> {});
  }

  private static void damaged(byte[] archive, String part, String why) {
    assertThatThrownBy(() -> read(archive))
        .isInstanceOf(DamagedArchiveException.class)
        .hasMessageContaining("COM3041")
        .hasMessageContaining(part + ": ")
        .hasMessageContaining(why);
  }

  @Test
  void whatWasWrittenIsRead() throws Exception {
    List<byte[]> chunks = new ArrayList<>();
    ArchiveReader.Contents contents =
        ArchiveReader.read(new ByteArrayInputStream(archive(manifest())), chunks::add);
    assertThat(contents.manifest()).isEqualTo(manifest());
    assertThat(contents.manifest().id()).isEqualTo("3-12-" + TIME.toEpochMilli());
    assertThat(chunks).hasSize(2);
    assertThat(chunks.get(1)).isEqualTo(CHUNKS.get(1));
    assertThat(contents.tables().keySet()).containsExactlyElementsOf(TableNames.NAMES);
    assertThat(contents.tables()).containsEntry("kv", new ArchiveReader.Table(2, 7));
    assertThat(contents.tables()).containsEntry("sessions", new ArchiveReader.Table(0, 0));
  }

  @Test
  void itsTablesAreThoseOfAChunk() {
    List<String> fields = new ArrayList<>();
    SnapshotChunkFrame.getDescriptor()
        .getFields()
        .forEach(
            field -> {
              fields.add(field.getName());
              assertThat(field.getNumber()).isEqualTo(fields.size());
            });
    assertThat(TableNames.NAMES).isEqualTo(fields);
    assertThat(ArchiveFormat.MAX_CHUNK_BYTES).isEqualTo(SnapshotAssembly.MAX_CHUNK_BYTES);
  }

  // ---- with the system's own tools

  @TempDir Path folder;

  private String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void theSystemsToolsReadIt() throws Exception {
    Files.write(folder.resolve("x.snap"), archive(manifest()));
    assertThat(run("tar", "tzf", "x.snap")).isEqualTo("meta.json\nstate.bin\nSHA256SUMS\n");
    run("tar", "xzf", "x.snap");
    assertThat(run("sha256sum", "-c", "SHA256SUMS")).isEqualTo("meta.json: OK\nstate.bin: OK\n");
    assertThat(folder.resolve("state.bin")).hasSize(SIZE);
  }

  /** In another order, with other names before the names, and with something besides. */
  @Test
  void whatTheSystemsTarHasPackedIsRead() throws Exception {
    Files.write(folder.resolve("x.snap"), archive(manifest()));
    run("tar", "xzf", "x.snap");
    Files.writeString(folder.resolve("README"), "of ours");
    run("sh", "-c", "tar czf y.snap ./README ./SHA256SUMS ./meta.json ./state.bin");
    assertThat(read(Files.readAllBytes(folder.resolve("y.snap"))).manifest()).isEqualTo(manifest());
  }

  // ---- damage

  /** But a few that say nothing about what is packed, most of them in gzip's head. */
  @Test
  void eachByteThatIsFlippedIsFound() throws Exception {
    byte[] good = archive(manifest());
    int unseen = 0;
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= (byte) (at % 2 == 0 ? 1 : 0x80);
      List<byte[]> chunks = new ArrayList<>();
      try {
        ArchiveReader.Contents contents =
            ArchiveReader.read(new ByteArrayInputStream(bad), chunks::add);
        unseen++;
        assertThat(contents.manifest()).isEqualTo(manifest());
        assertThat(chunks).usingRecursiveComparison().isEqualTo(CHUNKS);
      } catch (DamagedArchiveException | UnknownArchiveException expected) {
        assertThat(expected).hasMessageStartingWith("COM304");
      }
    }
    assertThat(unseen).isLessThan(12);
  }

  @Test
  void anArchiveThatIsCutOffIsFound() throws Exception {
    byte[] good = archive(manifest());
    for (int length = 0; length < good.length; length++) {
      byte[] bad = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> read(bad)).isInstanceOf(DamagedArchiveException.class);
    }
  }

  @Test
  void spoiltBytesThrowOnlyTheTypedExceptions() throws Exception {
    Random random = new Random(5);
    byte[] tar = new GZIPInputStream(new ByteArrayInputStream(archive(manifest()))).readAllBytes();
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] bad = tar.clone(); // packed anew, so that gzip's sum is right
      for (int n = random.nextInt(4); n >= 0; n--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
        gzip.write(bad, 0, random.nextInt(8) == 0 ? random.nextInt(bad.length) : bad.length);
      }
      try {
        assertThat(read(packed.toByteArray()).manifest()).isEqualTo(manifest());
      } catch (DamagedArchiveException | UnknownArchiveException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1_000);
  }

  // ---- archives that somebody else made

  private static String sum(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static Map<String, byte[]> files(byte[] archive) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    TarArchiveInputStream tar =
        new TarArchiveInputStream(new GZIPInputStream(new ByteArrayInputStream(archive)));
    for (TarArchiveEntry file = tar.getNextEntry(); file != null; file = tar.getNextEntry()) {
      files.put(file.getName(), tar.readAllBytes());
    }
    return files;
  }

  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(out))) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey().replace("+", ""));
        entry.setSize(file.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return out.toByteArray();
  }

  /** With a size and sums that are right again. */
  private static byte[] with(String name, byte[] content) throws Exception {
    Map<String, byte[]> files = files(archive(manifest()));
    files.put(name, content);
    if (name.equals("state.bin")) {
      String json = new String(files.get("meta.json"), StandardCharsets.UTF_8);
      files.put("meta.json", json.replace(": " + SIZE, ": " + content.length).getBytes());
    }
    String sums =
        sum(files.get("meta.json"))
            + "  meta.json\n"
            + sum(files.get("state.bin"))
            + "  state.bin\n";
    files.put("SHA256SUMS", sums.getBytes(StandardCharsets.UTF_8));
    return tar(files);
  }

  private static byte[] without(String name) throws IOException {
    Map<String, byte[]> files = files(archive(manifest()));
    files.remove(name);
    return tar(files);
  }

  @Test
  void whatIsMissingIsNamed() throws Exception {
    damaged(without("meta.json"), "state.bin", "before meta.json");
    damaged(without("state.bin"), "state.bin", "missing");
    damaged(without("SHA256SUMS"), "SHA256SUMS", "missing");
    damaged(tar(Map.of()), "meta.json", "missing");
    damaged(new byte[100], "archive", "gzip");
  }

  @Test
  void whatIsThereTwiceIsRefused() throws Exception {
    for (String name : List.of("meta.json", "state.bin", "SHA256SUMS")) {
      Map<String, byte[]> files = files(archive(manifest()));
      files.put(name + "+", files.get(name));
      damaged(tar(files), name, "twice");
    }
  }

  @Test
  void theFileWhoseSumIsAnotherIsNamed() throws Exception {
    Map<String, byte[]> files = files(archive(manifest()));
    files.get("state.bin")[3] ^= 1;
    damaged(tar(files), "state.bin", "SHA-256");
    files.get("state.bin")[3] ^= 1;
    byte[] json = files.get("meta.json");
    files.put("meta.json", new String(json).replace("dc1", "dc2").getBytes());
    damaged(tar(files), "meta.json", "SHA-256");
  }

  /** gzip sees it as well, but not where. */
  @Test
  void theFileWhoseBytesWereFlippedInThePackedArchiveIsNamed() throws Exception {
    byte[] tar = new GZIPInputStream(new ByteArrayInputStream(archive(manifest()))).readAllBytes();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream stored =
        new GZIPOutputStream(out) {
          {
            def.setLevel(0);
          }
        }) {
      stored.write(tar);
    }
    byte[] packed = out.toByteArray();
    String text = new String(packed, StandardCharsets.ISO_8859_1);
    packed[text.indexOf("\u0003abc") + 2] ^= 1;
    damaged(packed, "state.bin", "SHA-256");
    packed[text.indexOf("\u0003abc") + 2] ^= 1;
    packed[packed.length - 8] ^= 1;
    damaged(packed, "archive", "GZIP");
  }

  @Test
  void aStateThatIsNotTheManifestsIsRefused() throws Exception {
    damaged(archive(manifest(0, SIZE, Map.of("nodes", 1L, "kv", 3L))), "state.bin", "2 rows of kv");
    damaged(archive(manifest(0, SIZE, Map.of("kv", 2L))), "state.bin", "1 rows of nodes");
    damaged(with("state.bin", new byte[] {0}), "state.bin", "0 rows of nodes");
  }

  @Test
  void aStateThatIsNoChunksIsRefused() throws Exception {
    damaged(with("state.bin", new byte[] {9, 1}), "state.bin", "within a chunk");
    damaged(with("state.bin", new byte[] {(byte) 0x80}), "state.bin", "within a chunk's length");
    byte[] endless = {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 1};
    damaged(with("state.bin", endless), "state.bin", "a chunk of");
    damaged(with("state.bin", new byte[] {2, 13 << 3 | 2, 0}), "state.bin", "not rows");
    damaged(with("state.bin", new byte[] {2, 1 << 3, 0}), "state.bin", "not rows");
    damaged(with("state.bin", new byte[] {2, 1 << 3 | 2, 1}), "state.bin", "not rows");
    damaged(with("state.bin", new byte[] {1, 1 << 3 | 2}), "state.bin", "not rows");
  }

  /** The longer one is not read first. */
  @Test
  void aStateOfAnotherSizeIsRefusedBeforeItIsRead() throws Exception {
    for (int size : new int[] {(int) SIZE - 1, (int) SIZE + 1}) {
      Map<String, byte[]> files = files(archive(manifest()));
      files.put("state.bin", Arrays.copyOf(files.get("state.bin"), size));
      List<byte[]> chunks = new ArrayList<>();
      assertThatThrownBy(
              () -> ArchiveReader.read(new ByteArrayInputStream(tar(files)), chunks::add))
          .isInstanceOf(DamagedArchiveException.class)
          .hasMessageContaining("state.bin: " + size + " bytes, and meta.json says " + SIZE);
      assertThat(chunks).isEmpty();
    }
  }

  /** They cost a call for each byte. */
  @Test
  void aChunkOfNothingStandsAlone() throws Exception {
    byte[] state = files(archive(manifest())).get("state.bin");
    damaged(with("state.bin", Arrays.copyOf(state, state.length + 1)), "state.bin", "0 bytes");
    damaged(with("state.bin", new byte[] {(byte) 0x80, 0}), "state.bin", "0 bytes");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter writer = new ArchiveWriter(out, manifest(0, 1, Map.of()));
    writer.chunk(new byte[0]);
    writer.finish();
    assertThat(read(out.toByteArray()).manifest().size()).isEqualTo(1);
  }

  /** The tar's reader makes as many zeros of it as its head claims. */
  @Test
  void aFileWithHolesIsRefused() throws Exception {
    Files.write(folder.resolve("x.snap"), archive(manifest()));
    run("tar", "xzf", "x.snap");
    run("truncate", "-s", "64K", "hole");
    for (String form : List.of("gnu", "pax --sparse-version=0.1", "pax --sparse-version=1.0")) {
      run(
          "sh",
          "-c",
          "tar czf y.snap -S --format=" + form + " hole meta.json state.bin SHA256SUMS");
      damaged(Files.readAllBytes(folder.resolve("y.snap")), "hole", "holes");
    }
  }

  private static byte[] manifestWith(String from, String to) throws Exception {
    String json = new String(files(archive(manifest())).get("meta.json"), StandardCharsets.UTF_8);
    assertThat(json).contains(from);
    return with("meta.json", json.replace(from, to).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aManifestThatIsNoneIsRefused() throws Exception {
    damaged(manifestWith("\"Index\": 12", "\"Index\": -12"), "meta.json", "negative");
    damaged(manifestWith("\"Index\": 12", "\"Index\": 12.5"), "meta.json", "");
    damaged(manifestWith("\"Index\": 12", "\"Index\": 1e999999999"), "meta.json", "");
    damaged(manifestWith("\"Index\": 12", "\"Index\": \"12\""), "meta.json", "");
    damaged(manifestWith("\"Index\"", "\"Indes\""), "meta.json", "");
    damaged(manifestWith("2026-11-30", "yesterday"), "meta.json", "");
    damaged(manifestWith("\"Level\": 0", "\"Level\": -1"), "meta.json", "negative");
    damaged(with("meta.json", "[]".getBytes()), "meta.json", "");
    damaged(with("meta.json", "[".repeat(100_000).getBytes()), "meta.json", "");
    damaged(with("meta.json", new byte[(1 << 20) + 1]), "meta.json", "longer");
  }

  /** Java has more of them than milliseconds in a long, in which an archive's ID is written. */
  @Test
  void aTimeThatIsNoNumberOfMillisecondsIsRefused() throws Exception {
    String last = Instant.ofEpochMilli(Long.MAX_VALUE).toString();
    assertThat(read(manifestWith(TIME.toString(), last)).manifest().id())
        .isEqualTo("3-12-" + Long.MAX_VALUE);
    String next = Instant.ofEpochMilli(Long.MAX_VALUE).plusMillis(1).toString();
    damaged(manifestWith(TIME.toString(), next), "meta.json", "Time");
    String before = Instant.ofEpochMilli(Long.MIN_VALUE).minusMillis(1).toString();
    damaged(manifestWith(TIME.toString(), before), "meta.json", "Time");
  }

  @Test
  void whatANewerVersionAddedToTheManifestIsPassedOver() throws Exception {
    assertThat(read(manifestWith("\"Level\"", "\"Newer\": {}, \"Level\"")).manifest())
        .isEqualTo(manifest());
  }

  @Test
  void anEmptyFileIsToldInWords() {
    assertThatThrownBy(() -> read(new byte[0]))
        .isInstanceOf(DamagedArchiveException.class)
        .hasMessageContaining("not packed with gzip: it is cut off");
  }

  @Test
  void archivesOfNewerVersionsAndOfOthersAreRefused() throws Exception {
    int newer = Manifest.KNOWN_LEVEL + 1;
    assertThatThrownBy(() -> read(archive(manifest(newer, SIZE, Map.of()))))
        .isInstanceOf(UnknownArchiveException.class)
        .hasMessageContaining("COM3043")
        .hasMessageContaining("level " + newer);
    assertThatThrownBy(() -> read(manifestWith("\"Version\": 1", "\"Version\": 2")))
        .isInstanceOf(UnknownArchiveException.class)
        .hasMessageContaining("format 2");
    assertThatThrownBy(() -> read(manifestWith("\"Version\": 1", "\"Version\": 4294967297")))
        .isInstanceOf(UnknownArchiveException.class)
        .hasMessageContaining("format 4294967297");
    assertThatThrownBy(() -> read(manifestWith("\"Level\": 0", "\"Level\": 4294967296")))
        .isInstanceOf(UnknownArchiveException.class)
        .hasMessageContaining("level 4294967296");
    String consuls = "{\"Version\":1,\"ID\":\"2-12-1\",\"Index\":12,\"Term\":2,\"Size\":5133}";
    assertThatThrownBy(() -> read(with("meta.json", consuls.getBytes())))
        .isInstanceOf(UnknownArchiveException.class)
        .hasMessageContaining("COM3042");
  }

  @Test
  void aTarOfManyFilesIsNotReadToItsEnd() throws Exception {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 0; i < 65; i++) {
      files.put("file" + i, new byte[0]);
    }
    damaged(tar(files), "archive", "more than 64 files");
  }

  /** The tar's reader would put it into memory. */
  @Test
  void aNameWithoutEndIsNotReadToItsEnd() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(out))) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      tar.putArchiveEntry(new TarArchiveEntry("n".repeat(70_000)));
      tar.closeArchiveEntry();
    }
    damaged(out.toByteArray(), "archive", "head of more than");
  }

  @Test
  void anErrorQuotesTheArchiveUpToABound() throws Exception {
    String version = "1".repeat(65);
    assertThatThrownBy(() -> read(manifestWith("\"0.1.0\"", "\"" + version + "\", \"Version\": 2")))
        .hasMessageContaining("(Comitia " + "1".repeat(64) + "..., format 2");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(unpacked("n".repeat(257), 100), 0, 512 * 3 + 50);
    }
    damaged(out.toByteArray(), "it: " + "n".repeat(256) + "...", "cannot be unpacked");
  }

  /** A tar of one file. */
  private static byte[] unpacked(String name, int size) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setSize(size);
      tar.putArchiveEntry(entry);
      tar.write(new byte[size]);
      tar.closeArchiveEntry();
    }
    return out.toByteArray();
  }

  @Test
  void aStateThatIsNotAsLongAsItsManifestSaysIsNotWritten() {
    assertThatThrownBy(() -> archive(manifest(0, SIZE + 1, Map.of())))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> archive(manifest(0, SIZE - 1, Map.of())))
        .isInstanceOf(IOException.class);
  }
}
