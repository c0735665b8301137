package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;

/** README's {@code server.xml} for a server of one's own says what the distribution's files say. */
class ReadmeServerXmlTest {
  private static final Path ROOT = Path.of("..");
  private static final Path LIBERTY = ROOT.resolve("liberty-config/src/main/liberty");

  @Test
  void whatBothSaySaysTheSame() throws Exception {
    Map<String, String> readme = attributes(snippet());
    Map<String, String> ours = attributes(Files.readString(LIBERTY.resolve("comitia.xml")));
    ours.putAll(attributes(Files.readString(LIBERTY.resolve("datasource.xml"))));
    readme.keySet().retainAll(ours.keySet());
    assertThat(readme).containsKeys("dataSource comitiaLog/connectionManager agedTimeout");
    readme.forEach(
        (what, value) -> {
          String other = ours.get(what);
          if (!other.contains("${") && !value.contains("${")) {
            assertThat(value).as(what).isEqualTo(other);
          }
        });
  }

  @Test
  void theStoresAreUsedAlike() throws Exception {
    Map<String, String> readme = attributes(snippet());
    attributes(Files.readString(LIBERTY.resolve("datasource.xml")))
        .forEach(
            (what, value) -> {
              if (what.startsWith("dataSource ")) {
                assertThat(readme).containsEntry(what, value);
              }
            });
    assertThat(readme.keySet()).noneMatch(what -> what.contains("connectionManager reapTime"));
  }

  @Test
  void aBodyIsTakenAsItCameAndAwaitedForATime() throws Exception {
    assertThat(attributes(snippet()))
        .containsEntry("httpOptions comitiaHttpOptions AutoDecompression", "false")
        .containsEntry("httpOptions comitiaHttpOptions readTimeout", "10s");
  }

  @Test
  void theDriversAreThoseThatAreTested() throws Exception {
    assertThat(Files.readString(ROOT.resolve("README.md")))
        .contains("`org.xerial:sqlite-jdbc` " + version("sqlite") + ")");
    assertThat(Files.readString(ROOT.resolve("docs/operations.md")))
        .contains("`org.postgresql:postgresql` " + version("postgresql") + ")");
  }

  private static String version(String of) throws Exception {
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    String begin = "<" + of + ".version>";
    int from = pom.indexOf(begin) + begin.length();
    return pom.substring(from, pom.indexOf("<", from));
  }

  @Test
  void thePostgresqlSnippetGivesBothStoresASourceThatIsNotPooled() throws Exception {
    String page = Files.readString(ROOT.resolve("docs/operations.md"));
    Map<String, String> found = attributes(between(page, "postgresql"));
    Map<String, String> sqlite = attributes(snippet());
    for (String source : new String[] {"dataSource comitiaLog", "dataSource comitiaCatalog"}) {
      for (String same : new String[] {" jndiName", " type", " transactional"}) {
        assertThat(found).containsEntry(source + same, sqlite.get(source + same));
      }
      String pool = source + "/connectionManager agedTimeout";
      assertThat(found).containsEntry(pool, sqlite.get(pool));
    }
  }

  private static String snippet() throws Exception {
    return between(Files.readString(ROOT.resolve("README.md")), "server.xml");
  }

  private static String between(String page, String mark) {
    int begin = page.indexOf("<!-- " + mark + ": begin -->");
    int end = page.indexOf("<!-- " + mark + ": end -->");
    String fenced = page.substring(begin, end);
    return fenced.substring(fenced.indexOf("<server"), fenced.indexOf("</server>") + 9);
  }

  /** "element id/child attribute" to its value. */
  private static Map<String, String> attributes(String xml) throws Exception {
    Element server =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)))
            .getDocumentElement();
    Map<String, String> found = new TreeMap<>();
    NodeList all = server.getChildNodes();
    for (int i = 0; i < all.getLength(); i++) {
      if (all.item(i) instanceof Element element) {
        String name = element.getTagName();
        String id = element.getAttribute("id") + element.getAttribute("name");
        String where = id.isEmpty() ? name : name + " " + id;
        add(found, where, element);
        NodeList children = element.getChildNodes();
        for (int k = 0; k < children.getLength(); k++) {
          if (children.item(k) instanceof Element child) {
            add(found, where + "/" + child.getTagName(), child);
          }
        }
      }
    }
    return found;
  }

  private static void add(Map<String, String> found, String where, Element element) {
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      found.put(where + " " + attributes.item(i).getNodeName(), attributes.item(i).getNodeValue());
    }
  }
}
