package org.comitia.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.comitia.config.AddressTemplate.Local;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTemplateTest {
  private static final List<Local> HOST =
      List.of(
          local("lo", "127.0.0.1", 8, false),
          local("lo", "::1", 128, false),
          local("eth0", "10.1.2.3", 24, true),
          local("eth0", "fe80::1", 64, true),
          local("eth0", "fd00::7", 64, true),
          local("eth1", "192.168.5.6", 16, false),
          local("eth1", "203.1.113.9", 28, false),
          local("docker0", "172.17.0.1", 16, false));

  private static Local local(String name, String address, int bits, boolean byDefault) {
    try {
      Set<String> flags = name.equals("lo") ? Set.of("up", "loopback") : Set.of("up");
      return new Local(name, InetAddress.getByName(address), bits, flags, byDefault);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static String expand(String text) {
    return AddressTemplate.expand(text, HOST);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '~',
      value = {
        "10.0.0.1 > 10.0.0.1",
        "{{ GetPrivateIP }} > 192.168.5.6",
        "{{GetPrivateIP}} > 192.168.5.6",
        "{{- GetPublicIP -}} > 203.1.113.9",
        "{{ GetPrivateIPs }} > 192.168.5.6 172.17.0.1 10.1.2.3 fd00:0:0:0:0:0:0:7",
        "{{ GetInterfaceIP \"eth0\" }} > 10.1.2.3",
        "{{ GetInterfaceIP `eth0` }} > 10.1.2.3",
        "{{ GetInterfaceIPs \"eth1\" }} > 192.168.5.6 203.1.113.9",
        "127.0.0.1 {{ GetInterfaceIP \"eth0\" }} > 127.0.0.1 10.1.2.3",
        "{{ GetPrivateIP }} {{ GetPublicIP }} > 192.168.5.6 203.1.113.9",
        "{{ GetAllInterfaces | include \"network\" \"10.0.0.0/8\" | attr \"address\" }} > 10.1.2.3",
        "{{ GetAllInterfaces | include \"name\" \"^eth\" | exclude \"type\" \"IPv6\" | join \"address\" \" \" }}"
            + " > 10.1.2.3 192.168.5.6 203.1.113.9",
        "{{ GetAllInterfaces | include \"flags\" \"loopback\" | join \"address\" \",\" }} > 127.0.0.1,0:0:0:0:0:0:0:1",
        "{{ GetPrivateInterfaces | include \"type\" \"IPv4\" | sort \"-size\" | limit 1 | attr \"address\" }} > 10.1.2.3",
        "{{ GetPrivateInterfaces | sort \"size,address\" | limit 2 | join \"address\" \" \" }} > 172.17.0.1 192.168.5.6",
        "{{ GetAllInterfaces | include \"rfc\" \"1918\" | include \"flag\" \"forwardable|up\" | sort \"name\" | offset 1 | attr \"name\" }} > eth0",
        "{{ GetDefaultInterfaces | include \"type\" \"ipv4\" | attr \"address\" }} > 10.1.2.3",
        "{{ GetDefaultInterfaces | include \"type\" \"ipv4\" | attr \"network\" }} > 10.1.2.0/24",
        "{{ GetAllInterfaces | include \"name\" \"eth1\" | unique \"name\" | join \"address\" \" \" }} > 192.168.5.6",
      })
  void isFilledIn(String template, String filled) {
    assertThat(expand(template)).isEqualTo(filled);
  }

  @Test
  void nothingFoundIsEmpty() {
    assertThat(expand("{{ GetInterfaceIP \"wlan0\" }}")).isEmpty();
    assertThat(expand("{{ GetAllInterfaces | exclude \"name\" \".\" | attr \"address\" }}"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ GetPrivateIP",
        "{{ }}",
        "{{ GetSecretIP }}",
        "{{ GetAllInterfaces }}",
        "{{ GetInterfaceIP }}",
        "{{ GetInterfaceIP eth0 }}",
        "{{ GetInterfaceIP \"eth0 }}",
        "{{ GetPrivateIP | limit 1 }}",
        "{{ GetAllInterfaces | math \"address\" \"+1\" | attr \"address\" }}",
        "{{ GetAllInterfaces | include \"color\" \"red\" | attr \"address\" }}",
        "{{ GetAllInterfaces | include \"name\" \"(\" | attr \"address\" }}",
        "{{ GetAllInterfaces | include \"rfc\" \"1\" | attr \"address\" }}",
        "{{ GetAllInterfaces | include \"network\" \"10\" | attr \"address\" }}",
        "{{ GetAllInterfaces | limit \"1\" | attr \"address\" }}",
        "{{ GetAllInterfaces | sort \"color\" | attr \"address\" }}",
        "{{ GetAllInterfaces attr \"address\" }}",
        "{{ GetAllInterfaces | attr \"color\" }}",
        "{{ GetAllInterfaces | }}",
      })
  void whatIsNotKnownIsRefused(String template) {
    assertThatThrownBy(() -> expand(template)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thisHostHasALoopbackInterface() {
    assertThat(
            AddressTemplate.expand(
                "{{ GetAllInterfaces | include \"flags\" \"loopback\" | include \"type\" \"IPv4\""
                    + " | attr \"address\" }}"))
        .isEqualTo("127.0.0.1");
  }
}
