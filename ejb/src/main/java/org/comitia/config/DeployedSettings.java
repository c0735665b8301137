package org.comitia.config;

import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/** The settings of the deployed application, read from MicroProfile Config. */
public final class DeployedSettings {
  private DeployedSettings() {}

  /**
   * Reads and checks them with the class loader of the calling thread.
   *
   * @throws InvalidSettingsException naming every mistake; the caller refuses to start and says so
   *     in the health data
   */
  public static Settings load() throws InvalidSettingsException {
    Config config = ConfigProvider.getConfig();
    return Settings.load(property -> config.getOptionalValue(property, String.class).orElse(null));
  }
}
