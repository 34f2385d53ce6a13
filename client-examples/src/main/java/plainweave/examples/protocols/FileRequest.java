package plainweave.examples.protocols;

import java.io.InputStream;

/** What is asked of a file server. */
public sealed interface FileRequest {
    /** The name of the file. */
    String name();

    /** Send me the file. */
    record Download(String name) implements FileRequest {}

    /** Take this file; its content is read while it is sent, and not closed. */
    record Upload(String name, InputStream content) implements FileRequest {}
}
