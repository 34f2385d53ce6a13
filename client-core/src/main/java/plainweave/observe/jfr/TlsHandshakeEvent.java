package plainweave.observe.jfr;

import javax.net.ssl.SSLSession;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import org.jspecify.annotations.Nullable;
import plainweave.call.Endpoint;

/** A transport is secured, when it is opened or later. */
@Name("plainweave.TlsHandshake")
@Label("TLS Handshake")
@Category({"Plainweave", "Connections"})
@Description("A connection was secured by TLS, when it was opened or later (STARTTLS)")
@Threshold("10 ms")
@StackTrace(false)
public final class TlsHandshakeEvent extends Timed {
    private static final TlsHandshakeEvent PROBE = new TlsHandshakeEvent();

    @Label("Endpoint")
    @Nullable
    String endpoint;

    @Label("Address")
    @Nullable
    String address;

    @Label("Protocol")
    @Description("The version of TLS that was agreed on")
    @Nullable
    String protocol;

    @Label("Cipher Suite")
    @Nullable
    String cipherSuite;

    @Label("Resumed")
    @Description("Whether an earlier session was taken up, which costs about half of a full handshake")
    boolean resumed;

    @Label("Failure")
    @Description("Why it failed, if it did")
    @Nullable
    String failure;

    private TlsHandshakeEvent() {}

    static @Nullable TlsHandshakeEvent begun() {
        return begun(PROBE, TlsHandshakeEvent::new);
    }

    /** It is secured. */
    public void done(Endpoint with, String at, SSLSession agreed, boolean takenUp) {
        if (isOver()) {
            endpoint = with.toString();
            address = at;
            protocol = agreed.getProtocol();
            cipherSuite = agreed.getCipherSuite();
            resumed = takenUp;
            commit();
        }
    }

    /** It is not. */
    public void failed(Endpoint with, String at, Throwable why) {
        if (isOver()) {
            endpoint = with.toString();
            address = at;
            failure = inWords(why);
            commit();
        }
    }
}
