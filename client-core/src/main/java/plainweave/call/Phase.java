package plainweave.call;

/** The stations of a call, in their order; a call on a kept connection goes from {@link #QUEUE} straight to {@link #WRITE}. */
public enum Phase {
    /** Waiting for a permit. */
    QUEUE,
    /** Looking the host name up. */
    DNS,
    /** Connecting the transport. */
    CONNECT,
    /** The TLS handshake. */
    TLS,
    /** What the codec does once on a new connection: banner, login. */
    OPEN,
    /** Writing the request. */
    WRITE,
    /** Waiting for the reply and reading it. */
    READ
}
