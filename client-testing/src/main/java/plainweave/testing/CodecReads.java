package plainweave.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What is valid is read however it arrives, and what is not whole never. */
final class CodecReads<T> extends CodecCase<T> {

    CodecReads(String name, CodecKit<T> kit) {
        super(name, kit);
    }

    void roundTrip() {
        for (int i = 0; i < frames.size(); i++) {
            readBack("alone", Delivery.whole(frames.get(i)), List.of(i));
        }
    }

    void split() {
        for (int i = 0; i < frames.size(); i++) {
            inAllParts(frames.get(i), List.of(i));
        }
    }

    /** The first one once more at the end, so that each is followed by another. */
    void coalesced() {
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, frames.size()).boxed().toList());
        order.add(0);
        byte[] all = CodecChecks.concat(order.stream().map(frames::get).toList());
        readBack("all at once", Delivery.whole(all), order);
        inAllParts(all, order);
    }

    void truncated() {
        for (int i = 0; i < frames.size(); i++) {
            byte[] frame = frames.get(i);
            String sample = sample(i);
            CodecChecks.positions(frame.length)
                    .forEach(end -> refuses(
                            sample + ", ended after " + end + " of " + frame.length + " bytes",
                            kit.opener.open(Delivery.upTo(frame, end))));
        }
    }

    private void inAllParts(byte[] bytes, List<Integer> expected) {
        readBack("byte by byte", Delivery.byteByByte(bytes), expected);
        CodecChecks.positions(bytes.length)
                .skip(1)
                .forEach(at -> readBack(
                        "split after " + at + " of " + bytes.length + " bytes", Delivery.splitAt(bytes, at), expected));
    }
}
