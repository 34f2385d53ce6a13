package plainweave.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import plainweave.observe.Observer;

class TlsContextTest {
    private static SSLContext context() {
        try {
            return SSLContext.getInstance("TLS");
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static Tls tls(Supplier<SSLContext> context) {
        return new Tls(new Tls.Settings(context, Tls.PROTOCOLS, List.of(), false), new Observer() {});
    }

    @Test
    void theContextThatWasGivenLastIsTheLatest() {
        SSLContext before = context();
        SSLContext after = context();
        AtomicReference<SSLContext> given = new AtomicReference<>(before);
        Tls tls = tls(given::get);
        assertThat(tls.isLatest(before)).as("nobody has asked").isFalse();
        assertThat(tls.context()).isSameAs(before);
        assertThat(tls.isLatest(before)).isTrue();
        given.set(after);
        assertThat(tls.isLatest(before)).as("nobody has been given another one").isTrue();
        assertThat(tls.context()).isSameAs(after);
        assertThat(tls.isLatest(before)).isFalse();
        assertThat(tls.isLatest(after)).isTrue();
    }

    /** Else every connection that is made with the new one would be closed for the old one's sake. */
    @Test
    void aSupplierThatWasSlowWithTheOldContextDoesNotOutdateTheNewOne() throws Exception {
        SSLContext before = context();
        SSLContext after = context();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch overtaken = new CountDownLatch(1);
        AtomicReference<SSLContext> given = new AtomicReference<>(before);
        Tls tls = tls(() -> {
            SSLContext mine = given.get();
            if (mine == before) {
                asked.countDown();
                await(overtaken);
            }
            return mine;
        });
        CompletableFuture<SSLContext> slow = CompletableFuture.supplyAsync(tls::context, Thread::startVirtualThread);
        await(asked);
        given.set(after);
        assertThat(tls.context()).isSameAs(after);
        overtaken.countDown();
        assertThat(slow.get()).isSameAs(before);
        assertThat(tls.isLatest(after)).isTrue();
        assertThat(tls.isLatest(before)).isFalse();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
