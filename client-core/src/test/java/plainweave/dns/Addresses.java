package plainweave.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Addresses by their digits. */
public final class Addresses {
    private Addresses() {}

    public static InetAddress address(String digits) {
        try {
            return InetAddress.getByName(digits);
        } catch (UnknownHostException e) {
            throw new AssertionError(digits + " is an address", e);
        }
    }
}
