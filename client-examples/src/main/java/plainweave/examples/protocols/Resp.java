package plainweave.examples.protocols;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A value of RESP, version 2. */
public sealed interface Resp {
    /** A short answer, as OK. */
    record Text(String text) implements Resp {}

    /** The server's refusal of a command; the connection lives on. */
    record Refusal(String why) implements Resp {}

    /** A whole number. */
    record Whole(long value) implements Resp {}

    /** Bytes, which the record does not copy. */
    @SuppressWarnings("ArrayRecordComponent") // as it came: a copy would double what a large value takes
    record Bulk(byte[] bytes) implements Resp {
        /** The bytes as UTF-8. */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** No value: the key is not there, say. */
    record Nothing() implements Resp {}

    /** Several values. */
    record Array(List<Resp> values) implements Resp {}
}
