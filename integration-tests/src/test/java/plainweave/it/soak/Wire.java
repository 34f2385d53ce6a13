package plainweave.it.soak;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.util.Arrays;
import plainweave.codec.ByteReader;
import plainweave.codec.ByteWriter;
import plainweave.codec.Codec;
import plainweave.codec.Opening;

/**
 * The protocol of the long runs. Every request has an id of its own and tells which fault it wants; the reply has the id, the
 * user the connection was logged in as, and the payload. Whether they are those of the request is for the caller to see: the
 * codec passes them on as they are.
 *
 * @param user whom connections are logged in as; {@link #NOBODY} does not log in, {@link #STRANGER} may not
 * @param repeatable whether requests may be sent twice
 */
record Wire(int user, boolean repeatable) implements Codec<Wire.Request, Wire.Reply> {
    static final int NOBODY = 0;
    static final int USERS = 2;
    static final int STRANGER = USERS + 1;
    static final int MAX_FRAME = 256 * 1024;
    static final byte LOGIN = 'L';
    static final byte WELCOME = 'W';
    static final byte UNWELCOME = 'U';
    static final byte REQUEST = 'Q';
    static final byte REPLY = 'R';

    /** A request; what the argument means depends on the fault. */
    record Request(long id, Fault fault, long argument, byte[] payload) {}

    record Reply(long id, int user, byte[] payload) {
        /** Whether this is the reply to that request, on a connection of that user. */
        boolean answers(Request request, int asUser) {
            return id == request.id && user == asUser && Arrays.equals(payload, request.payload);
        }
    }

    @Override
    public void write(Request request, ByteWriter out) throws IOException {
        out.write(bytes(request));
    }

    @Override
    public Reply read(Request request, ByteReader in) throws IOException {
        if (in.readByte() != REPLY) {
            throw new ProtocolException("a reply does not begin like this");
        }
        long id = in.readLong();
        int as = in.readInt();
        return new Reply(id, as, in.readBytes(in.readInt()));
    }

    @Override
    public boolean repeatable(Request request) {
        return repeatable;
    }

    @Override
    public Wire open(Opening on) throws IOException {
        if (user != NOBODY) {
            on.out().writeByte(LOGIN);
            on.out().writeInt(user);
            on.out().flush();
            if (on.in().readByte() != WELCOME || on.in().readInt() != user) {
                throw new ProtocolException("not the welcome of this user");
            }
        }
        return this;
    }

    @Override
    public Object session() {
        return user == NOBODY ? Codec.NONE : user;
    }

    // The same in plain streams, for leases and for the peer.

    static byte[] bytes(Request request) throws IOException {
        return frame(out -> {
            out.writeByte(REQUEST);
            out.writeLong(request.id);
            out.writeByte(request.fault.ordinal());
            out.writeLong(request.argument);
            out.writeInt(request.payload.length);
            out.write(request.payload);
        });
    }

    static byte[] bytes(Reply reply) throws IOException {
        return frame(out -> {
            out.writeByte(REPLY);
            out.writeLong(reply.id);
            out.writeInt(reply.user);
            out.writeInt(reply.payload.length);
            out.write(reply.payload);
        });
    }

    static void write(Request request, OutputStream out) throws IOException {
        out.write(bytes(request));
    }

    /** What follows the byte {@link #REQUEST}. */
    static Request readRequest(DataInputStream in) throws IOException {
        long id = in.readLong();
        Fault fault = Fault.values()[in.readUnsignedByte()];
        long argument = in.readLong();
        return new Request(id, fault, argument, readPayload(in));
    }

    /** A whole reply. */
    static Reply readReply(InputStream from) throws IOException {
        DataInputStream in = new DataInputStream(from);
        if (in.readByte() != REPLY) {
            throw new ProtocolException("a reply does not begin like this");
        }
        long id = in.readLong();
        int as = in.readInt();
        return new Reply(id, as, readPayload(in));
    }

    private static byte[] readPayload(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MAX_FRAME) {
            throw new ProtocolException("a payload is not " + length + " bytes long");
        }
        byte[] payload = new byte[length];
        in.readFully(payload);
        return payload;
    }

    private interface Part {
        void write(DataOutputStream out) throws IOException;
    }

    private static byte[] frame(Part part) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        part.write(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }
}
