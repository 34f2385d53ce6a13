package plainweave.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import plainweave.Client;
import plainweave.Remote;
import plainweave.call.CallException;
import plainweave.call.CancelledException;
import plainweave.call.CodecException;
import plainweave.call.ConnectionLostException;
import plainweave.call.Deadline;
import plainweave.call.DeadlineExceededException;
import plainweave.call.Endpoint;
import plainweave.call.RejectedException;
import plainweave.call.UnreachableException;
import plainweave.codec.Codecs;
import plainweave.examples.AtRest;
import plainweave.testing.DeadPort;
import plainweave.testing.FaultServer;
import plainweave.testing.Script;

class FailuresTest {
    @RegisterExtension
    final AtRest atRest = new AtRest();

    // region kinds
    static String advice(CallException failure) {
        return switch (failure) { // sealed: the compiler knows that these are all
            case RejectedException e -> "too much to do, come again later";
            case DeadlineExceededException e -> "too slow, in " + e.phase();
            case UnreachableException e -> "not to be reached: " + e.attempts();
            case ConnectionLostException e -> e.sent() ? "lost, and perhaps done" : "lost, and not done";
            case CodecException e -> "not the protocol we speak";
            case CancelledException e -> "we were interrupted, or are closing";
        };
    }
    // endregion

    @Test
    void eachKindIsToldFromTheOthers() {
        try (DeadPort dead = FaultServer.refusing();
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(Endpoint.of(dead.host(), dead.port()), Codecs.lines());

            assertThatThrownBy(() -> remote.call("hello"))
                    .isInstanceOfSatisfying(
                            CallException.class, e -> assertThat(advice(e)).startsWith("not to be reached: ["));
        }
    }

    // region again
    /** Makes the call again, once, if the peer cannot have seen the first, or twice does no harm. */
    static <Q, R> R again(Remote<Q, R> remote, Q request, boolean harmless, Deadline deadline) {
        Remote<Q, R> limited = remote.until(deadline);
        try {
            return limited.call(request);
        } catch (ConnectionLostException e) {
            if (e.sent() && !harmless || deadline.expired()) {
                throw e;
            }
            return limited.call(request);
        }
    }
    // endregion

    @Test
    void aCallThatWasSentIsMadeAgainOnlyWhereThatDoesNoHarm() {
        Script lost = FaultServer.script().readLine().reset();
        Script answers = FaultServer.script().readLine().reply("done\n");
        try (FaultServer server = FaultServer.start(lost.then(lost).then(answers));
                Client client = Client.create()) {
            Remote<String, String> remote = client.remote(Endpoint.of(server.host(), server.port()), Codecs.lines());
            Deadline deadline = Deadline.after(Duration.ofSeconds(5));

            assertThatThrownBy(() -> again(remote, "pay", false, deadline))
                    .isInstanceOfSatisfying(
                            ConnectionLostException.class,
                            e -> assertThat(e.sent()).isTrue());
            assertThat(server.connections()).isOne();
            assertThat(again(remote, "look", true, deadline)).isEqualTo("done");
            assertThat(server.connections()).isEqualTo(3);
        }
    }
}
