import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code java Plot RAW PLOT TITLE X-AXIS Y-AXIS FACTS}: the lines {@code plot=PLOT x=X series=NAME rate=R/s} (or {@code value=V}) of
 * {@code scale} as an SVG: for each series its medians, with the lowest and the highest of the rounds. The x axis is logarithmic.
 */
public class Plot {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 400;
  private static final int LEFT = 80;
  private static final int RIGHT = 150;
  private static final int TOP = 50;
  private static final int BOTTOM = 70;
  private static final String[] COLOURS = {"#1f5fa8", "#c4561b", "#3b7d3b"};
  private static final Pattern LINE = Pattern.compile("plot=(\\S+) x=(\\S+) series=(\\S+) (?:rate|value)=([0-9.]+).*");

  /** Values by series and x. */
  private final Map<String, TreeMap<Double, List<Double>>> series = new TreeMap<>();

  private final StringBuilder out = new StringBuilder();
  private double lowX = Double.MAX_VALUE;
  private double highX;
  private double highY;

  public static void main(String[] arguments) throws Exception {
    Plot plot = new Plot();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      Matcher found = LINE.matcher(line);
      if (found.matches() && found.group(1).equals(arguments[1])) {
        plot.add(found.group(3), Double.parseDouble(found.group(2)), Double.parseDouble(found.group(4)));
      }
    }
    if (plot.series.isEmpty()) {
      throw new IllegalArgumentException("no lines of plot=" + arguments[1] + " in " + arguments[0]);
    }
    System.out.print(plot.draw(arguments[2], arguments[3], arguments[4], arguments[5]));
  }

  private void add(String name, double x, double y) {
    series.computeIfAbsent(name, any -> new TreeMap<>()).computeIfAbsent(x, any -> new ArrayList<>()).add(y);
    lowX = Math.min(lowX, x);
    highX = Math.max(highX, x);
    highY = Math.max(highY, y);
  }

  private String draw(String title, String xAxis, String yAxis, String facts) {
    element("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='13' fill='#222'>", WIDTH, HEIGHT);
    element("<rect width='%d' height='%d' fill='#fff'/>", WIDTH, HEIGHT);
    element("<text x='%d' y='28' font-size='17'>%s</text>", LEFT, title);
    axes();
    text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 30, "middle", xAxis);
    element("<text transform='translate(18 %d) rotate(-90)' text-anchor='middle'>%s</text>", (TOP + HEIGHT - BOTTOM) / 2, yAxis);
    element("<text x='%d' y='%d' font-size='10' fill='#777'>%s; medians, lowest and highest</text>", LEFT, HEIGHT - 8, facts);
    int n = 0;
    for (Map.Entry<String, TreeMap<Double, List<Double>>> one : series.entrySet()) {
      draw(one.getKey(), one.getValue(), COLOURS[n++ % COLOURS.length]);
    }
    return out.append("</svg>\n").toString();
  }

  private void axes() {
    double step = step();
    for (double y = 0; y <= highY + step; y += step) {
      if (y(y) >= TOP - 1) {
        element("<path d='M%d %.1f H%d' stroke='#ddd'/>", LEFT, y(y), WIDTH - RIGHT);
        text(LEFT - 8, y(y) + 4, "end", number(y));
      }
    }
    series.values().stream()
        .flatMap(points -> points.keySet().stream())
        .distinct()
        .forEach(x -> text(x(x), HEIGHT - BOTTOM + 18, "middle", number(x)));
  }

  /** 1, 2 or 5 times a power of ten, so that there are four to ten of them. */
  private double step() {
    double power = Math.pow(10, Math.floor(Math.log10(highY)));
    double share = highY / power;
    return share < 2 ? power / 5 : share < 5 ? power / 2 : power;
  }

  private void draw(String name, TreeMap<Double, List<Double>> points, String colour) {
    StringBuilder path = new StringBuilder();
    points.forEach(
        (x, values) -> {
          double median = median(values);
          path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : " L", x(x), y(median)));
          element("<path d='M%.1f %.1f V%.1f' stroke='%s'/>", x(x), y(Collections.min(values)), y(Collections.max(values)), colour);
          element("<circle cx='%.1f' cy='%.1f' r='3.5' fill='%s'/>", x(x), y(median), colour);
          text(x(x), y(median) - 9, "middle", number(median));
        });
    element("<path d='%s' fill='none' stroke='%s' stroke-width='2'/>", path, colour);
    element(
        "<text x='%d' y='%.1f' fill='%s'>%s</text>",
        WIDTH - RIGHT + 24,
        y(median(points.lastEntry().getValue())) + 4,
        colour,
        name.replace('-', ' '));
  }

  private double x(double value) {
    double share = highX == lowX ? 0.5 : Math.log(value / lowX) / Math.log(highX / lowX);
    return LEFT + 30 + share * (WIDTH - RIGHT - LEFT - 45);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - value / (highY * 1.1) * (HEIGHT - BOTTOM - TOP);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value > 0 && value < 10 && value != Math.rint(value) ? "%.1f" : "%,.0f", value);
  }

  private void text(double x, double y, String anchor, String text) {
    element("<text x='%.1f' y='%.1f' text-anchor='%s'>%s</text>", x, y, anchor, text);
  }

  private void element(String form, Object... values) {
    out.append(String.format(Locale.ROOT, form, values)).append('\n');
  }
}
