package plainweave;

import plainweave.codec.LinesCodec;

/** Lines, the peer answering in order. */
class PipelinedLines implements LinesCodec {
    @Override
    public boolean pipelines() {
        return true;
    }
}
