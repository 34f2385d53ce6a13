package plainweave.observe;

import java.util.Map;
import plainweave.call.Priority;

/**
 * How a client stands at one moment. The counts are taken one after the other, not at one instant.
 *
 * @param permitsOut permits handed out: exchanges and leases in flight
 * @param permitsTotal how many there are
 * @param maxPermitsOut the most ever out at once
 * @param waiting callers in the queue
 * @param waitingByPriority how many of them at which priority; one at which nobody waits is not in it
 * @param maxWaiting the most ever in the queue at once
 * @param connectionsInUse open connections that serve an exchange or lease, or are being handed on
 * @param connectionsIdle open connections that wait in the pool
 * @param sockets connected sockets of the client's factories, for other libraries; no permit stands behind them
 * @param connectionsOpened connections ever opened, sockets among them
 * @param connectionsClosed connections ever closed, sockets among them
 * @param dnsHits names found in the cache
 * @param dnsLookups names looked up
 * @param dnsFailures lookups that gave no address
 * @param socketBytesIn bytes ever read through sockets
 * @param socketBytesOut bytes the system ever took from sockets
 * @param memoryBound the most bytes of frames, buffers and idle connections the options allow
 */
public record ClientStats(
        int permitsOut,
        int permitsTotal,
        int maxPermitsOut,
        int waiting,
        Map<Priority, Integer> waitingByPriority,
        int maxWaiting,
        int connectionsInUse,
        int connectionsIdle,
        int sockets,
        long connectionsOpened,
        long connectionsClosed,
        long dnsHits,
        long dnsLookups,
        long dnsFailures,
        long socketBytesIn,
        long socketBytesOut,
        long memoryBound) {

    /** Takes a copy of the map. */
    public ClientStats {
        waitingByPriority = Map.copyOf(waitingByPriority);
    }

    /** One line for people; a failure's message ends with it too. */
    @Override
    public String toString() {
        return "permits " + permitsOut + "/" + permitsTotal + " out, " + waiting + " waiting, connections "
                + connectionsInUse + " in use " + connectionsIdle + " idle "
                + (sockets == 0 ? "" : sockets + " as sockets ") + "(" + connectionsOpened + " opened "
                + connectionsClosed + " closed), dns " + dnsHits + " hits " + dnsLookups + " lookups "
                + dnsFailures + " failed, memory at most " + Bytes.inWords(memoryBound);
    }
}
