package plainweave.examples.protocols;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;

/** Keeps what is uploaded, up to a bound, and gives it back. */
final class FileServer implements AutoCloseable {
    static final int MOST = 8_000_000;
    private static final int MAX_FRAME = 70_000;

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final ServerSocket listener;

    private FileServer(ServerSocket listener) {
        this.listener = listener;
    }

    static FileServer start() throws IOException {
        FileServer server = new FileServer(new ServerSocket(0, 16, InetAddress.getLoopbackAddress()));
        Thread.ofVirtual().start(server::accept);
        return server;
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket from) {
        try (Socket socket = from) {
            ByteReader in = ByteReader.over(socket.getInputStream(), MAX_FRAME);
            ByteWriter out = ByteWriter.over(socket.getOutputStream(), MAX_FRAME);
            boolean more = true;
            while (more && !in.atEnd()) {
                in.startFrame();
                boolean upload = in.readUnsignedByte() == 2;
                String name = in.readString(in.readUnsignedShort(), StandardCharsets.UTF_8);
                more = upload ? take(name, in, out) : give(name, out);
                out.flush();
            }
        } catch (IOException e) {
            // the client has left
        }
    }

    private boolean take(String name, ByteReader in, ByteWriter out) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (int length = in.readInt(); length > 0; length = in.readInt()) {
            in.startFrame();
            content.write(in.readBytes(length));
            if (content.size() > MOST) {
                refuse("more than " + MOST + " bytes", out);
                return false;
            }
        }
        files.put(name, content.toByteArray());
        end(content.size(), out);
        return true;
    }

    private boolean give(String name, ByteWriter out) throws IOException {
        byte[] content = files.get(name);
        if (content == null) {
            refuse("there is no " + name, out);
            return true;
        }
        int chunk = 60_000;
        for (int at = 0; at < content.length; at += chunk) {
            out.startFrame();
            out.writeByte(1);
            out.writeInt(Math.min(chunk, content.length - at));
            out.write(content, at, Math.min(chunk, content.length - at));
        }
        end(content.length, out);
        return true;
    }

    private static void end(long bytes, ByteWriter out) throws IOException {
        out.startFrame();
        out.writeByte(2);
        out.writeLong(bytes);
    }

    private static void refuse(String why, ByteWriter out) throws IOException {
        byte[] bytes = why.getBytes(StandardCharsets.UTF_8);
        out.startFrame();
        out.writeByte(3);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
