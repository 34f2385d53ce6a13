package plainweave.net;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/**
 * In which order to try the addresses of a name. Families take turns, the resolver's first choice first (RFC 8305, section 4); within a
 * family the address with the fewest connections comes first, so that each gets its share; one that failed lately comes after all that
 * did not, the longest ago first. None is ever left out: where all are bad, all are tried.
 *
 * <p>Safe from any thread.
 */
final class AddressOrder {
    /** A failure says little about the address any more after that; addresses nobody dials are then forgotten. */
    private static final long REMEMBERED_NANOS = 60_000_000_000L;

    private final ConcurrentHashMap<SocketAddress, Long> failures = new ConcurrentHashMap<>();
    private final ToIntFunction<SocketAddress> connections;
    private final LongSupplier nanoTime;

    AddressOrder(ToIntFunction<SocketAddress> connections, LongSupplier nanoTime) {
        this.connections = connections;
        this.nanoTime = nanoTime;
    }

    List<? extends SocketAddress> of(List<? extends SocketAddress> addresses) {
        List<InetSocketAddress> resolved = new ArrayList<>();
        for (SocketAddress address : addresses) {
            if (address instanceof InetSocketAddress inet) {
                resolved.add(inet);
            }
        }
        if (resolved.size() < 2) {
            return addresses;
        }
        Class<?> preferred = resolved.getFirst().getAddress().getClass();
        List<InetSocketAddress> first = new ArrayList<>();
        List<InetSocketAddress> second = new ArrayList<>();
        List<InetSocketAddress> failed = new ArrayList<>();
        long now = nanoTime.getAsLong();
        for (InetSocketAddress address : resolved) {
            boolean one = address.getAddress().getClass() == preferred;
            Long at = failures.get(address);
            (at != null && now - at <= REMEMBERED_NANOS ? failed : one ? first : second).add(address);
        }
        sort(first, connections::applyAsInt);
        sort(second, connections::applyAsInt);
        sort(failed, address -> failures.getOrDefault(address, now) - now);
        List<InetSocketAddress> order = new ArrayList<>(resolved.size());
        for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
            if (i < first.size()) {
                order.add(first.get(i));
            }
            if (i < second.size()) {
                order.add(second.get(i));
            }
        }
        order.addAll(failed);
        return order;
    }

    /** By figures that others may change meanwhile, so each is read once. */
    private static void sort(List<InetSocketAddress> addresses, ToLongFunction<InetSocketAddress> figure) {
        Map<InetSocketAddress, Long> figures = new HashMap<>();
        addresses.forEach(address -> figures.put(address, figure.applyAsLong(address)));
        addresses.sort(Comparator.comparing(figures::get));
    }

    void failed(SocketAddress address) {
        failures.put(address, nanoTime.getAsLong());
    }

    void succeeded(SocketAddress address) {
        if (!failures.isEmpty()) {
            failures.remove(address);
        }
    }

    void sweep() {
        long now = nanoTime.getAsLong();
        failures.values().removeIf(at -> now - at > REMEMBERED_NANOS);
    }
}
