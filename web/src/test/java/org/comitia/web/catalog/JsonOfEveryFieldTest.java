package org.comitia.web.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.comitia.state.Check;
import org.comitia.state.CheckDefinition;
import org.comitia.state.Node;
import org.comitia.state.QueryResult;
import org.comitia.state.Service;
import org.comitia.web.health.CheckJson;
import org.comitia.web.http.Json;
import org.junit.jupiter.api.Test;

/** Each field of the catalog's rows is in their JSON. */
class JsonOfEveryFieldTest {
  private interface Form<R> {
    void write(JsonGenerator out, R row) throws IOException;
  }

  /**
   * @param elsewhere fields that are shown beside it
   */
  private static <R extends Record> void shows(Class<R> type, Form<R> form, Set<String> elsewhere)
      throws Exception {
    RecordComponent[] components = type.getRecordComponents();
    String full = json(form, make(type, -1));
    for (int i = 0; i < components.length; i++) {
      String name = components[i].getName();
      if (!elsewhere.contains(name)) {
        assertThat(json(form, make(type, i))).as(name).isNotEqualTo(full);
      }
    }
  }

  private static <R> String json(Form<R> form, R row) {
    return new String(Json.bytes(false, out -> form.write(out, row)), StandardCharsets.UTF_8);
  }

  /**
   * @param changed the place of the field that says something else
   */
  private static <R extends Record> R make(Class<R> type, int changed) throws Exception {
    RecordComponent[] components = type.getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = value(components[i], i == changed ? 2 : 1);
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    return type.getDeclaredConstructor(types).newInstance(values);
  }

  private static Object value(RecordComponent component, int salt) throws Exception {
    Class<?> type = component.getType();
    if (component.getName().equals("proxy") || component.getName().equals("connect")) {
      return "{\"Config\":" + salt + "}";
    } else if (type == String.class) {
      return component.getName() + salt;
    } else if (type == int.class) {
      return salt;
    } else if (type == long.class) {
      return (long) salt;
    } else if (type == boolean.class) {
      return salt == 1;
    } else if (type == List.class) {
      return List.of("a" + salt);
    } else if (type == Map.class) {
      return Map.of("k", element(component, salt));
    }
    assertThat(type).isEqualTo(CheckDefinition.class);
    return make(CheckDefinition.class, salt == 1 ? -1 : 0);
  }

  private static Object element(RecordComponent component, int salt) {
    ParameterizedType map = (ParameterizedType) component.getGenericType();
    if (map.getActualTypeArguments()[1] == Service.ServiceAddress.class) {
      return new Service.ServiceAddress("a" + salt, salt);
    }
    return map.getActualTypeArguments()[1] == String.class ? "v" + salt : List.of("v" + salt);
  }

  @Test
  void ofNodes() throws Exception {
    shows(Node.class, CatalogJson::node, Set.of());
  }

  @Test
  void ofServicesBesideTheirNode() throws Exception {
    shows(Service.class, CatalogJson::nodeService, Set.of("node"));
  }

  @Test
  void ofInstances() throws Exception {
    Node node = make(Node.class, -1);
    shows(
        Service.class,
        (out, service) ->
            CatalogJson.instances(out, List.of(new QueryResult.Instance(node, service))),
        Set.of("node"));
  }

  @Test
  void ofChecks() throws Exception {
    shows(Check.class, CheckJson::check, Set.of());
  }

  @Test
  void ofTheWayAChecksIsCarriedOut() throws Exception {
    Check check = make(Check.class, -1);
    shows(
        CheckDefinition.class,
        (out, definition) ->
            CheckJson.check(
                out,
                new Check(
                    check.node(),
                    check.id(),
                    check.name(),
                    check.status(),
                    check.notes(),
                    check.output(),
                    check.serviceId(),
                    check.serviceName(),
                    check.serviceTags(),
                    check.type(),
                    check.interval(),
                    check.timeout(),
                    check.exposedPort(),
                    definition,
                    check.createIndex(),
                    check.modifyIndex())),
        Set.of());
  }
}
