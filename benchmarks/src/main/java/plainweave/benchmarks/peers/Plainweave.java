package plainweave.benchmarks.peers;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.Iterator;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.ChunkCodec;
import plainweave.benchmarks.client.Chunks;
import plainweave.benchmarks.client.Line;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.client.SetAndGet;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;
import plainweave.observe.micrometer.MicrometerObserver;

/** Ours, as a user writes it: plain calls on virtual threads, everything else at its default. */
public final class Plainweave implements JavaPeer {

    private final boolean meters;

    /** With or without the meters. */
    Plainweave(boolean meters) {
        this.meters = meters;
    }

    @Override
    public String name() {
        return meters ? Peers.OURS + "-metrics" : Peers.OURS;
    }

    @Override
    public String about(Job job) {
        return meters
                ? "as " + Peers.OURS
                        + ", with a MicrometerObserver on a SimpleMeterRegistry: two timers for every call."
                        + " Its ratio is what a call costs without them over what it costs with them"
                : settings(job);
    }

    private static String settings(Job job) {
        if (job.service() == Service.REDIS) {
            return "Remote.call with a codec for SET and GET, on virtual threads, one shared"
                    + " connection, pipelineDepth " + job.depth() + ", maxFrame 64 KiB, everything else at its default:"
                    + " a permit for each place, priorities, and a deadline of 30 s on every call";
        }
        if (job.streams()) {
            return "Remote.stream with a codec of chunks on a virtual thread, which gives the caller each chunk as an"
                    + " array of its own; everything at its default, a limit on the wait for each chunk among it";
        }
        if (job.depth() > 0) {
            return "Remote.call with Codecs.fixed(64), made to pipeline, on virtual threads, pipelineDepth "
                    + job.depth()
                    + ", sharedConnections " + job.connections() + ", maxFrame 64 KiB, everything else at its default:"
                    + " a permit for each place, priorities, and a deadline of 30 s on every call";
        }
        String codec = job.connects() ? "Codecs.lines, made not reusable," : "Codecs.lines";
        return "Remote.call with " + codec + " on virtual threads, " + job.connections() + " permits"
                + (job.connections() > 512 ? " and a maxFrame of 32 KiB" : "")
                + ", everything else at its default: priorities, pool, and a deadline of 30 s on every call";
    }

    @Override
    public boolean plays(Job job) {
        return true;
    }

    private ClientOptions options(Job job) {
        ClientOptions.Builder options = ClientOptions.builder();
        if (meters) {
            options.observer(new MicrometerObserver(new SimpleMeterRegistry()));
        }
        if (job.connections() > options.build().permitsTotal()) {
            options.permitsTotal(job.connections()).maxFrame(32 * 1024);
        }
        return job.depth() == 0
                ? options.permitsPerEndpoint(job.connections()).build()
                : options.pipelineDepth(job.depth())
                        .sharedConnections(job.connections())
                        .maxFrame(64 * 1024)
                        .build();
    }

    private static Codec<String, String> codec(Job job) {
        return job.connects() ? new LastLine() : Codecs.lines();
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        Client client = Client.create(options(job));
        Endpoint endpoint = Endpoint.of(server.getAddress().getHostAddress(), server.getPort());
        if (job.service() == Service.REDIS) {
            Remote<String[], String> redis = client.remote(endpoint, new RespCodec());
            SetAndGet.Setter set = (key, value) -> redis.call(new String[] {"SET", key, value});
            SetAndGet.Getter get = key -> redis.call(new String[] {"GET", key});
            BlockingCallers.start(job.callers(), board, caller -> new SetAndGet(caller, set, get));
            return;
        }
        if (job.streams()) {
            Remote<Long, byte[]> source = client.remote(endpoint, new ChunkCodec());
            BlockingCallers.start(job.callers(), board, caller -> new Download(source));
            return;
        }
        if (job.depth() > 0) {
            Remote<byte[], byte[]> shared = client.remote(endpoint, new PipelinedBytes());
            BlockingCallers.start(job.callers(), board, caller -> line -> line.check(shared.call(line.bytes())));
            return;
        }
        Remote<String, String> remote = client.remote(endpoint, codec(job));
        BlockingCallers.start(job.callers(), board, caller -> line -> {
            String request = line.text();
            line.check(request, remote.call(request));
        });
    }

    /** Calls of which each takes the next MiB of a stream. */
    private static final class Download implements BlockingCallers.Call {
        private final Remote<Long, byte[]> remote;
        private Iterator<byte[]> replies = Collections.emptyIterator();
        private long next;

        Download(Remote<Long, byte[]> remote) {
            this.remote = remote;
        }

        @Override
        public void exchange(Line line) {
            for (int i = 0; i < Chunks.PER_EXCHANGE; i++) {
                if (!replies.hasNext()) {
                    // Read to its end always, where it closes itself.
                    replies = remote.stream(Chunks.PER_DOWNLOAD).iterator();
                    next = 0;
                }
                byte[] chunk = replies.next();
                Chunks.check(next, Chunks.number(chunk), chunk.length);
                next++;
            }
        }
    }

    /** A line after which the connection is closed. */
    private static final class LastLine extends Lines {
        @Override
        public boolean reusable(String request, String reply) {
            return false;
        }
    }

    /** Lines as bytes, which all have one length: what the pipelining peer without a library makes of them. */
    private static final class PipelinedBytes implements Codec<byte[], byte[]> {
        private final Codec<byte[], byte[]> frames = Codecs.fixed(Line.BYTES);

        @Override
        public void write(byte[] request, ByteWriter out) throws IOException {
            frames.write(request, out);
        }

        @Override
        public byte[] read(byte[] request, ByteReader in) throws IOException {
            return frames.read(request, in);
        }

        @Override
        public boolean pipelines() {
            return true;
        }
    }

    private static class Lines implements Codec<String, String> {
        private final Codec<String, String> lines = Codecs.lines();

        @Override
        public void write(String request, ByteWriter out) throws IOException {
            lines.write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return lines.read(request, in);
        }
    }
}
