package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;

class RouteTest {
    private static final Endpoint HERE = Endpoint.of("here", 1);

    private record Login(String user, String password) {}

    @Test
    void routesAreEqualByEndpointAndSession() {
        Route route = new Route(HERE, new Login("u", "secret"));

        assertThat(route)
                .isEqualTo(new Route(Endpoint.of("HERE", 1), new Login("u", "secret")))
                .hasSameHashCodeAs(new Route(HERE, new Login("u", "secret")))
                .isNotEqualTo(new Route(HERE, new Login("u", "other")))
                .isNotEqualTo(new Route(Endpoint.of("here", 2), new Login("u", "secret")))
                .isNotEqualTo(HERE);
    }

    @Test
    void theSessionIsNeverPrinted() {
        assertThat(new Route(HERE, new Login("u", "secret"))).hasToString("here:1");
    }

    @Test
    void neitherPartMayBeNull() {
        assertThatNullPointerException().isThrownBy(() -> new Route(null, "")).withMessage("endpoint");
        assertThatNullPointerException().isThrownBy(() -> new Route(HERE, null)).withMessage("session");
    }
}
