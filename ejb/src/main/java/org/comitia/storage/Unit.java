package org.comitia.storage;

import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.SharedCacheMode;
import jakarta.persistence.ValidationMode;
import jakarta.persistence.spi.ClassTransformer;
import jakarta.persistence.spi.PersistenceUnitInfo;
import jakarta.persistence.spi.PersistenceUnitTransactionType;
import java.net.URL;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.hibernate.SessionFactory;
import org.hibernate.community.dialect.SQLiteDialect;
import org.hibernate.jpa.HibernatePersistenceProvider;

/**
 * The two persistence units. They are made here and not in a {@code META-INF/persistence.xml}: a
 * container that finds one boots every unit at start and enhances classes for it, on nodes that
 * have no database as well (docs/design/storage.md). The entities are final classes, for which
 * Hibernate makes no proxies.
 */
enum Unit {
  LOG(
      "comitia-log",
      "log.db",
      List.of(
          LogBatchRow.class,
          LogBaseRow.class,
          HardStateRow.class,
          RecordRow.class,
          IdentityRow.class)),
  CATALOG(
      "comitia-catalog",
      "catalog.db",
      List.of(
          NodeRow.class,
          ServiceRow.class,
          CheckRow.class,
          KvRow.class,
          TombstoneRow.class,
          IndexRow.class,
          SessionRow.class,
          SessionCheckRow.class,
          LockDelayRow.class,
          PreparedQueryRow.class,
          CoordinateRow.class,
          AutopilotRow.class,
          AccessRow.class,
          SavedPointRow.class));

  private final String unitName;
  private final String fileName;
  private final List<Class<?>> entities;

  Unit(String unitName, String fileName, List<Class<?>> entities) {
    this.unitName = unitName;
    this.fileName = fileName;
    this.entities = entities;
  }

  String unitName() {
    return unitName;
  }

  /** What its tables are read and written as; a query names each by its class's simple name. */
  List<Class<?>> entities() {
    return entities;
  }

  /** The file below {@code raft/} when the database is SQLite. */
  String fileName() {
    return fileName;
  }

  /** Boots Hibernate for this unit: some 0.5 s on a cold JVM, nothing is asked of the database. */
  SessionFactory boot(Product product, OwnedConnection connection) {
    Map<String, Object> settings = new HashMap<>();
    if (product == Product.SQLITE) {
      settings.put(
          "hibernate.dialect", SQLiteDialect.class.getName()); // a community dialect is named
    } else {
      settings.put("jakarta.persistence.database-product-name", product.databaseName());
    }
    settings.put("hibernate.connection.provider_class", connection);
    settings.put("jakarta.persistence.database-major-version", connection.majorVersion());
    settings.put("jakarta.persistence.database-minor-version", connection.minorVersion());
    settings.put("hibernate.boot.allow_jdbc_metadata_access", false);
    settings.put("hibernate.xml_mapping_enabled", false);
    settings.put("hibernate.type.json_format_mapper", new NoFormat());
    settings.put("hibernate.type.xml_format_mapper", new NoFormat());
    settings.put("hibernate.archive.autodetection", "none");
    settings.put("hibernate.hbm2ddl.auto", "none");
    settings.put("hibernate.cache.use_second_level_cache", false);
    settings.put("hibernate.cache.use_query_cache", false);
    settings.put("hibernate.query.startup_check", false);
    settings.put("hibernate.transaction.coordinator_class", "jdbc");
    settings.put(
        "hibernate.transaction.jta.platform",
        "org.hibernate.engine.transaction.jta.platform.internal.NoJtaPlatform");
    EntityManagerFactory factory =
        new HibernatePersistenceProvider().createContainerEntityManagerFactory(info(), settings);
    return factory.unwrap(SessionFactory.class);
  }

  private PersistenceUnitInfo info() {
    return new Info(unitName, entities.stream().map(Class::getName).toList());
  }

  private record Info(String name, List<String> classes) implements PersistenceUnitInfo {
    @Override
    public String getPersistenceUnitName() {
      return name;
    }

    @Override
    public String getPersistenceProviderClassName() {
      return HibernatePersistenceProvider.class.getName();
    }

    @Override
    public PersistenceUnitTransactionType getTransactionType() {
      return PersistenceUnitTransactionType.RESOURCE_LOCAL;
    }

    @Override
    public DataSource getJtaDataSource() {
      return null;
    }

    @Override
    public DataSource getNonJtaDataSource() {
      return null; // the connection is handed in, see boot
    }

    @Override
    public List<String> getMappingFileNames() {
      return List.of();
    }

    @Override
    public List<URL> getJarFileUrls() {
      return List.of();
    }

    @Override
    public URL getPersistenceUnitRootUrl() {
      return null;
    }

    @Override
    public List<String> getManagedClassNames() {
      return classes;
    }

    @Override
    public boolean excludeUnlistedClasses() {
      return true;
    }

    @Override
    public SharedCacheMode getSharedCacheMode() {
      return SharedCacheMode.NONE;
    }

    @Override
    public ValidationMode getValidationMode() {
      return ValidationMode.NONE;
    }

    @Override
    public Properties getProperties() {
      return new Properties();
    }

    @Override
    public String getPersistenceXMLSchemaVersion() {
      return "3.0";
    }

    @Override
    public ClassLoader getClassLoader() {
      return Unit.class.getClassLoader();
    }

    @Override
    public void addTransformer(ClassTransformer transformer) {
      // Nothing is enhanced.
    }

    @Override
    public ClassLoader getNewTempClassLoader() {
      return null;
    }
  }
}
