package plainweave.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** Address literals, which never reach a resolver. */
final class Literals {
    private static final int IPV4_PARTS = 4;
    private static final int IPV4_MOST = 255;

    private Literals() {}

    /** Whether the text is no name: it has a colon, or is an IPv4 address. Asked before each dial, so no regular expression. */
    static boolean isLiteral(String host) {
        char last = host.charAt(host.length() - 1);
        return last >= '0' && last <= '9' && isIpv4(host) || host.indexOf(':') >= 0;
    }

    /** Four decimal numbers of up to three digits, none above 255, with a dot between each two. */
    private static boolean isIpv4(String host) {
        int parts = 1;
        int digits = 0;
        int value = 0;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c == '.' && digits > 0) {
                parts++;
                digits = 0;
                value = 0;
            } else if (c >= '0' && c <= '9') {
                digits++;
                value = value * 10 + c - '0';
            } else {
                return false;
            }
            if (digits > 3 || value > IPV4_MOST) {
                return false;
            }
        }
        return parts == IPV4_PARTS && digits > 0;
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
