package plainweave;

import plainweave.codec.LinesCodec;

/** A line is answered by lines, the last of which is a dot. */
class ListedLines implements LinesCodec {
    @Override
    public boolean last(String request, String reply) {
        return reply.equals(".");
    }

    @Override
    public boolean repeatable(String request) {
        return request.startsWith("again");
    }
}
