package plainweave.benchmarks.jobs;

import java.util.List;
import java.util.stream.Stream;

/** The jobs there are, in the order they are run. */
public final class Jobs {

    /** Every job. */
    public static final List<Job> ALL = List.of(
            new Serial(1),
            new Serial(64),
            new Serial(1_000),
            new Serial(8_000),
            new Pooled1000x64(),
            new Connect(),
            new Pipelined(1, 1),
            new Pipelined(1_000, 1),
            new Pipelined(1_000, 4),
            new Redis1000(),
            Download.unbounded(),
            Download.atTenGigabits());

    private Jobs() {}

    /** The job of this name, or the variant of one. */
    public static Job named(String name) {
        return ALL.stream()
                .flatMap(job -> Stream.of(
                        job,
                        new Variant(job, true, false),
                        new Variant(job, false, true),
                        new Variant(job, true, true)))
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
