package plainweave.benchmarks.report;

import java.util.Locale;

/** The raw rounds, for whoever wants to compute something else from them. */
final class Csv {

    private static final String HEAD = "job,round,peer,exchanges,seconds,exchanges_per_s,cpu_s,cpu_us,server_cpu_us,"
            + "p50_us,p99_us,p999_us,max_us,least_share,most_share,others_cores\n";

    private Csv() {}

    static String of(Report report) {
        StringBuilder csv = new StringBuilder(HEAD);
        for (Measurement one : report.measurements()) {
            csv.append(String.format(
                    Locale.ROOT,
                    "%s,%d,%s,%d,%.4f,%.0f,%.2f,%.3f,%.3f,%.1f,%.1f,%.1f,%.1f,%.2f,%.2f,%.2f%n",
                    report.job().name(),
                    one.round(),
                    one.peer(),
                    one.exchanges(),
                    one.seconds(),
                    one.rate(),
                    one.cpuSeconds(),
                    one.cpuMicros(),
                    one.serverCpuMicros(),
                    one.p50Micros(),
                    one.p99Micros(),
                    one.p999Micros(),
                    one.maxMicros(),
                    one.leastShare(),
                    one.mostShare(),
                    one.othersCores()));
        }
        return csv.toString();
    }
}
