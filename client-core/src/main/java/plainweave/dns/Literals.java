package plainweave.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Address literals, which never reach a resolver. */
final class Literals {
    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");

    private Literals() {}

    /** The address a literal means, or null if the text is a name. */
    static @Nullable InetAddress parse(String host) {
        char last = host.charAt(host.length() - 1);
        boolean colon = host.indexOf(':') >= 0;
        boolean mayBe =
                colon || last >= '0' && last <= '9' && IPV4.matcher(host).matches();
        if (!mayBe) {
            return null;
        }
        try {
            return InetAddress.getByName(colon ? "[" + host + "]" : host); // without brackets "x:1" would be looked up
        } catch (UnknownHostException e) {
            return null; // a colon, but no address: let the resolver say so
        }
    }
}
