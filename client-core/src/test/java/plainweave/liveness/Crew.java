package plainweave.liveness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/** Virtual threads with a job each, to be over within a limit; if they are not, it shows where everybody stands. */
final class Crew {
    private static final int MOST_SHOWN = 20;

    private final long end;
    private final List<Member<?>> members = new CopyOnWriteArrayList<>();

    Crew(Duration limit) {
        this.end = System.nanoTime() + limit.toNanos();
    }

    /** A job on a thread of its own. */
    record Member<T>(Thread thread, FutureTask<T> task) {}

    /** Some did not finish within the limit. */
    static final class NotFinished extends AssertionError {
        private static final long serialVersionUID = 1L;

        NotFinished(String message) {
            super(message);
        }
    }

    <T> Member<T> start(Callable<T> job) {
        Member<T> member = unstarted(job);
        members.add(member);
        member.thread.start();
        return member;
    }

    /** So many at once. */
    <T> List<Member<T>> start(int count, IntFunction<Callable<T>> jobs) {
        List<Member<T>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(unstarted(jobs.apply(i)));
        }
        members.addAll(all);
        all.forEach(member -> member.thread.start());
        return all;
    }

    private static <T> Member<T> unstarted(Callable<T> job) {
        FutureTask<T> task = new FutureTask<>(job);
        return new Member<>(Thread.ofVirtual().unstarted(task), task);
    }

    /** Until all have finished; what one threw is thrown. */
    void await() throws Exception {
        for (Member<?> member : members) {
            await(member);
        }
    }

    <T> T await(Member<T> member) throws Exception {
        try {
            return member.task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new NotFinished(whereEverybodyStands());
        } catch (ExecutionException e) {
            throw new AssertionError("a caller failed: " + e.getCause(), e.getCause());
        }
    }

    private String whereEverybodyStands() {
        StringBuilder dump = new StringBuilder();
        for (Map.Entry<Thread, StackTraceElement[]> one :
                Thread.getAllStackTraces().entrySet()) {
            show(dump, one.getKey(), one.getValue());
        }
        List<Member<?>> missing =
                members.stream().filter(member -> !member.task.isDone()).toList();
        missing.stream().limit(MOST_SHOWN).forEach(member -> show(dump, member.thread, member.thread.getStackTrace()));
        return missing.size() + " of " + members.size() + " did not finish in time\n" + dump;
    }

    private static void show(StringBuilder dump, Thread thread, StackTraceElement[] stack) {
        dump.append(thread).append(' ').append(thread.getState()).append('\n');
        for (StackTraceElement frame : stack) {
            dump.append("    at ").append(frame).append('\n');
        }
    }
}
