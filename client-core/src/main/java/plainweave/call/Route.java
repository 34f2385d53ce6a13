package plainweave.call;

import java.util.Objects;

/**
 * An endpoint plus the session set up on it: connections of equal routes may serve one another's exchanges, others never mix.
 * Immutable. The session is compared by {@code equals} and never printed, because it may hold credentials.
 */
public final class Route {
    private final Endpoint endpoint;
    private final Object session;
    private final int hash;

    /**
     * A route.
     *
     * @param endpoint where
     * @param session what was set up there; needs {@code equals} and {@code hashCode} that do not change
     */
    public Route(Endpoint endpoint, Object session) {
        this.endpoint = Objects.requireNonNull(endpoint, "endpoint");
        this.session = Objects.requireNonNull(session, "session");
        this.hash = 31 * endpoint.hashCode() + session.hashCode();
    }

    /** Where the route leads. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** The session set up on connections of this route. */
    public Object session() {
        return session;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Route that
                        && hash == that.hash
                        && endpoint.equals(that.endpoint)
                        && session.equals(that.session);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** The endpoint only. */
    @Override
    public String toString() {
        return endpoint.toString();
    }
}
