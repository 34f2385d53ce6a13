package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What many clients do to one server, each with a limit that knows nothing of the others. Another {@code -Dfleet.seed} takes another course;
 * what is asserted holds for nearly all of them.
 */
class FleetTest {
    private static final long MILLI = Fleet.MILLI;
    private static final long SECOND = Fleet.SECOND;

    private static final int CLIENTS = 20;
    private static final int MOST = 64;
    private static final int SLOTS = 64;
    private static final long SERVICE = 5 * MILLI;
    private static final double CAPACITY = 12_800;

    private static final long SEED = Long.getLong("fleet.seed", 1);

    private static Fleet server() {
        return server(SLOTS, Fleet.about(SERVICE));
    }

    private static Fleet server(int slots, ToLongFunction<Random> service) {
        return new Fleet(SEED, slots, service);
    }

    private static void join(Fleet fleet, int clients, long from, long apart, long roundTrip) {
        for (int i = 0; i < clients; i++) {
            fleet.join(from + i * apart, Limit.aimd(MOST), roundTrip);
        }
    }

    /** @param room exchanges that the server and the way to it hold without a queue */
    private static void assertSharedWell(Fleet.Figures figures, double room) {
        assertThat(figures.unfairness()).as("unfairness of %s", figures).isLessThan(0.2);
        assertThat(figures.meanQueue()).as("queue of %s", figures).isLessThan(room);
        assertThat(figures.utilisation()).as("utilisation of %s", figures).isGreaterThan(0.9);
    }

    @Test
    void withFixedLimitsTheServersQueueIsWhatTheClientsTogetherMaySend() {
        Fleet fleet = server();
        for (int i = 0; i < CLIENTS; i++) {
            fleet.join(0, Limit.fixed(MOST), 0);
        }

        assertThat(fleet.run(SECOND, 2 * SECOND).meanQueue()).isGreaterThan(18 * SLOTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64, 256})
    void clientsThatStartAtOnceShareTheServer(int slots) {
        Fleet fleet = server(slots, Fleet.about(SERVICE));
        join(fleet, CLIENTS, 0, 0, 0);

        long settled = 2_000 * SECOND / slots;
        assertSharedWell(fleet.run(settled, settled + 10 * SECOND), slots);
    }

    @Test
    void clientsThatStartOneAfterTheOtherShareTheServer() {
        Fleet fleet = server();
        join(fleet, CLIENTS, 0, SECOND / 2, 0);

        assertSharedWell(fleet.run(30 * SECOND, 40 * SECOND), SLOTS);
    }

    @Test
    void aLatecomerWhoNeverSawTheServerWithoutAQueueGetsItsShareAndNoMore() {
        Fleet fleet = server();
        join(fleet, CLIENTS - 1, 0, 0, 0);
        fleet.join(15 * SECOND, Limit.aimd(MOST), 0);

        assertSharedWell(fleet.run(25 * SECOND, 35 * SECOND), SLOTS);
    }

    @Test
    void asManyLatecomersAsThereAreClientsGetTheirShare() {
        Fleet fleet = server();
        join(fleet, CLIENTS / 2, 0, 0, 0);
        join(fleet, CLIENTS / 2, 10 * SECOND, SECOND / 10, 0);

        assertSharedWell(fleet.run(35 * SECOND, 45 * SECOND), SLOTS);
    }

    @Test
    void aSecondClientGetsHalf() {
        Fleet fleet = server();
        fleet.join(0, Limit.aimd(256), 0);
        fleet.join(5 * SECOND, Limit.aimd(256), 0);

        assertSharedWell(fleet.run(25 * SECOND, 35 * SECOND), SLOTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {SLOTS / 2, SLOTS * 2})
    void aServerThatLosesOrGainsSlotsIsSharedAsBefore(int slots) {
        Fleet fleet = server();
        join(fleet, CLIENTS, 0, 0, 0);
        fleet.at(15 * SECOND, () -> fleet.slots(slots));

        assertSharedWell(fleet.run(45 * SECOND, 65 * SECOND), slots);
    }

    @ParameterizedTest
    @ValueSource(longs = {2 * MILLI, 15 * MILLI})
    void aServerThatBecomesQuickerOrSlowerIsSharedAsBefore(long service) {
        Fleet fleet = server();
        join(fleet, CLIENTS, 0, 0, 0);
        fleet.at(15 * SECOND, () -> fleet.service(Fleet.about(service)));

        assertSharedWell(fleet.run(20 * SECOND + 1000 * service, 20 * SECOND + 3000 * service), SLOTS);
    }

    @ParameterizedTest
    @ValueSource(longs = {5 * MILLI, 30 * MILLI})
    void aServerFarAwayIsShared(long roundTrip) {
        Fleet fleet = server();
        join(fleet, CLIENTS, 0, 0, roundTrip);

        assertSharedWell(fleet.run(20 * SECOND, 30 * SECOND), SLOTS * (1.0 + (double) roundTrip / SERVICE));
    }

    /** The more exchanges differ, the longer it takes until shares are equal. */
    @Test
    void aServerWhoseExchangesDifferMuchIsShared() {
        Fleet fleet = server(SLOTS, Fleet.exponential(SERVICE));
        join(fleet, CLIENTS, 0, 0, 0);

        assertSharedWell(fleet.run(60 * SECOND, 120 * SECOND), SLOTS);
    }

    @Test
    void aServerThatRefusesWhoFindsALineIsShared() {
        Fleet fleet = server();
        fleet.lineBound(SLOTS);
        join(fleet, CLIENTS, 0, 0, MILLI / 5);
        Fleet.Figures figures = fleet.run(40 * SECOND, 100 * SECOND);

        assertSharedWell(figures, SLOTS);
        assertThat(figures.lost()).isLessThan(0.05);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneClientThatIsAskedForFourTimesTheCapacityGetsNearlyAllOfIt(boolean alike) {
        Fleet fleet = server(SLOTS, alike ? Fleet.about(SERVICE) : Fleet.exponential(SERVICE));
        Fleet.Client client = fleet.join(0, Limit.aimd(256), 0).calls(4 * CAPACITY, 1024, 250 * MILLI);
        Fleet.Figures figures = fleet.run(SECOND, 11 * SECOND);

        assertThat(figures.repliesPerSecond()).isGreaterThan(0.9 * CAPACITY);
        assertThat(client.leastPermits()).isGreaterThan(SLOTS / 2);
        assertThat(client.mostPermits()).isLessThan(2 * SLOTS);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, CLIENTS})
    void whoAsksForLessThanTheCapacityIsNotHeldUp(int clients) {
        Fleet fleet = server(SLOTS, Fleet.exponential(SERVICE));
        for (int i = 0; i < clients; i++) {
            fleet.join(0, Limit.aimd(256), 0).calls(0.8 * CAPACITY / clients, 256, 250 * MILLI);
        }
        Fleet.Figures figures = fleet.run(5 * SECOND, 35 * SECOND);

        assertThat(figures.repliesPerSecond()).isGreaterThan(0.79 * CAPACITY);
        assertThat(figures.lost()).isLessThan(0.001);
    }

    /** At the first the limit goes down; that it is nobody's queue shows when it has, and so the limit comes back. */
    @Test
    void oneClientOfAServerThatBecomesSlowerKeepsItBusy() {
        Fleet fleet = server();
        fleet.join(0, Limit.aimd(256), 0);
        fleet.at(5 * SECOND, () -> fleet.service(Fleet.about(10 * SERVICE)));

        assertThat(fleet.run(15 * SECOND, 25 * SECOND).utilisation()).isGreaterThan(0.9);
    }
}
