package plainweave.connection;

import java.io.IOException;

/** A reused connection turned out to be dead before any byte of the reply, and the request may safely be sent again. */
public final class StaleConnection extends IOException {
    private static final long serialVersionUID = 1L;

    StaleConnection(IOException why) {
        super(why.getMessage(), why);
    }
}
