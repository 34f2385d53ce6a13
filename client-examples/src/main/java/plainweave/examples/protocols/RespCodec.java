package plainweave.examples.protocols;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Opening;
import plainweave.examples.protocols.Resp.Array;
import plainweave.examples.protocols.Resp.Bulk;
import plainweave.examples.protocols.Resp.Nothing;
import plainweave.examples.protocols.Resp.Refusal;
import plainweave.examples.protocols.Resp.Text;
import plainweave.examples.protocols.Resp.Whole;

/**
 * What Redis speaks, version 2 (its "Redis serialization protocol specification"). A command is a list of words, as {@code SET key value};
 * the server answers in order, so many callers can share a connection. SUBSCRIBE is for {@code remote.stream(command)}, which has a connection to
 * itself; not for commands that block, which would hold up all behind them.
 *
 * @param user to log in as; empty not to log in
 * @param password of the user
 */
public record RespCodec(String user, String password) implements Codec<List<byte[]>, Resp> {
    /** Deeper than any command answers; each level is a level of our stack. */
    private static final int DEEPEST = 16;

    private static final Set<String> SUBSCRIPTIONS = Set.of("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE");
    private static final int SHORTEST_SUBSCRIPTION = "SUBSCRIBE".length();

    /** One that does not log in. */
    public RespCodec() {
        this("", "");
    }

    /** A command of words. */
    public static List<byte[]> command(String... words) {
        List<byte[]> command = new ArrayList<>(words.length);
        for (String word : words) {
            command.add(word.getBytes(StandardCharsets.UTF_8));
        }
        return command;
    }

    @Override
    public boolean pipelines() {
        return true;
    }

    @Override
    public RespCodec open(Opening on) throws IOException {
        if (!user.isEmpty()) {
            List<byte[]> login = command("AUTH", user, password);
            write(login, on.out());
            on.out().flush();
            if (read(login, on.in()) instanceof Refusal refusal) {
                throw new IOException("Redis refused the login of user " + user + ": " + refusal.why());
            }
        }
        return this;
    }

    /** Connections of different users are never mixed up. */
    @Override
    public Object session() {
        return this;
    }

    /** Not the password. */
    @Override
    public String toString() {
        return user.isEmpty() ? "RESP" : "RESP as " + user;
    }

    @Override
    public void write(List<byte[]> command, ByteWriter out) throws IOException {
        if (command.isEmpty()) {
            throw new IllegalArgumentException("a command has at least one word");
        }
        head('*', command.size(), out);
        for (byte[] word : command) {
            head('$', word.length, out);
            out.write(word);
            end(out);
        }
    }

    private static void head(char kind, int length, ByteWriter out) throws IOException {
        out.writeByte(kind);
        out.writeString(Integer.toString(length), StandardCharsets.US_ASCII);
        end(out);
    }

    private static void end(ByteWriter out) throws IOException {
        out.writeByte('\r');
        out.writeByte('\n');
    }

    @Override
    public Resp read(List<byte[]> command, ByteReader in) throws IOException {
        return read(in, 0);
    }

    /** Messages come for as long as the subscription lives. */
    @Override
    public boolean last(List<byte[]> command, Resp reply) {
        return reply instanceof Refusal || !subscribes(command);
    }

    private static boolean subscribes(List<byte[]> command) {
        byte[] name = command.getFirst();
        return name.length >= SHORTEST_SUBSCRIPTION
                && SUBSCRIPTIONS.contains(new String(name, StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT));
    }

    private static Resp read(ByteReader in, int depth) throws IOException {
        if (depth == DEEPEST) {
            throw new ProtocolException("arrays in arrays, more than " + DEEPEST + " deep");
        }
        int kind = in.readUnsignedByte();
        return switch (kind) {
            case '+' -> new Text(in.readLine(StandardCharsets.UTF_8));
            case '-' -> new Refusal(in.readLine(StandardCharsets.UTF_8));
            case ':' -> new Whole(number(in));
            case '$' -> bulk(number(in), in);
            case '*' -> array(number(in), in, depth);
            default -> throw new ProtocolException("a value begins with byte " + kind);
        };
    }

    private static long number(ByteReader in) throws IOException {
        try {
            return Long.parseLong(in.readLine(StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            throw new ProtocolException("no number where one is due");
        }
    }

    private static Resp bulk(long length, ByteReader in) throws IOException {
        if (length == -1) {
            return new Nothing();
        }
        byte[] bytes = in.readBytes(length);
        if (in.readUnsignedByte() != '\r' || in.readUnsignedByte() != '\n') {
            throw new ProtocolException("a bulk of " + length + " bytes does not end where it should");
        }
        return new Bulk(bytes);
    }

    private static Resp array(long length, ByteReader in, int depth) throws IOException {
        if (length == -1) {
            return new Nothing();
        }
        int count = in.checkLength(length);
        List<Resp> values = new ArrayList<>(Math.min(count, 64));
        for (int i = 0; i < count; i++) {
            values.add(read(in, depth + 1));
        }
        return new Array(values);
    }
}
