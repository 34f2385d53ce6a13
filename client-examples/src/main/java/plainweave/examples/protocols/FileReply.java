package plainweave.examples.protocols;

/** What a file server answers. */
public sealed interface FileReply {
    /** A part of the file; the record does not copy it. */
    @SuppressWarnings("ArrayRecordComponent") // a copy would double what a stream holds
    record Chunk(byte[] bytes) implements FileReply {}

    /** That was all of it, or all has been taken. */
    record End(long bytes) implements FileReply {}

    /** It is not to be had, or not wanted. */
    record Refusal(String why) implements FileReply {}
}
