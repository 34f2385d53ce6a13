package plainweave.examples.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Rows of cells under each other, perhaps below a head. Not thread-safe. */
public final class Table {
    private static final String GAP = "   ";

    private final String columns;
    private final List<List<String>> rows = new ArrayList<>();
    private boolean headed;

    /**
     * An empty table.
     *
     * @param columns a letter for each column: {@code l} aligns its cells to the left, {@code r} to the right
     */
    public Table(String columns) {
        if (!columns.matches("[lr]+")) {
            throw new IllegalArgumentException("columns '" + columns + "' are not made of l and r");
        }
        this.columns = columns;
    }

    /** The first row, which says what is in the columns. */
    public Table head(String... cells) {
        headed = true;
        return row((Object[]) cells);
    }

    /** Whether the first row is a head. */
    public boolean headed() {
        return headed;
    }

    /** One more row: numbers are rounded to whole ones and grouped by thousands, all else is shown as it is. */
    public Table row(Object... cells) {
        if (cells.length != columns.length()) {
            throw new IllegalArgumentException(cells.length + " cells in a table of " + columns.length() + " columns");
        }
        rows.add(Stream.of(cells).map(Table::text).toList());
        return this;
    }

    /** The rows as they are printed. */
    public List<String> lines() {
        int[] widths = IntStream.range(0, columns.length()).map(this::width).toArray();
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String space = " ".repeat(widths[i] - row.get(i).length());
            line.append(i == 0 ? "" : GAP).append(columns.charAt(i) == 'r' ? space + row.get(i) : row.get(i) + space);
        }
        return line.toString().stripTrailing();
    }

    private static String text(Object cell) {
        return cell instanceof Number number
                ? String.format(Locale.ROOT, "%,.0f", number.doubleValue())
                : cell.toString();
    }
}
