package plainweave.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import plainweave.benchmarks.jobs.Job;

/**
 * What is known after all rounds of a job.
 *
 * @param job the job
 * @param standings the peers, in the order of the table
 * @param measurements every round of every peer
 * @param conditions how and where it was measured, as sentences
 * @param notes a line for each peer: its settings, or why it is not in the table
 */
public record Report(
        Job job, List<Standing> standings, List<Measurement> measurements, String conditions, List<String> notes) {

    /** Writes Markdown, CSV and SVG of this name into a folder, over those of an earlier run. */
    public void write(Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve(name + ".md"), Markdown.page(this, name));
        Files.writeString(folder.resolve(name + ".csv"), Csv.of(this));
        Files.writeString(folder.resolve(name + ".svg"), BarChart.of(this));
    }
}
