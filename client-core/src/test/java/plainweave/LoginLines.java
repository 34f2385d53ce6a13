package plainweave;

import java.io.IOException;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.codec.LinesCodec;
import plainweave.codec.Opening;

/** Lines, after a login of one line out and one line in, once per connection. */
class LoginLines implements LinesCodec {
    private final String password;

    LoginLines(String password) {
        this.password = password;
    }

    @Override
    public Codec<String, String> open(Opening on) throws IOException {
        Codecs.lines().write("AUTH " + password, on.out());
        on.out().flush();
        String answer = Codecs.lines().read("", on.in());
        if (!answer.equals("welcome")) {
            throw new IOException("login refused: " + answer);
        }
        return this;
    }

    @Override
    public Object session() {
        return password;
    }
}
