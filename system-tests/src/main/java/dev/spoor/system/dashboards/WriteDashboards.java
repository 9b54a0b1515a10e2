package dev.spoor.system.dashboards;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes what compose mounts: {@code WriteDashboards DEPLOY_DIRECTORY}. */
public final class WriteDashboards {
  private WriteDashboards() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      System.err.println("usage: WriteDashboards DEPLOY_DIRECTORY");
      System.exit(2);
    }
    Path deploy = Path.of(arguments[0]);
    for (Dashboard dashboard : Dashboards.all()) {
      write(fileOf(deploy, dashboard), GrafanaJson.of(dashboard));
    }
    write(kibanaFileOf(deploy), KibanaNdjson.all());
  }

  /** Where the dashboard is below that directory. */
  public static Path fileOf(Path deploy, Dashboard dashboard) {
    return deploy.resolve("grafana/dashboards").resolve(dashboard.uid() + ".json");
  }

  /** Where all objects of Kibana are below that directory. */
  public static Path kibanaFileOf(Path deploy) {
    return deploy.resolve("kibana/spoor.ndjson");
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    System.out.println(file);
  }
}
