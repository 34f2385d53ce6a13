package plainweave.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses by their digits. */
final class Addresses {
    private Addresses() {}

    static InetAddress address(String digits) {
        try {
            return InetAddress.getByName(digits);
        } catch (UnknownHostException e) {
            throw new AssertionError(digits + " is an address", e);
        }
    }
}
