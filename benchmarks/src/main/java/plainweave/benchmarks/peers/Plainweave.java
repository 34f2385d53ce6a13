package plainweave.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.client.SetAndGet;
import plainweave.benchmarks.jobs.Job;
import plainweave.benchmarks.server.Service;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Codecs;

/** Ours, as a user writes it: plain calls on virtual threads, everything else at its default. */
public final class Plainweave implements JavaPeer {

    @Override
    public String name() {
        return Peers.OURS;
    }

    @Override
    public String about(Job job) {
        if (job.service() == Service.REDIS) {
            return "Remote.call with a codec for SET and GET, on virtual threads, one shared"
                    + " connection, pipelineDepth " + job.depth() + ", maxFrame 64 KiB, everything else at its default:"
                    + " a permit for each place, priorities, and a deadline of 30 s on every call";
        }
        if (job.depth() > 0) {
            return "Remote.call with Codecs.lines, made to pipeline, on virtual threads, pipelineDepth " + job.depth()
                    + ", sharedConnections " + job.connections() + ", maxFrame 64 KiB, everything else at its default:"
                    + " a permit for each place, priorities, and a deadline of 30 s on every call";
        }
        String codec = job.connects() ? "Codecs.lines, made not reusable," : "Codecs.lines";
        return "Remote.call with " + codec + " on virtual threads, " + job.connections() + " permits"
                + (job.connections() > 512 ? " and a maxFrame of 64 KiB" : "")
                + ", everything else at its default: priorities, pool, and a deadline of 30 s on every call";
    }

    @Override
    public boolean plays(Job job) {
        return true;
    }

    private static ClientOptions options(Job job) {
        ClientOptions.Builder options = ClientOptions.builder();
        if (job.connections() > options.build().permitsTotal()) {
            options.permitsTotal(job.connections()).maxFrame(64 * 1024);
        }
        return job.depth() == 0
                ? options.permitsPerEndpoint(job.connections()).build()
                : options.pipelineDepth(job.depth())
                        .sharedConnections(job.connections())
                        .maxFrame(64 * 1024)
                        .build();
    }

    private static Codec<String, String> codec(Job job) {
        return job.connects() ? new LastLine() : job.depth() > 0 ? new PipelinedLines() : Codecs.lines();
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        Client client = Client.create(options(job));
        Endpoint endpoint = Endpoint.of(server.getAddress().getHostAddress(), server.getPort());
        if (job.service() == Service.REDIS) {
            SetAndGet.Store store = store(client.remote(endpoint, new RespCodec()));
            BlockingCallers.start(job.callers(), board, caller -> new SetAndGet(caller, store));
            return;
        }
        Remote<String, String> remote = client.remote(endpoint, codec(job));
        BlockingCallers.start(job.callers(), board, caller -> line -> {
            String request = line.text();
            line.check(request, remote.call(request));
        });
    }

    private static SetAndGet.Store store(Remote<String[], String> remote) {
        return new SetAndGet.Store() {
            @Override
            public String set(String key, String value) {
                return remote.call(new String[] {"SET", key, value});
            }

            @Override
            public String get(String key) {
                return remote.call(new String[] {"GET", key});
            }
        };
    }

    /** A line after which the connection is closed. */
    private static final class LastLine extends Lines {
        @Override
        public boolean reusable(String request, String reply) {
            return false;
        }
    }

    /** Lines of a peer that answers in order. */
    private static final class PipelinedLines extends Lines {
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
