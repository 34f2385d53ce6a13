package plainweave.codec;

/** The session of codecs whose connections are all alike; an enum, so that it is equal to nothing but itself. */
enum NoSession {
    NONE;

    @Override
    public String toString() {
        return "no session";
    }
}
