package plainweave.call;

/** How many exchanges an endpoint may have in flight. */
public interface Limit {
    /** How many exchanges an endpoint may have in flight now; at least 1. */
    int permits();

    /** One exchange has ended. */
    void ended(long nowNanos, long serviceNanos, int inFlight, boolean lost);

    /** Always as many. */
    static Limit fixed(int permits) {
        return new Limit() {
            @Override
            public int permits() {
                return permits;
            }

            @Override
            public void ended(long nowNanos, long serviceNanos, int inFlight, boolean lost) {}
        };
    }
}
