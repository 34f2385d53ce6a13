package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ProcTest {
    @Test
    void aSocketIsADescriptorUntilItIsClosed() throws IOException {
        SocketChannel.open().close(); // the first one has the JVM open more
        int before = Proc.descriptors();
        try (SocketChannel socket = SocketChannel.open()) {
            assertThat(socket.isOpen()).isTrue();
            assertThat(Proc.descriptors()).isEqualTo(before + 1);
        }
        assertThat(Proc.descriptors()).isEqualTo(before);
    }

    @Test
    void platformThreadsAreThreadsOfTheSystem() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        Thread[] threads = new Thread[50];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = Thread.ofPlatform().start(() -> {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        assertThat(Proc.threads()).isGreaterThan(threads.length);
        end.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void aJvmUsesMemoryAndHasRoomForThreads() {
        assertThat(Proc.residentKib()).isGreaterThan(10_000);
        assertThat(Proc.spareThreads()).isBetween(1, Integer.MAX_VALUE - 1);
    }
}
