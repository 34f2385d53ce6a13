package plainweave.examples;

import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.Replies;
import plainweave.examples.protocols.FileChunks;
import plainweave.examples.protocols.FileReply;
import plainweave.examples.protocols.FileReply.Chunk;
import plainweave.examples.protocols.FileReply.End;
import plainweave.examples.protocols.FileReply.Refusal;
import plainweave.examples.protocols.FileRequest;
import plainweave.examples.protocols.FileRequest.Download;
import plainweave.examples.support.Complaint;
import plainweave.examples.support.Example;
import plainweave.examples.support.Heap;
import plainweave.examples.support.LargeFile;
import plainweave.examples.support.Screen;
import plainweave.examples.support.Settings;
import plainweave.examples.support.Work;

/** A reply of a gibibyte, of which one chunk is in memory at a time: a heap of 16 MiB will do. */
public final class StreamALargeReply {
    private static final int CHUNKS = 16_384;

    private StreamALargeReply() {}

    /** Downloads from a server of its own, which is another process. */
    public static void main(String[] args) {
        Example.start(StreamALargeReply::run);
    }

    static int run(Screen screen, Settings settings) {
        int total = settings.scaled(CHUNKS);
        ClientOptions options =
                ClientOptions.builder().maxFrame(2 * LargeFile.CHUNK).build();
        try (LargeFile file = LargeFile.serve();
                Client client = Client.create(options)) {
            Remote<FileRequest, FileReply> files = client.remote(file.endpoint(), new FileChunks());
            Work chunks = screen.work(total, Heap::usedMib, "MiB of heap");
            long bytes = 0;
            try (chunks;
                    Replies<FileReply> replies = files.stream(new Download(Integer.toString(total)))) {
                for (FileReply reply : replies) {
                    switch (reply) {
                        case Chunk(byte[] chunk) -> {
                            chunks.check(file.has(chunk), "a chunk was not what had been sent");
                            bytes += chunk.length;
                        }
                        case End(long sent) -> end(bytes, sent);
                        case Refusal(String why) -> throw new Complaint("refused: " + why);
                    }
                }
            }
            return report(screen, chunks, bytes);
        }
    }

    private static void end(long received, long sent) {
        if (received != sent) {
            throw new Complaint(sent + " bytes were sent, and " + received + " came");
        }
    }

    private static int report(Screen screen, Work chunks, long bytes) {
        double mib = bytes / (double) (1 << 20);
        screen.line("%,.0f MiB through a heap of at most %d MiB, in %.1f s", mib, Heap.maxMib(), chunks.seconds());
        int exitCode = chunks.exitCode(screen);
        screen.line(
                "StreamALargeReply bytes=%d failed=%d heap_max_mib=%d mib_per_s=%.0f",
                bytes, chunks.left(), Heap.maxMib(), mib / chunks.seconds());
        return exitCode;
    }
}
