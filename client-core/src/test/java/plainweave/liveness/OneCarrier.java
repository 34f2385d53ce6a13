package plainweave.liveness;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import plainweave.time.Runs;

/**
 * The main class of a JVM whose virtual threads have one carrier and never get another one: whatever holds it holds them all. It
 * tells of each canary and each scenario how it went, and of what went badly why, as far as that can be told.
 */
final class OneCarrier {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private OneCarrier() {}

    private interface Job {
        void run(Crew crew) throws Exception;
    }

    public static void main(String[] args) {
        Forked.main(() -> {
            try (Explanation explanation = new Explanation()) {
                for (Canary canary : Canary.values()) {
                    Heartbeat.Gaps gaps = Runs.decide(() -> measured(canary::run), gone -> gone.held() == canary.holds);
                    Forked.figure(line(canary, gaps.held() ? "held" : "free") + gaps);
                }
                for (Scenario scenario : Scenario.values()) {
                    Forked.figure(line(scenario, tried(scenario, explanation)));
                }
            }
            return true;
        });
    }

    /** How a line about it begins; then comes the verdict. */
    static String line(Enum<?> which, String verdict) {
        return which + ": " + verdict + " ";
    }

    /** Its first run is for loading classes. One that is stuck ends all: nothing can be said of what would come after it. */
    private static String tried(Scenario scenario, Explanation explanation) throws Exception {
        Instant start = Instant.now();
        try {
            measured(scenario.run::accept);
            start = Instant.now();
            Heartbeat.Gaps gaps = Runs.decide(() -> measured(scenario.run::accept), gone -> !gone.held());
            String took = ", " + Duration.between(start, Instant.now()).toMillis() + " ms";
            return gaps.held() ? "held " + gaps + took + "\n" + explanation.since(start) : "free " + gaps + took;
        } catch (Crew.NotFinished e) {
            System.out.println(explanation.since(start));
            throw new AssertionError(line(scenario, "stuck"), e);
        } catch (Exception | AssertionError e) {
            e.printStackTrace(System.out);
            return "failed " + e;
        }
    }

    private static Heartbeat.Gaps measured(Job job) throws Exception {
        try (Heartbeat heart = new Heartbeat()) {
            Crew crew = new Crew(LIMIT);
            job.run(crew);
            crew.await();
            Heartbeat.Gaps gaps = heart.gaps();
            Rest.noThreadsBut(Set.of());
            return gaps;
        }
    }
}
