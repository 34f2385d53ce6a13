package plainweave.benchmarks.peers;

import java.io.IOException;
import java.net.InetSocketAddress;
import plainweave.Client;
import plainweave.ClientOptions;
import plainweave.Remote;
import plainweave.benchmarks.client.BlockingCallers;
import plainweave.benchmarks.client.Scoreboard;
import plainweave.benchmarks.jobs.Job;
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
        String codec = job.connects() ? "Codecs.lines, made not reusable," : "Codecs.lines";
        return "Remote.call with " + codec + " on virtual threads, " + job.connections()
                + " permits, everything else at its default: priorities, pool, and a deadline of 30 s on every call";
    }

    @Override
    public void play(Job job, InetSocketAddress server, Scoreboard board) {
        Client client = Client.create(
                ClientOptions.builder().permitsPerEndpoint(job.connections()).build());
        Endpoint endpoint = Endpoint.of(server.getAddress().getHostAddress(), server.getPort());
        Remote<String, String> remote = client.remote(endpoint, job.connects() ? new LastLine() : Codecs.lines());
        BlockingCallers.start(job.callers(), board, caller -> line -> {
            String request = line.text();
            line.check(request, remote.call(request));
        });
    }

    /** A line after which the connection is closed. */
    private static final class LastLine implements Codec<String, String> {
        private final Codec<String, String> lines = Codecs.lines();

        @Override
        public void write(String request, ByteWriter out) throws IOException {
            lines.write(request, out);
        }

        @Override
        public String read(String request, ByteReader in) throws IOException {
            return lines.read(request, in);
        }

        @Override
        public boolean reusable(String request, String reply) {
            return false;
        }
    }
}
