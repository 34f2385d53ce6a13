package plainweave;

import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;

/** Stands where a lease's own code does the talking; its session keeps such connections apart from those of real codecs. */
enum RawCodec implements Codec<Void, Void> {
    INSTANCE;

    @Override
    public void write(Void request, ByteWriter out) {
        throw new IllegalStateException("a raw lease speaks no protocol");
    }

    @Override
    public Void read(Void request, ByteReader in) {
        throw new IllegalStateException("a raw lease speaks no protocol");
    }

    @Override
    public Object session() {
        return this;
    }
}
