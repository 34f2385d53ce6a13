package plainweave.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.time.Duration;

/** What a program does that has no JUnit; loaded where there is none. */
public final class WithoutJUnit implements Runnable {

    @Override
    public void run() {
        CodecKit.<Integer>of(
                        (value, out) -> new DataOutputStream(out).writeInt(value),
                        in -> new DataInputStream(in).readInt())
                .samples(1, 2)
                .check();
        Capacity capacity = Capacity.of(1, Duration.ZERO);
        FaultServer.start(FaultServer.script().serve(capacity)).close();
    }
}
