package plainweave.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/** The table for people: padded, so that it reads as well on a terminal as on a page. */
public final class Markdown {

    private static final List<String> HEAD = List.of(
            "peer",
            "client CPU per exchange, µs",
            "plainweave's CPU over it",
            "exchanges/s",
            "p50, µs",
            "p99, µs",
            "p99.9, µs",
            "longest, µs",
            "fewest of a caller / mean",
            "most / mean",
            "server CPU, µs");

    private Markdown() {}

    /** The table alone. */
    public static String table(Report report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        for (Standing one : report.standings()) {
            rows.add(List.of(
                    one.peer(),
                    one.cpuMicros().text("%.2f"),
                    one.ratio().map(ratio -> ratio.text("%.2f")).orElse("-"),
                    one.rate().text("%,.0f"),
                    one.p50Micros().text("%,.0f"),
                    one.p99Micros().text("%,.0f"),
                    one.p999Micros().text("%,.0f"),
                    one.maxMicros().text("%,.0f"),
                    one.leastShare().text("%.2f"),
                    one.mostShare().text("%.2f"),
                    one.serverCpuMicros().text("%.2f")));
        }
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        StringBuilder table = new StringBuilder();
        for (int row = 0; row < rows.size(); row++) {
            table.append(line(rows.get(row), widths));
            if (row == 0) {
                table.append(rule(widths));
            }
        }
        return table.toString();
    }

    static String page(Report report, String name) {
        StringBuilder page = new StringBuilder("# ").append(name).append("\n\n");
        page.append(report.job().about()).append("\n\n");
        page.append("![Client CPU per exchange](").append(name).append(".svg)\n\n");
        page.append(table(report)).append('\n');
        page.append(report.conditions()).append("\n\n");
        report.notes().forEach(note -> page.append("- ").append(note).append('\n'));
        page.append("\nEvery round is in [")
                .append(name)
                .append(".csv](")
                .append(name)
                .append(".csv).\n");
        return page.toString();
    }

    private static String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String blanks = " ".repeat(widths[column] - cells.get(column).length());
            // Names to the left, figures to the right.
            line.append(column == 0 ? "| " + cells.get(column) + blanks : " | " + blanks + cells.get(column));
        }
        return line.append(" |\n").toString();
    }

    private static String rule(int[] widths) {
        StringBuilder rule = new StringBuilder("|").append("-".repeat(widths[0] + 2));
        for (int column = 1; column < widths.length; column++) {
            rule.append('|').append("-".repeat(widths[column] + 1)).append(':');
        }
        return rule.append("|\n").toString();
    }
}
