package plainweave.examples;

import java.util.List;
import java.util.Map;

/** Which examples there are. */
public final class ExampleNames {
    private ExampleNames() {}

    /** As a run without a name lists them. */
    public static List<String> all() {
        return Ran.with(Examples::run, Map.of("example", " "))
                .out()
                .lines()
                .filter(line -> line.matches("[A-Z]\\w+  +.*"))
                .map(line -> line.split(" ", 2)[0])
                .toList();
    }
}
