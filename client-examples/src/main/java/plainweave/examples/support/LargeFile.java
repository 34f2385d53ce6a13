package plainweave.examples.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import plainweave.call.Endpoint;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;

/**
 * A file server in a process of its own, with one file of any size: to the download of "3" it gives three chunks. It speaks the protocol of
 * {@link plainweave.examples.protocols.FileChunks}.
 */
public final class LargeFile implements AutoCloseable {
    /** Bytes of a chunk. */
    public static final int CHUNK = 64 * 1024;

    private static final long SEED = 20_260_101L;
    private static final int MAX_FRAME = CHUNK + 16;

    private final Jvm jvm = Jvm.start(List.of("-Xmx64m", "-XX:+UseSerialGC"), LargeFile.class);
    private final Endpoint endpoint = Endpoint.of("127.0.0.1", Integer.parseInt(jvm.line()));
    private final byte[] content = content();

    private LargeFile() {}

    /** Starts it on a free port of the loopback address. */
    public static LargeFile serve() {
        return new LargeFile();
    }

    private static byte[] content() {
        byte[] content = new byte[CHUNK];
        new Random(SEED).nextBytes(content);
        return content;
    }

    /** Where it is. */
    public Endpoint endpoint() {
        return endpoint;
    }

    /** Whether a chunk is as it was sent. */
    public boolean has(byte[] chunk) {
        return Arrays.equals(chunk, content);
    }

    @Override
    public void close() {
        jvm.close();
    }

    /** The server's own process: it prints its port. */
    public static void main(String[] args) throws IOException {
        Jvm.endWithInput();
        byte[] content = content();
        try (ServerSocket door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            System.out.println(door.getLocalPort());
            while (true) {
                try (Socket socket = door.accept()) {
                    serve(socket, content);
                } catch (IOException e) {
                    // who leaves early needs no more
                }
            }
        }
    }

    private static void serve(Socket to, byte[] content) throws IOException {
        ByteReader in = ByteReader.over(to.getInputStream(), MAX_FRAME);
        ByteWriter out = ByteWriter.over(to.getOutputStream(), MAX_FRAME);
        while (!in.atEnd()) {
            in.startFrame();
            in.readUnsignedByte();
            long chunks = Long.parseLong(in.readString(in.readUnsignedShort(), StandardCharsets.UTF_8));
            for (long i = 0; i < chunks; i++) {
                out.startFrame();
                out.writeByte(1);
                out.writeInt(content.length);
                out.write(content);
            }
            out.startFrame();
            out.writeByte(2);
            out.writeLong(chunks * content.length);
            out.flush();
        }
    }
}
