package plainweave.examples.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Values over a few steps, a line for each of whom they are of. The picture brings its own background in a light and a dark version, so that
 * it can be read on any page. Not thread-safe.
 */
public final class LineChart {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 360;
    private static final int LEFT = 90;
    private static final int RIGHT = WIDTH - 130;
    private static final int TOP = 70;
    private static final int BOTTOM = HEIGHT - 50;
    private static final int GRID = 4;

    private final String title;
    private final String unit;
    private final List<String> steps;
    private final List<Line> lines = new ArrayList<>();

    private record Line(String name, List<Double> values) {}

    /**
     * A chart without lines.
     *
     * @param unit what the values are
     * @param steps what the places from left to right are, at least two
     */
    public LineChart(String title, String unit, List<String> steps) {
        this.title = title;
        this.unit = unit;
        this.steps = List.copyOf(steps);
    }

    /** One more line, with a value for each step; the first is the one that stands out. */
    public LineChart line(String name, List<Double> values) {
        if (values.size() != steps.size()) {
            throw new IllegalArgumentException(values.size() + " values for " + steps.size() + " steps");
        }
        lines.add(new Line(name, List.copyOf(values)));
        return this;
    }

    /** The picture, as SVG. */
    public String svg() {
        double top = top();
        StringBuilder svg = new StringBuilder(head());
        for (int i = 0; i <= GRID; i++) {
            double value = top * i / GRID;
            svg.append(
                    String.format(Locale.ROOT, """
                      <path class="grid" d="M%1$d %2$.1f H%3$d"/>
                      <text class="small" x="%4$d" y="%5$.1f" text-anchor="end">%6$,.0f</text>
                    """, LEFT, y(value, top), RIGHT, LEFT - 10, y(value, top) + 4, value));
        }
        for (int i = 0; i < steps.size(); i++) {
            svg.append(String.format(
                    Locale.ROOT,
                    "  <text class=\"small\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                    x(i),
                    BOTTOM + 24,
                    steps.get(i)));
        }
        for (int i = 0; i < lines.size(); i++) {
            svg.append(drawn(lines.get(i), i == 0 ? "first" : "other", top));
        }
        return svg.append("</svg>\n").toString();
    }

    /** Writes the picture; folders that are missing are made. */
    public void write(Path to) {
        try {
            Files.createDirectories(to.toAbsolutePath().getParent());
            Files.writeString(to, svg());
        } catch (IOException e) {
            throw new UncheckedIOException("no chart at " + to, e);
        }
    }

    private String head() {
        return String.format(Locale.ROOT, """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img">
              <title>%3$s</title>
              <style>
                text { font: 14px system-ui, sans-serif; fill: #1f2328; }
                .title { font-weight: 600; font-size: 16px; }
                .small { font-size: 12px; fill: #59636e; }
                .page { fill: #ffffff; stroke: #d1d9e0; }
                .grid { stroke: #d1d9e0; }
                .line { fill: none; stroke-width: 2.5; stroke: #8c959f; }
                .dot { fill: #8c959f; }
                .first { stroke: #0969da; }
                .dot.first { fill: #0969da; stroke: none; }
                @media (prefers-color-scheme: dark) {
                  text { fill: #f0f6fc; }
                  .small { fill: #9198a1; }
                  .page { fill: #0d1117; stroke: #3d444d; }
                  .grid { stroke: #3d444d; }
                  .line { stroke: #656c76; }
                  .dot { fill: #656c76; }
                  .first { stroke: #4493f8; }
                  .dot.first { fill: #4493f8; }
                }
              </style>
              <rect class="page" x="0.5" y="0.5" width="%4$d" height="%5$d" rx="8"/>
              <text class="title" x="20" y="30">%3$s</text>
              <text class="small" x="20" y="50">%6$s</text>
            """, WIDTH, HEIGHT, title, WIDTH - 1, HEIGHT - 1, unit);
    }

    private String drawn(Line line, String style, double top) {
        StringBuilder path = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        for (int i = 0; i < steps.size(); i++) {
            double y = y(line.values.get(i), top);
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : " L", x(i), y));
            dots.append(String.format(
                    Locale.ROOT, "  <circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>%n", style, x(i), y));
        }
        double last = y(line.values.getLast(), top);
        return String.format(
                Locale.ROOT,
                "  <path class=\"line %s\" d=\"%s\"/>%n%s  <text x=\"%d\" y=\"%.1f\">%s</text>%n",
                style,
                path,
                dots,
                RIGHT + 12,
                last + 5,
                line.name);
    }

    /** A number over all values whose quarters are round. */
    private double top() {
        double most = lines.stream()
                .flatMap(line -> line.values.stream())
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
        double magnitude = Math.pow(10, Math.floor(Math.log10(Math.max(1, most))));
        double grain = (most < 4 * magnitude ? 0.4 : 4) * magnitude;
        return Math.max(1, Math.ceil(most / grain)) * grain;
    }

    private double x(int step) {
        return LEFT + (RIGHT - LEFT) * step / (double) (steps.size() - 1);
    }

    private static double y(double value, double top) {
        return BOTTOM - (BOTTOM - TOP) * value / top;
    }
}
