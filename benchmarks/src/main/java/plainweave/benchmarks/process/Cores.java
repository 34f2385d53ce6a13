package plainweave.benchmarks.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which core clients and server run on.
 *
 * @param client what to put before a client's command
 * @param server what to put before the server's command
 * @param about how the cores are shared, for the report
 * @param pinned whether each has a core of its own
 */
public record Cores(List<String> client, List<String> server, String about, boolean pinned) {

    /** A core each where that is wanted and possible; otherwise every core for everybody, and why. */
    public static Cores share(boolean pin) throws IOException {
        List<Integer> allowed = allowed();
        if (!pin) {
            return free("client and server share all " + allowed.size() + " cores");
        }
        if (allowed.size() < 2) {
            return free("client and server share the only core there is");
        }
        if (Tools.find("taskset").isEmpty()) {
            return free("client and server share all " + allowed.size()
                    + " cores, because taskset is missing: apt-get install util-linux");
        }
        int client = allowed.get(0);
        int server = allowed.get(1);
        return new Cores(
                taskset(client),
                taskset(server),
                "the client runs on core " + client + ", the server on core " + server,
                true);
    }

    private static Cores free(String about) {
        return new Cores(List.of(), List.of(), about, false);
    }

    private static List<String> taskset(int core) {
        return List.of("taskset", "--cpu-list", Integer.toString(core));
    }

    // A container may own cores 6 and 7 and no core 0, so the numbers are asked for.
    private static List<Integer> allowed() throws IOException {
        String word = "Cpus_allowed_list:";
        String list = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(word))
                .map(line -> line.substring(word.length()).strip())
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/self/status names no cores"));
        List<Integer> cores = new ArrayList<>();
        for (String range : list.split(",", -1)) {
            String[] ends = range.split("-", -1);
            for (int core = Integer.parseInt(ends[0]); core <= Integer.parseInt(ends[ends.length - 1]); core++) {
                cores.add(core);
            }
        }
        return cores;
    }
}
