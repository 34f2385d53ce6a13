package plainweave.docs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.Opening;

// region codec
/** Lines, after a login. A record: its session is equal where user and password are. */
record LoginLines(String user, String password) implements Codec<String, String> {
    private static final Codec<String, String> LINES = Codecs.lines();

    @Override
    public Codec<String, String> open(Opening on) throws IOException {
        LINES.write("LOGIN " + user + " " + password, on.out());
        on.out().flush();
        String answer = on.in().readLine(StandardCharsets.UTF_8);
        if (!answer.equals("OK")) {
            throw new IOException("login of " + user + " refused: " + answer);
        }
        return this;
    }

    @Override
    public Object session() {
        return this;
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
    public String toString() {
        return "lines as " + user;
    }
}
// endregion
