package plainweave;

import plainweave.call.CallException;

/**
 * What came of one of many calls: a reply or a failure. Immutable, if the reply is.
 *
 * <pre>{@code
 * switch (outcome) {
 *     case Done<Page>(Page page) -> merge(page);
 *     case Failed<Page>(CallException failure) -> log(failure.phase(), failure.endpoint());
 * }
 * }</pre>
 *
 * @param <R> what a reply is
 */
public sealed interface Outcome<R> {
    /**
     * The reply came.
     *
     * @param reply what the codec read
     */
    record Done<R>(R reply) implements Outcome<R> {}

    /**
     * There is no reply.
     *
     * @param failure one of the six kinds, with the stack of the thread that made the call
     */
    record Failed<R>(CallException failure) implements Outcome<R> {}
}
