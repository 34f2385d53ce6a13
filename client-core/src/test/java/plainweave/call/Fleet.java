package plainweave.call;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.function.ToLongFunction;

/**
 * Clients, each with a limit of its own, and the one server they share, on a virtual clock: no threads, and the same every time. The
 * server has slots and a line before them, in order of arrival.
 */
final class Fleet {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    private static final long FOREVER = Long.MAX_VALUE / 4;

    private final Random random;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Client> clients = new ArrayList<>();
    private long numbered;
    private long now;

    // the server
    private final Queue<Exchange> line = new ArrayDeque<>();
    private int slots;
    private int busy;
    private int lineBound = Integer.MAX_VALUE;
    private ToLongFunction<Random> service;

    // the figures
    private long measuredFrom = FOREVER;
    private long accountedTo;
    private double slotTime;
    private double busyTime;
    private double queuedTime;

    /** What a run shows between two instants. */
    record Figures(double unfairness, double utilisation, double meanQueue, double repliesPerSecond, double lost) {}

    private record Event(long at, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    private static final class Exchange {
        private final Client client;
        private final long arrived;
        private long started;
        private boolean over;

        private Exchange(Client client, long arrived) {
            this.client = client;
            this.arrived = arrived;
        }
    }

    Fleet(long seed, int slots, ToLongFunction<Random> service) {
        this.random = new Random(seed);
        this.slots = slots;
        this.service = service;
    }

    /** Every exchange takes about as long. */
    static ToLongFunction<Random> about(long nanos) {
        return random -> (long) (nanos * (0.8 + 0.4 * random.nextDouble()));
    }

    /** Many are short and some take several times the mean. */
    static ToLongFunction<Random> exponential(long mean) {
        return random -> 1 + (long) (-Math.log(1 - random.nextDouble()) * mean);
    }

    void at(long instant, Runnable action) {
        events.add(new Event(instant, numbered++, action));
    }

    /** A client that always has another call to make, as soon as its limit lets it. */
    Client join(long instant, Limit limit, long roundTrip) {
        Client client = new Client(limit, roundTrip);
        clients.add(client);
        at(instant, client::fill);
        return client;
    }

    void slots(int number) {
        account();
        slots = number;
        serveNext();
    }

    void service(ToLongFunction<Random> taking) {
        service = taking;
    }

    /** Who finds so many in line is refused. */
    void lineBound(int bound) {
        lineBound = bound;
    }

    /** Runs to an instant, and measures from another. */
    Figures run(long from, long to) {
        measuredFrom = from;
        for (Event next = events.poll(); next != null && next.at <= to; next = events.poll()) {
            now = next.at;
            next.action.run();
        }
        now = to;
        account();
        double replies = clients.stream().mapToLong(client -> client.replies).sum();
        double losses = clients.stream().mapToLong(client -> client.losses).sum();
        double share = replies / clients.size();
        double furthest = clients.stream()
                .mapToDouble(client -> Math.abs(client.replies / share - 1))
                .max()
                .orElse(0);
        return new Figures(
                furthest,
                busyTime / slotTime,
                queuedTime / (to - from),
                replies * SECOND / (to - from),
                losses / (losses + replies));
    }

    private boolean measured() {
        return now >= measuredFrom;
    }

    private void account() {
        long since = Math.max(accountedTo, measuredFrom);
        if (now > since) {
            slotTime += (double) (now - since) * slots;
            busyTime += (double) (now - since) * Math.min(busy, slots);
            queuedTime += (double) (now - since) * line.size();
        }
        accountedTo = now;
    }

    private void receive(Exchange exchange) {
        account();
        if (line.size() >= lineBound && busy >= slots) {
            exchange.client.after(exchange.client.roundTrip / 2, () -> exchange.client.end(exchange, true));
        } else {
            line.add(exchange);
            serveNext();
        }
    }

    private void serveNext() {
        while (busy < slots && !line.isEmpty()) {
            Exchange exchange = line.remove();
            busy++;
            at(now + service.applyAsLong(random), () -> {
                account();
                busy--;
                exchange.client.after(exchange.client.roundTrip / 2, () -> exchange.client.end(exchange, false));
                serveNext();
            });
        }
    }

    /** One client: its limit, and its queue where its calls come on their own. */
    final class Client {
        private final Limit limit;
        private final long roundTrip;
        private final Queue<Exchange> queue = new ArrayDeque<>();
        private int queueBound;
        private double callsPerSecond;
        private long timeout = FOREVER;
        private int inFlight;
        private long replies;
        private long losses;
        private int leastPermits = Integer.MAX_VALUE;
        private int mostPermits;

        private Client(Limit limit, long roundTrip) {
            this.limit = limit;
            this.roundTrip = roundTrip;
        }

        /** Its calls come by chance, so many a second, wait in a queue of such a bound, and have so long. */
        Client calls(double perSecond, int bound, long within) {
            callsPerSecond = perSecond;
            queueBound = bound;
            timeout = within;
            at(now, this::arrive);
            return this;
        }

        int leastPermits() {
            return leastPermits;
        }

        int mostPermits() {
            return mostPermits;
        }

        private void arrive() {
            if (queue.size() < queueBound) {
                queue.add(new Exchange(this, now));
                fill();
            }
            at(now + exponential((long) (SECOND / callsPerSecond)).applyAsLong(random), this::arrive);
        }

        private void fill() {
            while (inFlight < limit.permits()) {
                Exchange next = callsPerSecond == 0 ? new Exchange(this, now) : queue.poll();
                if (next == null) {
                    return;
                }
                if (now - next.arrived < timeout) {
                    start(next);
                }
            }
        }

        private void start(Exchange exchange) {
            inFlight++;
            exchange.started = now;
            if (timeout < FOREVER) {
                at(exchange.arrived + timeout, () -> end(exchange, true));
            }
            after(roundTrip / 2, () -> receive(exchange));
        }

        /** The server goes on with an exchange whose client has given it up. */
        private void end(Exchange exchange, boolean lost) {
            if (exchange.over) {
                return;
            }
            exchange.over = true;
            long waited = exchange.started - exchange.arrived;
            if (!lost || now - exchange.started >= waited) { // else the queue left it too little time
                limit.ended(now, now - exchange.started, inFlight, lost);
            }
            inFlight--;
            if (measured()) {
                replies += lost ? 0 : 1;
                losses += lost ? 1 : 0;
                leastPermits = Math.min(leastPermits, limit.permits());
                mostPermits = Math.max(mostPermits, limit.permits());
            }
            fill();
        }

        private void after(long nanos, Runnable action) {
            if (nanos == 0) {
                action.run(); // half as many events where the way takes no time
            } else {
                at(now + nanos, action);
            }
        }
    }
}
