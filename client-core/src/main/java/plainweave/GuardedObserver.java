package plainweave;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import plainweave.observe.ClientStats;
import plainweave.observe.ConnectionClosed;
import plainweave.observe.ConnectionOpened;
import plainweave.observe.ExchangeReport;
import plainweave.observe.Handshake;
import plainweave.observe.Leaked;
import plainweave.observe.Observer;
import plainweave.observe.Resolved;
import plainweave.observe.Shed;

/** Passes on to the user's observers; what one of them throws is logged once and hurts nobody. */
final class GuardedObserver implements Observer {
    private static final Logger LOG = System.getLogger(GuardedObserver.class.getName());

    private final Observer[] observers;
    private final AtomicBoolean logged = new AtomicBoolean();

    GuardedObserver(List<Observer> observers) {
        this.observers = observers.toArray(Observer[]::new);
    }

    private void tell(Consumer<Observer> event) {
        for (Observer observer : observers) {
            try {
                event.accept(observer);
            } catch (Throwable e) {
                if (logged.compareAndSet(false, true)) {
                    LOG.log(
                            Level.WARNING,
                            "an observer threw; it stays in use, and further failures are not logged",
                            e);
                }
            }
        }
    }

    @Override
    public void started(Supplier<ClientStats> stats) {
        tell(o -> o.started(stats));
    }

    @Override
    public void stopped(Supplier<ClientStats> stats) {
        tell(o -> o.stopped(stats));
    }

    @Override
    public void exchanged(ExchangeReport report) {
        tell(o -> o.exchanged(report));
    }

    @Override
    public void opened(ConnectionOpened event) {
        tell(o -> o.opened(event));
    }

    @Override
    public void secured(Handshake event) {
        tell(o -> o.secured(event));
    }

    @Override
    public void closed(ConnectionClosed event) {
        tell(o -> o.closed(event));
    }

    @Override
    public void resolved(Resolved event) {
        tell(o -> o.resolved(event));
    }

    @Override
    public void shed(Shed event) {
        tell(o -> o.shed(event));
    }

    @Override
    public void leaked(Leaked event) {
        tell(o -> o.leaked(event));
    }
}
