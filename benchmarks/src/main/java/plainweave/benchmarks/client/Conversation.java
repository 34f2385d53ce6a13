package plainweave.benchmarks.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.HdrHistogram.Histogram;

/**
 * The client's side of what the arena and its clients say to each other, a word a line: the client says
 * {@code ready}; {@code start} is answered by {@code started}; {@code stop} by {@code stopped} at once, where the arena
 * reads the clock, and then by {@code result} and the figures. The client ends when its input does. One that only speaks
 * for another program says that one's process id behind {@code ready}, and a figure that it does not know is left out.
 */
public final class Conversation {

    private Conversation() {}

    /** Says that the callers run, then answers until the input ends. */
    public static void hold(Scoreboard board) throws IOException {
        System.out.println("ready");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String word = in.readLine(); word != null; word = in.readLine()) {
                switch (word) {
                    case "start" -> {
                        board.start();
                        System.out.println("started");
                    }
                    case "stop" -> {
                        Histogram over = board.stop();
                        System.out.println("stopped");
                        System.out.println("result " + board.result(over));
                    }
                    default -> throw new IOException("the arena said '" + word + "'");
                }
            }
        }
    }
}
