package plainweave.connection;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The buffers of a connection in use, which it leaves behind while it is idle. Used by one thread at a time. */
public final class Scratch {
    byte[] buffer = {};

    @Nullable
    ByteBuffer direct;

    Scratch() {}
}
