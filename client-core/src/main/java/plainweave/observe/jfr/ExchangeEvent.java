package plainweave.observe.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;
import plainweave.call.CallException;
import plainweave.call.Endpoint;
import plainweave.call.Phase;
import plainweave.call.Priority;
import plainweave.call.Progress;

/** A call, or a lease or stream from its taking to its close. */
@Name("plainweave.Exchange")
@Label("Exchange")
@Category({"Plainweave", "Calls"})
@Description("A call from its start to its end, or a lease or stream until it was closed")
@Threshold("10 ms")
final class ExchangeEvent extends Timed implements Progress.Recording {
    private static final ExchangeEvent PROBE = new ExchangeEvent();

    @Label("Endpoint")
    @Nullable
    String endpoint;

    @Label("Priority")
    @Nullable
    String priority;

    @Label("Outcome")
    @Description(
            "done, or the kind of failure: Rejected, DeadlineExceeded, Unreachable, ConnectionLost, Codec, Cancelled")
    @Nullable
    String outcome;

    @Label("Phase")
    @Description("The phase it ended in")
    @Nullable
    String phase;

    @Label("Sent")
    @Description("Whether the system took at least one byte of the request")
    boolean sent;

    @Label("Reused")
    @Description("Whether it was made on a connection that had served before")
    boolean reused;

    @Label("Attempts")
    @Description("How many connections the request was tried on")
    int attempts;

    @Label("Bytes Out")
    @Description("Bytes written; under TLS as they were encrypted, but on a shared connection as they were before")
    @DataAmount
    long bytesOut;

    @Label("Bytes In")
    @Description("Bytes read; under TLS as they were encrypted, but on a shared connection as they were after")
    @DataAmount
    long bytesIn;

    @Label("Queue")
    @Description("Time waiting for a permit")
    @Timespan
    long queue;

    @Label("DNS")
    @Description("Time waiting for the host's addresses")
    @Timespan
    long dns;

    @Label("Connect")
    @Description("Time connecting")
    @Timespan
    long connect;

    @Label("TLS")
    @Description("Time in the TLS handshake")
    @Timespan
    long tls;

    @Label("Open")
    @Description("Time the codec took to set up a new connection")
    @Timespan
    long open;

    @Label("Write")
    @Description("Time writing the request")
    @Timespan
    long write;

    @Label("Read")
    @Description("Time waiting for the reply and reading it")
    @Timespan
    long read;

    private ExchangeEvent() {}

    static @Nullable ExchangeEvent begun() {
        return begun(PROBE, ExchangeEvent::new);
    }

    @Override
    public void moved(long out, long in) {
        bytesOut += out;
        bytesIn += in;
    }

    @Override
    public void over(Endpoint where, Priority calledAt, Progress progress, @Nullable CallException failure) {
        if (isOver()) {
            endpoint = where.toString();
            priority = calledAt.name();
            outcome = failure == null ? DONE : failure.kind();
            phase = progress.phase().name();
            sent = progress.sent();
            reused = progress.reused();
            attempts = progress.attempts();
            queue = progress.nanos(Phase.QUEUE);
            dns = progress.nanos(Phase.DNS);
            connect = progress.nanos(Phase.CONNECT);
            tls = progress.nanos(Phase.TLS);
            open = progress.nanos(Phase.OPEN);
            write = progress.nanos(Phase.WRITE);
            read = progress.nanos(Phase.READ);
            commit();
        }
    }
}
