package plainweave.benchmarks.report;

import java.util.List;
import java.util.Locale;
import plainweave.benchmarks.peers.Peers;

/**
 * Client CPU per exchange as bars, with the lowest and the highest round marked. The picture brings its own background
 * in a light and a dark version, so that it can be read on any page.
 */
final class BarChart {

    private static final int WIDTH = 860;
    private static final int ROW = 38;
    private static final int TOP = 62;
    private static final int BOTTOM = 12;
    private static final int BARS_FROM = 210;
    private static final int BARS_TO = 540;
    private static final int RATIO_TO = 730;
    private static final int RATE_TO = WIDTH - 20;

    private BarChart() {}

    static String of(Report report) {
        List<Standing> standings = report.standings();
        int height = TOP + ROW * standings.size() + BOTTOM;
        double most = standings.stream()
                .mapToDouble(one -> one.cpuMicros().max())
                .max()
                .orElseThrow();
        double scale = (BARS_TO - BARS_FROM) / most;
        StringBuilder svg = new StringBuilder(head(report.job().name(), height));
        for (int row = 0; row < standings.size(); row++) {
            svg.append(bar(standings.get(row), TOP + ROW * row, scale));
        }
        svg.append("</svg>\n");
        return svg.toString();
    }

    private static String head(String job, int height) {
        return String.format(Locale.ROOT, """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" role="img">
              <title>%3$s: client CPU per exchange</title>
              <style>
                text { font: 14px system-ui, sans-serif; fill: #1f2328; }
                .title { font-weight: 600; font-size: 16px; }
                .small { font-size: 12px; fill: #59636e; }
                .page { fill: #ffffff; stroke: #d1d9e0; }
                .bar { fill: #8c959f; }
                .ours { fill: #0969da; }
                .spread { stroke: #1f2328; stroke-width: 1.5; fill: none; }
                @media (prefers-color-scheme: dark) {
                  text { fill: #f0f6fc; }
                  .small { fill: #9198a1; }
                  .page { fill: #0d1117; stroke: #3d444d; }
                  .bar { fill: #656c76; }
                  .ours { fill: #4493f8; }
                  .spread { stroke: #f0f6fc; }
                }
              </style>
              <rect class="page" x="0.5" y="0.5" width="%4$d" height="%5$d" rx="8"/>
              <text class="title" x="20" y="30">%3$s</text>
              <text class="small" x="20" y="48">client CPU per exchange in µs: median, lowest and highest round; less is\
             better</text>
              <text class="small" x="%6$d" y="48" text-anchor="end">plainweave / peer</text>
              <text class="small" x="%7$d" y="48" text-anchor="end">exchanges/s</text>
            """, WIDTH, height, job, WIDTH - 1, height - 1, RATIO_TO, RATE_TO);
    }

    private static String bar(Standing one, int y, double scale) {
        Spread cpu = one.cpuMicros();
        double from = BARS_FROM + cpu.min() * scale;
        double length = (cpu.max() - cpu.min()) * scale;
        String ratio = one.ratio()
                .map(ours -> String.format(Locale.ROOT, "%.2f", ours.median()))
                .orElse("");
        return String.format(
                Locale.ROOT,
                """
                  <text x="%1$d" y="%3$d" text-anchor="end">%4$s</text>
                  <rect class="%5$s" x="%2$d" y="%6$d" width="%7$.1f" height="20" rx="3"/>
                  <path class="spread" d="M%8$.1f %9$d h%10$.1f m0 -5 v10 M%8$.1f %11$d v10"/>
                  <text x="%12$.1f" y="%3$d">%13$.2f</text>
                  <text x="%14$d" y="%3$d" text-anchor="end">%15$s</text>
                  <text x="%16$d" y="%3$d" text-anchor="end">%17$,.0f</text>
                """,
                BARS_FROM - 12,
                BARS_FROM,
                y + 23,
                one.peer(),
                one.peer().equals(Peers.OURS) ? "bar ours" : "bar",
                y + 8,
                cpu.median() * scale,
                from,
                y + 18,
                length,
                y + 13,
                from + length + 10,
                cpu.median(),
                RATIO_TO,
                ratio,
                RATE_TO,
                one.rate().median());
    }
}
