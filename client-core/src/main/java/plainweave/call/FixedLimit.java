package plainweave.call;

/** {@link Limit#fixed}. */
record FixedLimit(int permits) implements Limit {
    FixedLimit {
        if (permits < 1) {
            throw new IllegalArgumentException("limit of " + permits + " permits: an endpoint needs at least 1");
        }
    }

    @Override
    public void ended(long nowNanos, long serviceNanos, int inFlight, boolean lost) {}
}
