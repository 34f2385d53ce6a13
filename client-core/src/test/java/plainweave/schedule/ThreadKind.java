package plainweave.schedule;

/** What runs a caller. */
enum ThreadKind {
    VIRTUAL {
        @Override
        Thread start(Runnable job) {
            return Thread.ofVirtual().start(job);
        }
    },
    PLATFORM {
        @Override
        Thread start(Runnable job) {
            return Thread.ofPlatform().daemon().start(job);
        }
    };

    abstract Thread start(Runnable job);
}
