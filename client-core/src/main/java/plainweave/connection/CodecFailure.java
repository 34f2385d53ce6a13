package plainweave.connection;

import java.io.IOException;

/** A codec threw, and the transport was not to blame. The cause is what it threw. */
public final class CodecFailure extends IOException {
    private static final long serialVersionUID = 1L;

    CodecFailure(Throwable thrown) {
        super(thrown.getMessage() == null ? thrown.toString() : thrown.getMessage(), thrown);
    }
}
