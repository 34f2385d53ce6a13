package plainweave.call;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a peer listens: a host name or address literal and a TCP port, plain or under TLS, or the path of a Unix-domain socket.
 * Immutable; equal when kind, host (in lower case) and port, or the path, are equal, so it may be a map key. Nothing is looked up when
 * one is made.
 */
public final class Endpoint implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The longest name DNS can carry in its textual form (RFC 1035, 2.3.4, less the final dot). */
    private static final int MAX_HOST_LENGTH = 253;

    private static final int MAX_LABEL_LENGTH = 63;

    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");

    private static final int MAX_PORT = 65_535;

    /** The space that Linux and macOS have for a path in a socket's address, less its final zero, in bytes (unix(7), unix(4)). */
    private static final int MAX_PATH_LENGTH = 103;

    private static final String TLS_PREFIX = "tls:";
    private static final String UNIX_PREFIX = "unix:";

    private enum Kind {
        PLAIN,
        TLS,
        UNIX
    }

    private final Kind kind;

    private final String host;
    private final int port;
    private final int hash;

    private Endpoint(Kind kind, String host, int port) {
        this.kind = kind;
        this.host = host;
        this.port = port;
        this.hash = 31 * (31 * host.hashCode() + port) + kind.ordinal();
    }

    /**
     * An endpoint reached by TCP.
     *
     * @param host a host name, an IPv4 literal, or an IPv6 literal with or without brackets; case does not matter
     * @param port 1 to 65,535
     * @throws IllegalArgumentException if the host is null, empty, over 253 characters, ends with a dot, holds a character no host
     *     name has, or a colon though it is no IPv6 address, or if the port is out of range; the message names the value
     */
    public static Endpoint of(String host, int port) {
        return tcp(Kind.PLAIN, host, port);
    }

    /**
     * An endpoint reached by TLS over TCP. Its certificate has to be for this host.
     *
     * @param host as {@link #of} takes it
     * @param port 1 to 65,535
     * @throws IllegalArgumentException as {@link #of} throws
     */
    public static Endpoint tls(String host, int port) {
        return tcp(Kind.TLS, host, port);
    }

    /**
     * An endpoint reached by a Unix-domain socket of this machine. A virtual thread does not wait where the server's backlog is full,
     * for the system offers no such wait: the call is then unreachable.
     *
     * @param path where the socket is in the file system; whether it is there is seen when dialling
     * @throws IllegalArgumentException if the path is null, empty, or longer than a socket's address can hold
     */
    public static Endpoint unix(Path path) {
        if (path == null || path.toString().isEmpty()) {
            throw new IllegalArgumentException("path of a Unix-domain socket is null or empty");
        }
        String absolute = path.toAbsolutePath().toString();
        int length = absolute.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PATH_LENGTH) {
            throw new IllegalArgumentException("path '" + absolute + "' of a Unix-domain socket has " + length
                    + " bytes, and its address has room for " + MAX_PATH_LENGTH);
        }
        return new Endpoint(Kind.UNIX, absolute, 0);
    }

    private static Endpoint tcp(Kind kind, String host, int port) {
        if (host == null) {
            throw new IllegalArgumentException("host is null");
        }
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("port " + port + " of host '" + host + "' is not in 1 to " + MAX_PORT);
        }
        return new Endpoint(kind, checked(host), port);
    }

    /**
     * Reads {@code host:port}, an IPv6 literal in brackets as in {@code [::1]:7}; {@code tls:host:port}; or {@code unix:/path}.
     *
     * @throws IllegalArgumentException if the text is not of that form, or as {@link #of} throws
     */
    public static Endpoint parse(String hostAndPort) {
        if (hostAndPort == null) {
            throw new IllegalArgumentException("endpoint is null: write host:port, as in localhost:7");
        }
        if (hostAndPort.startsWith(UNIX_PREFIX + "/")) {
            return unix(Path.of(hostAndPort.substring(UNIX_PREFIX.length())));
        }
        if (hostAndPort.startsWith(TLS_PREFIX) && hostAndPort.indexOf(':', TLS_PREFIX.length()) >= 0) {
            Endpoint plain = parse(hostAndPort.substring(TLS_PREFIX.length()));
            if (plain.kind != Kind.PLAIN) {
                throw new IllegalArgumentException(
                        "'" + hostAndPort + "' is no TLS endpoint: write tls:host:port, as in tls:localhost:7");
            }
            return tls(plain.host, plain.port);
        }
        int colon = hostAndPort.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + hostAndPort + "' has no port: write host:port, as in localhost:7");
        }
        if (hostAndPort.endsWith("]")) {
            throw new IllegalArgumentException("'" + hostAndPort + "' has no port: write [host]:port, as in [::1]:7");
        }
        String host = hostAndPort.substring(0, colon);
        if (hostAndPort.contains("://")) {
            throw new IllegalArgumentException("'" + hostAndPort + "' is a URL: write host:port, as in localhost:7");
        }
        if (host.indexOf(':') >= 0 && !host.startsWith("[")) {
            throw new IllegalArgumentException(
                    "'" + hostAndPort + "' is ambiguous: put an IPv6 address in brackets, as in [::1]:7");
        }
        try {
            if (hostAndPort.startsWith("+", colon + 1)) {
                throw new NumberFormatException("a port has no sign");
            }
            return of(host, Integer.parseInt(hostAndPort, colon + 1, hostAndPort.length(), 10));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + hostAndPort.substring(colon + 1) + "' in '" + hostAndPort + "' is not a port number", e);
        }
    }

    private static String checked(String given) {
        boolean bracketed = given.startsWith("[") && given.endsWith("]");
        String host = bracketed ? given.substring(1, given.length() - 1) : given;
        if (host.isEmpty()) {
            throw new IllegalArgumentException("host '" + given + "' is empty");
        }
        if (host.length() > MAX_HOST_LENGTH) {
            throw new IllegalArgumentException("host of " + host.length() + " characters is longer than the "
                    + MAX_HOST_LENGTH + " a host name may have");
        }
        if (host.endsWith(".")) {
            throw new IllegalArgumentException("host '" + given + "' ends with a dot: leave the dot away");
        }
        boolean literal = host.indexOf(':') >= 0;
        if (bracketed && !literal) {
            throw new IllegalArgumentException("host '" + given + "' is in brackets but is no IPv6 address");
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean ok = Character.isLetterOrDigit(c)
                    || c == '-'
                    || c == '.'
                    || c == '_'
                    || literal && (c == ':' || c == '%');
            if (!ok) {
                throw new IllegalArgumentException("host '" + given + "' holds the character '" + c + "' at index " + i
                        + ", which no host name has");
            }
        }
        if (literal && !isIpv6(host)) {
            throw new IllegalArgumentException("host '" + given + "' holds a colon but is no IPv6 address");
        }
        if (!literal) {
            checkLabels(given, host);
        }
        return host.toLowerCase(Locale.ROOT);
    }

    /** RFC 1035, 2.3.1 and 2.3.4, as far as names in use keep to it. */
    private static void checkLabels(String given, String host) {
        boolean numeric = true;
        for (String label : host.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > MAX_LABEL_LENGTH) {
                throw new IllegalArgumentException("host '" + given + "' has a part of " + label.length()
                        + " characters between its dots, which is not in 1 to " + MAX_LABEL_LENGTH);
            }
            if (label.startsWith("-") || label.endsWith("-")) {
                throw new IllegalArgumentException(
                        "host '" + given + "' has a part that begins or ends with a hyphen: '" + label + "'");
            }
            numeric &= label.chars().allMatch(c -> c >= '0' && c <= '9');
        }
        if (numeric && !IPV4.matcher(host).matches()) {
            throw new IllegalArgumentException("host '" + given + "' has only numbers but is no IPv4 address");
        }
    }

    private static boolean isIpv6(String host) {
        int scope = host.indexOf('%'); // whether that interface exists is seen when dialling
        String address = scope < 0 ? host : host.substring(0, scope);
        try {
            InetAddress.getByName("[" + address + "]"); // brackets make sure that nothing is looked up
            return scope != host.length() - 1;
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Whether it is reached by TLS from the first byte on. */
    public boolean isTls() {
        return kind == Kind.TLS;
    }

    /** Whether it is a Unix-domain socket. */
    public boolean isUnix() {
        return kind == Kind.UNIX;
    }

    /** Whether the host is an address literal. */
    public boolean isAddress() {
        return host.indexOf(':') >= 0 || IPV4.matcher(host).matches();
    }

    /** The host in lower case, an IPv6 literal without brackets; of a Unix-domain socket its path. */
    public String host() {
        return host;
    }

    /** The port, 1 to 65,535; of a Unix-domain socket 0. */
    public int port() {
        return port;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Endpoint that && kind == that.kind && port == that.port && host.equals(that.host);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** What {@link #parse} reads: {@code host:port}, an IPv6 literal in brackets; {@code tls:host:port}; {@code unix:/path}. */
    @Override
    public String toString() {
        if (kind == Kind.UNIX) {
            return UNIX_PREFIX + host;
        }
        String hostAndPort = (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        return kind == Kind.TLS ? TLS_PREFIX + hostAndPort : hostAndPort;
    }
}
