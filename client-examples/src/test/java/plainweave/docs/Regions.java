package plainweave.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parts of source files, between {@code // region name} and {@code // endregion}, by the name of the file and theirs: as in {@code
 * HelloTest.call}. A region that is ended and goes on later leaves out what lies between.
 */
final class Regions {
    private static final Pattern START = Pattern.compile("^\\s*// region (\\w+)$");
    private static final Pattern END = Pattern.compile("^\\s*// endregion$");

    private Regions() {}

    /** Those of all Java files of these. */
    static Map<String, List<String>> in(List<Path> sources) {
        Map<String, List<String>> regions = new TreeMap<>();
        for (Path source : sources) {
            String file = source.getFileName().toString().replace(".java", "");
            of(Repository.text(source), file).forEach((name, code) -> regions.put(file + "." + name, code));
        }
        return regions;
    }

    /** Those of one file. */
    static Map<String, List<String>> of(String text, String file) {
        Map<String, List<String>> regions = new TreeMap<>();
        String open = null;
        for (String line : text.lines().toList()) {
            Matcher start = START.matcher(line);
            if (start.matches()) {
                require(open == null, file + ": a region begins inside region " + open);
                open = start.group(1);
                regions.computeIfAbsent(open, name -> new ArrayList<>());
            } else if (END.matcher(line).matches()) {
                require(open != null, file + ": a region ends and none began");
                open = null;
            } else if (open != null) {
                regions.get(open).add(line);
            }
        }
        require(open == null, file + ": region " + open + " does not end");
        regions.replaceAll((name, code) ->
                List.of(String.join("\n", code).stripIndent().strip().split("\n", -1)));
        return regions;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
