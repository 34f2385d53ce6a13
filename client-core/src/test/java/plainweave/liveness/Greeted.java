package plainweave.liveness;

import java.io.IOException;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.Opening;

/** Lines, after a first one with which the peer greets; a line may be sent twice. */
record Greeted(Runnable onOpen) implements Codec<String, String> {
    private static final Codec<String, String> LINES = Codecs.lines();

    Greeted() {
        this(() -> {});
    }

    @Override
    public void write(String request, ByteWriter out) throws IOException {
        LINES.write(request, out);
    }

    @Override
    public String read(String request, ByteReader in) throws IOException {
        return LINES.read(request, in);
    }

    @Override
    public boolean repeatable(String request) {
        return true;
    }

    @Override
    public Codec<String, String> open(Opening on) throws IOException {
        onOpen.run();
        LINES.read("", on.in());
        return this;
    }
}
