package plainweave.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Address literals, which never reach a resolver. */
final class Literals {
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");

    private Literals() {}

    /** Whether the text is no name: it has a colon, or is an IPv4 address. */
    static boolean isLiteral(String host) {
        char last = host.charAt(host.length() - 1);
        return host.indexOf(':') >= 0
                || last >= '0' && last <= '9' && IPV4.matcher(host).matches();
    }

    /**
     * The address a literal means, or null if the text is a name.
     *
     * @throws UnknownHostException if it means none here: its scope is no interface of this machine
     */
    static @Nullable InetAddress parse(String host) throws UnknownHostException {
        if (!isLiteral(host)) {
            return null;
        }
        try {
            // without brackets "x:1" would be looked up
            return InetAddress.getByName(host.indexOf(':') >= 0 ? "[" + host + "]" : host);
        } catch (UnknownHostException e) {
            UnknownHostException none = new UnknownHostException(
                    "'" + host + "' is no address that this machine can reach: " + e.getMessage());
            none.initCause(e);
            throw none;
        }
    }
}
