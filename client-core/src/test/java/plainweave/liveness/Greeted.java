package plainweave.liveness;

import java.io.IOException;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.LinesCodec;
import plainweave.codec.Opening;

/** Lines, after a first one with which the peer greets; a line may be sent twice. */
record Greeted(Runnable onOpen) implements LinesCodec {
    Greeted() {
        this(() -> {});
    }

    @Override
    public boolean repeatable(String request) {
        return true;
    }

    @Override
    public Codec<String, String> open(Opening on) throws IOException {
        onOpen.run();
        Codecs.lines().read("", on.in());
        return this;
    }
}
