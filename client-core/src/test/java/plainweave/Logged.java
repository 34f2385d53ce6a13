package plainweave;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What a class logs, from now until it is closed; it goes nowhere else. */
final class Logged extends Handler implements AutoCloseable {
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();
    private final Logger logger;

    private Logged(Logger logger) {
        this.logger = logger;
    }

    static Logged by(Class<?> type) {
        return by(type.getName());
    }

    static Logged by(String name) {
        Logged logged = new Logged(Logger.getLogger(name));
        logged.logger.setLevel(Level.ALL);
        logged.logger.setUseParentHandlers(false);
        logged.logger.addHandler(logged);
        return logged;
    }

    /** The messages that contain this, in order. */
    List<String> with(String text) {
        return records.stream()
                .map(LogRecord::getMessage)
                .filter(message -> message.contains(text))
                .toList();
    }

    @Override
    public void publish(LogRecord line) {
        records.add(line);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
        logger.setLevel(null);
    }
}
