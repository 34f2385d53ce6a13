package plainweave.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;

/** A frame that was not written whole is followed by nothing. */
final class CodecWrites<T> extends CodecCase<T> {

    CodecWrites(String name, CodecKit<T> kit) {
        super(name, kit);
    }

    void unwritable() {
        for (int i = 0; i < kit.unwritable.size(); i++) {
            String value = "value " + (i + 1) + " of " + kit.unwritable.size();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            if (!fails(value, kit.unwritable.get(i), out)) {
                throw failed(value + ": the writer did not throw", null);
            }
            if (out.size() > 0) {
                throw failed(value + ": the writer threw, but left " + out.size() + " bytes on the wire", null);
            }
            try {
                kit.writer.write(kit.samples.getFirst(), out);
            } catch (IOException | RuntimeException | Error e) {
                throw failed(value + ": the writer threw " + e + " for the valid one after it", e);
            }
            readBack(value + ", the valid one after it", Delivery.whole(out.toByteArray()), List.of(0));
        }
    }

    void brokenPipe() {
        for (int i = 0; i < frames.size(); i++) {
            T value = kit.samples.get(i);
            int length = frames.get(i).length;
            String sample = sample(i);
            CodecChecks.positions(length).forEach(room -> {
                String where = sample + ", broken after " + room + " of " + length + " bytes";
                BrokenPipe out = new BrokenPipe(room);
                try {
                    kit.writer.write(value, out);
                } catch (IOException e) {
                    if (out.writesAfterwards > 0) {
                        throw failed(where + ": the writer wrote on", e);
                    }
                    return;
                } catch (RuntimeException | Error e) {
                    throw failed(where + ": the writer threw " + e + " instead of the IOException", e);
                }
                throw failed(where + ": the writer did not throw", null);
            });
        }
    }

    private boolean fails(String where, T value, OutputStream out) {
        try {
            kit.writer.write(value, out);
            return false;
        } catch (IOException | RuntimeException e) {
            return true;
        } catch (Error e) {
            throw failed(where + ": the writer threw " + e, e);
        }
    }

    private static final class BrokenPipe extends OutputStream {
        private int room;
        private boolean broken;
        private int writesAfterwards;

        BrokenPipe(int room) {
            this.room = room;
        }

        @Override
        public void write(int value) throws IOException {
            take(1);
        }

        @Override
        public void write(byte[] bytes, int off, int len) throws IOException {
            Objects.checkFromIndexSize(off, len, bytes.length);
            take(len);
        }

        private void take(int count) throws IOException {
            if (broken) {
                writesAfterwards++;
            }
            if (broken || count > room) {
                broken = true;
                throw new IOException("Broken pipe");
            }
            room -= count;
        }
    }
}
