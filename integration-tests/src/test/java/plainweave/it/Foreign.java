package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.it.Callers.Caller;
import plainweave.observe.micrometer.Meters;
import plainweave.observe.micrometer.MicrometerObserver;

/** What the tests of other people's clients on our sockets have in common: fewer permits than sockets, and meters. */
final class Foreign {
    static final int CALLS = 1_000;
    static final int SOCKETS = 20;
    static final Duration SILENCE = Duration.ofMillis(700);

    /** More than all buffers on the way hold. */
    static final int MORE_THAN_FITS = 64 << 20;

    final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    /** Every name is this server's. */
    ClientOptions.Builder options(ServerContainer server) {
        return ClientOptions.builder()
                .permitsPerEndpoint(1)
                .permitsTotal(1)
                .silence(SILENCE)
                .dns(host -> List.of(InetAddress.getByName(server.getHost())))
                .observer(new MicrometerObserver(registry));
    }

    interface Call {
        void make(int number) throws Exception;
    }

    /** A thousand, each on a virtual thread of its own, so many at a time. */
    static void callAThousandTimes(int atATime, Call call) throws Exception {
        Semaphore room = new Semaphore(atATime);
        List<Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            int number = i;
            callers.add(Callers.VIRTUAL.start(() -> {
                room.acquire();
                try {
                    call.make(number);
                } finally {
                    room.release();
                }
                return number;
            }));
        }
        for (int i = 0; i < CALLS; i++) {
            assertThat(callers.get(i).outcome()).isEqualTo(i);
        }
    }

    /** Why a client failed, in the end. */
    static void assertCutForSilence(Throwable failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof SocketException)) {
            cause = cause.getCause();
        }
        assertThat(cause)
                .as("a cause of %s", failure)
                .isNotNull()
                .hasMessage("cut, because the peer took nothing of what was written for 700 ms");
    }

    /** Sockets came and went, and nothing of it took a permit. */
    void assertMetered(Client client, int atLeastOpened) throws IOException {
        Eventually.is("no socket is left", () -> client.stats().sockets() == 0);
        assertThat(client.stats().maxPermitsOut()).isZero();
        assertThat(client.stats().connectionsOpened()).isGreaterThanOrEqualTo(atLeastOpened);
        assertThat(registry.get(Meters.SOCKETS.meterName()).gauge().value()).isZero();
        assertThat(count(Meters.SOCKETS_READ))
                .isEqualTo(client.stats().socketBytesIn())
                .isPositive();
        assertThat(count(Meters.SOCKETS_WRITTEN))
                .isEqualTo(client.stats().socketBytesOut())
                .isPositive();
        assertThat(registry.get(Meters.OPENED.meterName()).timer().count())
                .isEqualTo(registry.get(Meters.LIFETIME.meterName()).timer().count())
                .isEqualTo(client.stats().connectionsOpened());
    }

    private double count(Meters meter) {
        return registry.get(meter.meterName()).functionCounter().count();
    }
}
