package plainweave.connection;

import java.io.IOException;

/** A codec threw, and the transport was not to blame. */
public final class CodecFailure extends IOException {
    private static final long serialVersionUID = 1L;

    private final Throwable thrown;

    CodecFailure(Throwable thrown) {
        super(thrown.getMessage() == null ? thrown.toString() : thrown.getMessage(), thrown);
        this.thrown = thrown;
    }

    /** What it threw. */
    public Throwable thrown() {
        return thrown;
    }
}
