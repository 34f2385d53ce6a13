package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import plainweave.call.Endpoint;
import plainweave.examples.protocols.Resp;
import plainweave.examples.protocols.Resp.Bulk;

/** A Redis in a container for the tests of a class, which keeps nothing on disk. */
final class Redis implements BeforeAllCallback, AfterAllCallback {
    private final String configuration;
    private @Nullable ServerContainer container;

    /** Starts with the first test, because only then is it known that containers can be had. */
    Redis(String configuration) {
        this.configuration = configuration;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        ServerContainer redis = ServerContainer.redis("save \"\"\n" + configuration);
        redis.start();
        container = redis;
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (container != null) {
            container.stop();
        }
    }

    /** The container of this moment. */
    ServerContainer container() {
        return running();
    }

    private ServerContainer running() {
        if (container == null) {
            throw new IllegalStateException("it was not started");
        }
        return container;
    }

    Endpoint endpoint() {
        return running().endpoint();
    }

    /** How many connections to it are open, seen from inside. */
    int connections() {
        return running().connections();
    }

    /** What a reply says that is a text. */
    static String text(Resp reply) {
        assertThat(reply).isInstanceOf(Bulk.class);
        return ((Bulk) reply).text();
    }
}
