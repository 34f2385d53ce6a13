package plainweave.testing;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The checks of a {@link CodecKit}, each by its name. */
final class CodecChecks {
    private static final int EVERY_BYTE = 1 << 10;
    private static final int BYTES_BETWEEN = 250;

    /** Throws an {@link AssertionError} if the codec fails it. */
    record Check(String name, Runnable body) {}

    private CodecChecks() {}

    static <T> List<Check> of(CodecKit<T> kit) {
        if (kit.samples.isEmpty()) {
            throw new IllegalStateException("no samples");
        }
        List<Check> all = new ArrayList<>();
        all.add(new Check("round trip", () -> new CodecReads<>("round trip", kit).roundTrip()));
        all.add(new Check("split", () -> new CodecReads<>("split", kit).split()));
        all.add(new Check("coalesced", () -> new CodecReads<>("coalesced", kit).coalesced()));
        all.add(new Check("truncated", () -> new CodecReads<>("truncated", kit).truncated()));
        if (!kit.oversize.isEmpty()) {
            all.add(new Check("oversize", () -> new CodecRefusals<>("oversize", kit).refuses(kit.oversize)));
        }
        if (!kit.hostile.isEmpty()) {
            all.add(new Check("hostile", () -> new CodecRefusals<>("hostile", kit).refuses(kit.hostile)));
        }
        List<byte[]> refused = new ArrayList<>(kit.oversize);
        refused.addAll(kit.hostile);
        if (!kit.exact && !refused.isEmpty()) {
            String name = "resynchronised";
            all.add(new Check(name, () -> new CodecRefusals<>(name, kit).neverResynchronises(refused)));
        }
        if (!kit.unwritable.isEmpty()) {
            all.add(new Check("unwritable", () -> new CodecWrites<>("unwritable", kit).unwritable()));
        }
        all.add(new Check("broken pipe", () -> new CodecWrites<>("broken pipe", kit).brokenPipe()));
        return List.copyOf(all);
    }

    /** The indices from 0 and below {@code length}; of many those at both ends, and some between. */
    static IntStream positions(int length) {
        int between = length - 2 * EVERY_BYTE;
        if (between <= BYTES_BETWEEN) {
            return IntStream.range(0, length);
        }
        int step = between / BYTES_BETWEEN;
        return IntStream.range(0, length)
                .filter(at -> at < EVERY_BYTE || at >= length - EVERY_BYTE || (at - EVERY_BYTE) % step == 0);
    }

    static byte[] concat(List<byte[]> parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.forEach(whole::writeBytes);
        return whole.toByteArray();
    }
}
