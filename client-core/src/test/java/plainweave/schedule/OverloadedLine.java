package plainweave.schedule;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import plainweave.call.Endpoint;
import plainweave.call.Priority;
import plainweave.call.Route;

/**
 * Half a virtual minute of calls to two endpoints, four times as many as four permits can serve: exchanges of 5 ms, cut at a deadline of
 * 250 ms, and a queue that is longer than that.
 */
final class OverloadedLine {
    private static final long MILLI = 1_000_000;
    private static final int PERMITS = 4;
    private static final int LOAD = 4;
    private static final long SERVICE = 5 * MILLI;
    private static final long PATIENCE = 250 * MILLI;
    private static final long HICCUP_AT = 5_000 * MILLI;
    private static final long COUNTED_FROM = 10_000 * MILLI;
    private static final long UNTIL = 30_000 * MILLI;
    private static final Endpoint[] ENDPOINTS = {Endpoint.of("here", 1), Endpoint.of("there", 1)};

    private record Exchange(long until, Desk desk, long from, long deadline) {}

    private final Line line = new Line(new PrioritySemaphore.Settings(PERMITS, PERMITS, 512, 512));
    private final PriorityQueue<Exchange> running = new PriorityQueue<>(Comparator.comparingLong(Exchange::until));
    private final Map<Endpoint, Integer> replies = new HashMap<>();

    int replies(Endpoint endpoint) {
        return replies.getOrDefault(endpoint, 0);
    }

    void run(boolean hiccup) {
        Random random = new Random(1);
        double gap = (double) SERVICE / PERMITS / LOAD;
        boolean due = hiccup;
        long arrival = 0;
        for (long now = 0; now < UNTIL; ) {
            Exchange first = running.peek();
            if (first == null || first.until > arrival) {
                now = arrival;
                arrival += (long) (-Math.log(1 - random.nextDouble()) * gap);
                line.expire(now);
                arrive(ENDPOINTS[random.nextInt(ENDPOINTS.length)], now);
            } else {
                now = first.until;
                running.remove();
                line.expire(now);
                if (due && now > HICCUP_AT && first.desk.endpoint.equals(ENDPOINTS[0])) {
                    first.desk.exchanged(30_000 * MILLI, false);
                    due = false;
                }
                end(first, now);
            }
        }
    }

    private void arrive(Endpoint endpoint, long now) {
        Desk desk = line.desk(endpoint, PERMITS);
        if (line.tryGrant(desk, Priority.NORMAL, false)) {
            start(desk, now, now + PATIENCE);
        } else {
            line.offer(
                    new Waiter(
                            new Route(endpoint, ""),
                            Priority.NORMAL,
                            false,
                            desk,
                            now,
                            now + PATIENCE,
                            Thread.currentThread()),
                    now);
        }
    }

    private void start(Desk desk, long now, long deadline) {
        running.add(new Exchange(Math.min(now + SERVICE, deadline), desk, now, deadline));
    }

    private void end(Exchange exchange, long now) {
        boolean replied = now < exchange.deadline;
        exchange.desk.exchanged(now - exchange.from, replied);
        if (replied && now > COUNTED_FROM) {
            replies.merge(exchange.desk.endpoint, 1, Integer::sum);
        }
        line.release(exchange.desk, false);
        for (Waiter heir = line.next(now); heir != null; heir = line.next(now)) {
            start(heir.desk, now, heir.deadline);
        }
        line.sentAway();
    }
}
