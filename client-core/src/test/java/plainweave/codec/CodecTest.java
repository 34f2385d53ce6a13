package plainweave.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import plainweave.call.Endpoint;

class CodecTest {

    @Test
    void aCodecOfTwoMethodsReadsOneReplyKeepsTheConnectionAndRepeatsNothing() throws IOException {
        Codec<Integer, Integer> doubling = new Codec<>() {
            @Override
            public void write(Integer request, ByteWriter out) throws IOException {
                out.writeInt(request);
            }

            @Override
            public Integer read(Integer request, ByteReader in) throws IOException {
                return in.readInt();
            }
        };

        assertThat(doubling.last(1, 2)).isTrue();
        assertThat(doubling.reusable(1, 2)).isTrue();
        assertThat(doubling.repeatable(1)).isFalse();
        assertThat(doubling.session()).isSameAs(Codec.NONE);
        assertThat(doubling.open(new Wire(new byte[0]))).isSameAs(doubling);
    }

    @Test
    void noSessionIsEqualToItselfOnlyAndSaysWhatItIs() {
        assertThat(Codec.NONE).isNotEqualTo("no session").hasToString("no session");
    }

    @Test
    void openMayReturnACodecThatHoldsTheStateOfItsConnection() throws IOException {
        Wire wire = new Wire(new byte[] {'h', 'i', '\n', 7});

        Codec<String, String> opened = new Numbered("secret").open(wire);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteWriter out = ByteWriter.over(sent, 100);
        opened.write("a", out);
        opened.write("b", out);
        out.flush();

        assertThat(wire.sent.toString(StandardCharsets.UTF_8)).isEqualTo("secret\n");
        assertThat(sent.toByteArray()).containsExactly(7, 'a', 8, 'b');
        assertThat(new Numbered("secret").session()).isEqualTo(new Numbered("secret").session());
        assertThat(new Numbered("secret").session()).isNotEqualTo(new Numbered("other").session());
    }

    private record Numbered(String password) implements Codec<String, String> {

        @Override
        public void write(String request, ByteWriter out) {
            throw new IllegalStateException("not opened");
        }

        @Override
        public String read(String request, ByteReader in) {
            throw new IllegalStateException("not opened");
        }

        @Override
        public Codec<String, String> open(Opening on) throws IOException {
            on.in().readLine(StandardCharsets.UTF_8);
            on.out().writeString(password + "\n", StandardCharsets.UTF_8);
            on.out().flush();
            return new Opened(on.in().readByte());
        }

        @Override
        public Object session() {
            return this;
        }
    }

    private static final class Opened implements Codec<String, String> {

        private int next;

        Opened(int first) {
            next = first;
        }

        @Override
        public void write(String request, ByteWriter out) throws IOException {
            out.writeByte(next++);
            out.writeString(request, StandardCharsets.UTF_8);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return in.readString(1, StandardCharsets.UTF_8);
        }
    }

    private static final class Wire implements Opening {

        private final ByteReader in;
        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private final ByteWriter out = ByteWriter.over(sent, 100);

        Wire(byte[] received) {
            in = ByteReader.over(new ByteArrayInputStream(received), 100);
        }

        @Override
        public Endpoint endpoint() {
            return Endpoint.of("localhost", 7);
        }

        @Override
        public ByteReader in() {
            return in;
        }

        @Override
        public ByteWriter out() {
            return out;
        }
    }
}
