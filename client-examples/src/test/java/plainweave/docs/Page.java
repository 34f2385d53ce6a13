package plainweave.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page in Markdown, as far as the checks look into one.
 *
 * @param path where it lies
 * @param lines its lines
 */
record Page(Path path, List<String> lines) {
    private static final Pattern FENCE = Pattern.compile("^\\s*(```+|~~~+)\\s*(\\S*)\\s*(.*?)\\s*$");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*?)\\s*$");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern RULE = Pattern.compile("\\|[|: -]+");
    private static final Pattern NOT_IN_ANCHOR = Pattern.compile("[^\\p{L}\\p{N}\\p{M} _-]");

    /**
     * A block between fences.
     *
     * @param language what stands behind the opening fence
     * @param title what stands behind that
     * @param line where the opening fence is, from 1
     * @param code the lines between the fences
     */
    record Block(String language, String title, int line, List<String> code) {}

    /** A row of a table below its head; the cells of both as they are written. */
    record Row(int line, List<String> head, List<String> cells) {}

    static Page read(Path path) {
        return of(path, Repository.text(path));
    }

    static Page of(Path path, String text) {
        return new Page(path, text.lines().toList());
    }

    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher fence = FENCE.matcher(lines.get(i));
            if (fence.matches()) {
                int end = endOf(fence.group(1), i);
                blocks.add(new Block(fence.group(2), fence.group(3), i + 1, lines.subList(i + 1, end)));
                i = end;
            }
        }
        return blocks;
    }

    private int endOf(String fence, int start) {
        for (int i = start + 1; i < lines.size(); i++) {
            if (lines.get(i).strip().equals(fence)) {
                return i;
            }
        }
        throw new AssertionError(at(start + 1) + " a fence is not closed");
    }

    /** The lines with those of blocks empty, so that line numbers stay. */
    List<String> prose() {
        List<String> prose = new ArrayList<>(lines);
        for (Block block : blocks()) {
            for (int i = block.line() - 1; i <= block.line() + block.code().size(); i++) {
                prose.set(i, "");
            }
        }
        return prose;
    }

    /** What stands between single backticks, by line. */
    List<Found> inlineCode() {
        return find(prose(), CODE);
    }

    /** Where links and images lead, by line. */
    List<Found> links() {
        return find(
                prose().stream().map(line -> CODE.matcher(line).replaceAll("")).toList(), LINK);
    }

    /** A piece of text, and the line it is in. */
    record Found(int line, String text) {}

    private static List<Found> find(List<String> in, Pattern pattern) {
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            int line = i + 1;
            pattern.matcher(in.get(i))
                    .results()
                    .map((MatchResult match) -> new Found(line, match.group(1)))
                    .forEach(found::add);
        }
        return found;
    }

    /** What a link to one of its headings ends with, as GitHub makes it. */
    List<String> anchors() {
        Map<String, Integer> seen = new HashMap<>();
        List<String> anchors = new ArrayList<>();
        for (Found heading : find(prose(), HEADING)) {
            String plain = NOT_IN_ANCHOR
                    .matcher(heading.text().toLowerCase(Locale.ROOT))
                    .replaceAll("");
            String anchor = plain.replace(' ', '-');
            int before = seen.merge(anchor, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? anchor : anchor + "-" + before);
        }
        return anchors;
    }

    /** The rows of its tables. */
    List<Row> rows() {
        List<String> prose = prose();
        List<Row> rows = new ArrayList<>();
        List<String> head = List.of();
        for (int i = 0; i < prose.size(); i++) {
            String line = prose.get(i).strip();
            if (!line.startsWith("|")) {
                head = List.of();
            } else if (RULE.matcher(line).matches()) {
                head = cells(prose.get(i - 1));
            } else if (!head.isEmpty()) {
                rows.add(new Row(i + 1, head, cells(line)));
            }
        }
        return rows;
    }

    private static List<String> cells(String row) {
        String inside = row.strip().replaceAll("^\\||\\|$", "");
        return Arrays.stream(inside.split("\\|", -1)).map(String::strip).toList();
    }

    /** As in {@code docs/README.md:12:}. */
    String at(int line) {
        return this + ":" + line + ":";
    }

    @Override
    public String toString() {
        return path.startsWith(Repository.root())
                ? Repository.root().relativize(path).toString()
                : path.getFileName().toString();
    }
}
