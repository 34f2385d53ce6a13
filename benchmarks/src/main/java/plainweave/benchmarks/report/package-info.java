/** What a run leaves behind: Markdown, CSV, SVG, and the lines it ends with. */
@NullMarked
package plainweave.benchmarks.report;

import org.jspecify.annotations.NullMarked;
