package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CallExceptionTest {
    private static final Endpoint HERE = Endpoint.of("here", 1);

    private static Progress progress() {
        Progress progress = new Progress(0);
        progress.enter(Phase.WRITE, 5);
        progress.markSent();
        progress.finish(9);
        return progress;
    }

    @Test
    void eachOfTheSixKindsTellsWhereHowFarAndWhy() {
        IOException cause = new IOException("below");
        List<CallException> kinds = List.of(
                new RejectedException("why", "numbers", HERE, progress(), cause),
                new DeadlineExceededException("why", "numbers", HERE, progress(), cause),
                new UnreachableException("why", "numbers", HERE, progress(), List.of(), cause),
                new ConnectionLostException("why", "numbers", HERE, progress(), cause),
                new CodecException("why", "numbers", HERE, progress(), cause),
                new CancelledException("why", "numbers", HERE, progress(), cause));

        assertThat(CallException.class.getPermittedSubclasses()).hasSameSizeAs(kinds);
        for (CallException kind : kinds) {
            assertThat(kind)
                    .isInstanceOf(RuntimeException.class)
                    .hasMessage("here:1 WRITE: why [numbers]")
                    .hasCause(cause);
            assertThat(kind.reason()).isEqualTo("why");
            assertThat(kind.endpoint()).isEqualTo(HERE);
            assertThat(kind.phase()).isEqualTo(Phase.WRITE);
            assertThat(kind.sent()).isTrue();
            assertThat(kind.progress().totalNanos()).isEqualTo(9);
        }
    }

    @Test
    void itsDetailsAreMadeIntoWordsOnlyForWhoeverAsks() {
        AtomicInteger asked = new AtomicInteger();
        Serializable details = new Serializable() {
            private static final long serialVersionUID = 1L;

            @Override
            public String toString() {
                return "asked " + asked.incrementAndGet() + " times";
            }
        };
        RejectedException failure = new RejectedException("why", details, HERE, progress(), null);

        assertThat(failure.reason()).isEqualTo("why");
        assertThat(asked).hasValue(0);
        assertThat(failure).hasMessage("here:1 WRITE: why [asked 1 times]");
    }

    /** Remote test runners and job queues send exceptions to another JVM. */
    @Test
    void aFailureThatWasSentElsewhereTellsTheSame() throws Exception {
        Attempt attempt = new Attempt("10.0.0.1:7", Phase.CONNECT, Duration.ofNanos(5), new IOException("refused"));
        UnreachableException failure = new UnreachableException(
                "why", "numbers", HERE, progress(), List.of(attempt), new IOException("below"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            UnreachableException read = (UnreachableException) in.readObject();

            assertThat(read).hasMessage(failure.getMessage());
            assertThat(read.endpoint()).isEqualTo(HERE);
            assertThat(read.phase()).isEqualTo(Phase.WRITE);
            assertThat(read.sent()).isTrue();
            assertThat(read.attempts()).singleElement().asString().isEqualTo(attempt.toString());
        }
    }

    @Test
    void anUnreachableEndpointListsEveryTryAndTheListDoesNotChange() {
        Attempt attempt =
                new Attempt("10.0.0.1:7", Phase.CONNECT, Duration.ofNanos(1_200_000), new IOException("refused"));
        List<Attempt> attempts = new ArrayList<>(List.of(attempt));
        UnreachableException unreachable = new UnreachableException("why", "numbers", HERE, progress(), attempts, null);
        attempts.clear();

        assertThat(unreachable.attempts()).containsExactly(attempt);
        assertThatThrownBy(() -> unreachable.attempts().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void anAttemptSaysHowFarItCameAndWhyItFailed() {
        assertThat(new Attempt("10.0.0.1:7", Phase.CONNECT, Duration.ofNanos(1_200_000), new IOException("refused")))
                .hasToString("10.0.0.1:7 CONNECT failed after 1.20 ms: refused");
        assertThat(new Attempt("db.test", Phase.DNS, Duration.ofSeconds(3), new IllegalStateException()))
                .hasToString("db.test DNS failed after 3.00 s: IllegalStateException");
        assertThat(new Attempt("db.test", Phase.DNS, Duration.ofSeconds(3), new UnknownHostException("db.test")))
                .as("of a host the JDK knows to be unknown")
                .hasToString("db.test DNS failed after 3.00 s: unknown host");
    }
}
