package plainweave.it.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import plainweave.Client;
import plainweave.Remote;

/** The peers of the soak, each with its own habits, and one client's remotes to them. */
final class SoakTargets implements AutoCloseable {
    /** Bytes of a reply that is sent twice: both come in one read. */
    static final int LONGEST_SURPLUS = 200;

    private static final int PEERS = 5;

    /** This one hangs up after good replies, so its requests may be repeated. */
    private static final int HANGS_UP = 0;

    /** This one goes down now and then. */
    private static final int GOES_DOWN = PEERS - 1;

    private static final List<Fault> EVERYWHERE = List.of(
            Fault.RESET,
            Fault.STALL,
            Fault.LATE,
            Fault.CUT,
            Fault.GARBAGE,
            Fault.SURPLUS,
            Fault.INTERRUPT,
            Fault.UNWELCOME);

    private final Client client;
    private final List<Target> targets = new ArrayList<>();

    /** A peer, and a remote of each user to it. */
    record Target(int number, FaultyPeer peer, List<Remote<Wire.Request, Wire.Reply>> remotes) {
        Remote<Wire.Request, Wire.Reply> remote(int user) {
            return remotes.get(user);
        }

        int user(SplittableRandom random) {
            return 1 + random.nextInt(Wire.USERS);
        }

        /** Who holds a lease on a connection that the peer has just ended is told so, and it is nobody's fault. */
        boolean leasesLoggedIn() {
            return number != HANGS_UP;
        }

        Fault fault(SplittableRandom random) {
            int n = random.nextInt(1_000);
            if (n < 5 * EVERYWHERE.size()) {
                return EVERYWHERE.get(n / 5);
            }
            return number == HANGS_UP && n < 5 * EVERYWHERE.size() + 30 ? Fault.HANGUP : Fault.NONE;
        }
    }

    SoakTargets(Client client) throws IOException {
        this.client = client;
        for (int number = 0; number < PEERS; number++) {
            FaultyPeer peer = FaultyPeer.start();
            List<Remote<Wire.Request, Wire.Reply>> remotes = new ArrayList<>();
            for (int user = Wire.NOBODY; user <= Wire.STRANGER; user++) {
                remotes.add(client.remote(peer.endpoint(), new Wire(user, number == HANGS_UP)));
            }
            targets.add(new Target(number, peer, remotes));
        }
    }

    Client client() {
        return client;
    }

    /** The one that goes down is called less often than the others: whoever finds it so comes back at once. */
    Target any(SplittableRandom random) {
        int n = random.nextInt(4 * PEERS - 3);
        return targets.get(n / 4);
    }

    Target steady(SplittableRandom random) {
        return targets.get(random.nextInt(PEERS - 1));
    }

    Target goingDown() {
        return targets.get(GOES_DOWN);
    }

    List<Target> all() {
        return targets;
    }

    /** How many connections the peers have open. */
    int open() {
        return targets.stream().mapToInt(target -> target.peer().open()).sum();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (Target target : targets) {
            target.peer().close();
        }
    }
}
