package plainweave.observe;

/** How a connection was secured by TLS. */
public enum Handshake {
    /** Not at all. */
    NONE,
    /** By a full handshake. */
    FULL,
    /** By taking up an earlier session, which costs about half. */
    RESUMED
}
