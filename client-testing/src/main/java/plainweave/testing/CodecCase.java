package plainweave.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the checks of a {@link CodecKit} have in common: the frames of its samples, and how a failure is told. */
abstract class CodecCase<T> {
    final CodecKit<T> kit;
    /** The frame of each sample. */
    final List<byte[]> frames = new ArrayList<>();

    private final String name;

    CodecCase(String name, CodecKit<T> kit) {
        this.name = name;
        this.kit = kit;
        for (int i = 0; i < kit.samples.size(); i++) {
            frames.add(frame(i));
        }
    }

    /** Which sample, for people. */
    final String sample(int index) {
        return "sample " + (index + 1) + " of " + kit.samples.size();
    }

    /** Reads these samples, by their indices, and then the end of the stream. */
    final void readBack(String where, Delivery in, List<Integer> expected) {
        CodecKit.Frames<T> from = kit.opener.open(in);
        int end = 0;
        for (int index : expected) {
            T value = read(where + ", " + sample(index), from);
            if (!kit.equality.test(kit.samples.get(index), value)) {
                throw failed(where + ", " + sample(index) + ": read " + shown(value), null);
            }
            end += frames.get(index).length;
            if (kit.exact && in.consumed() != end) {
                throw failed(
                        where + ", " + sample(index) + ": took " + in.consumed() + " bytes, where its frame ends after "
                                + end
                                + (in.consumed() > end ? ": a codec that reads ahead needs the buffered kit" : ""),
                        null);
            }
        }
        refuses(where + ", at its end", from);
    }

    /** The next read throws an IOException. */
    final void refuses(String where, CodecKit.Frames<T> from) {
        T value;
        try {
            value = from.next();
        } catch (IOException e) {
            return;
        } catch (RuntimeException | Error e) {
            throw failed(where + ": threw " + e + " instead of an IOException", e);
        }
        throw failed(where + ": read " + shown(value) + " instead of throwing an IOException", null);
    }

    final AssertionError failed(String what, @Nullable Throwable cause) {
        return new AssertionError(name + ": " + what, cause);
    }

    private T read(String where, CodecKit.Frames<T> from) {
        try {
            return from.next();
        } catch (IOException | RuntimeException | Error e) {
            throw failed(where + ": threw " + e, e);
        }
    }

    private byte[] frame(int index) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            kit.writer.write(kit.samples.get(index), bytes);
        } catch (IOException | RuntimeException | Error e) {
            throw failed(sample(index) + ": the writer threw " + e, e);
        }
        if (bytes.size() == 0) {
            throw failed(sample(index) + ": the writer wrote nothing; did it flush?", null);
        }
        return bytes.toByteArray();
    }

    private static String shown(@Nullable Object value) {
        String text = Arrays.deepToString(new @Nullable Object[] {value});
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
