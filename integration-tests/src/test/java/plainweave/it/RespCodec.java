package plainweave.it;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Opening;

/** The protocol of Redis (RESP2), logged in as a user: a command and its arguments out, one reply back. */
record RespCodec(String user, String password) implements Codec<List<byte[]>, RespCodec.Reply> {
    sealed interface Reply {}

    record Text(String text) implements Reply {}

    record Bulk(byte[] bytes) implements Reply {}

    record Nil() implements Reply {}

    record Refusal(String why) implements Reply {}

    static List<byte[]> command(String... words) {
        return List.of(words).stream()
                .map(word -> word.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Override
    public void write(List<byte[]> words, ByteWriter out) throws IOException {
        out.writeString("*" + words.size() + "\r\n", StandardCharsets.US_ASCII);
        for (byte[] word : words) {
            out.writeString("$" + word.length + "\r\n", StandardCharsets.US_ASCII);
            out.write(word);
            out.writeString("\r\n", StandardCharsets.US_ASCII);
        }
    }

    @Override
    public Reply read(List<byte[]> words, ByteReader in) throws IOException {
        String line = in.readLine(StandardCharsets.UTF_8);
        String rest = line.substring(Math.min(1, line.length()));
        return switch (line.isEmpty() ? ' ' : line.charAt(0)) {
            case '+', ':' -> new Text(rest);
            case '-' -> new Refusal(rest);
            case '$' -> rest.equals("-1") ? new Nil() : bulk(Long.parseLong(rest), in);
            default -> throw new ProtocolException("a reply of Redis cannot begin like this");
        };
    }

    private static Bulk bulk(long length, ByteReader in) throws IOException {
        Bulk bulk = new Bulk(in.readBytes(length));
        in.skip(2); // CR LF
        return bulk;
    }

    @Override
    public RespCodec open(Opening on) throws IOException {
        List<byte[]> login = command("AUTH", user, password);
        write(login, on.out());
        on.out().flush();
        if (read(login, on.in()) instanceof Refusal refusal) {
            throw new IOException("Redis refused the login of user " + user + ": " + refusal.why());
        }
        return this;
    }

    @Override
    public Object session() {
        return this;
    }

    @Override
    public String toString() {
        return "RESP as " + user;
    }
}
