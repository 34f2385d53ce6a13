package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import plainweave.dns.Addresses;

class DnsTest {
    private static final InetAddress ONE = Addresses.address("10.0.0.1");
    private static final InetAddress TWO = Addresses.address("10.0.0.2");

    @Test
    void aTableAnswersInItsOwnOrder() throws Exception {
        Dns dns = Dns.fixed(Map.of("db.test", List.of(TWO, ONE)));

        assertThat(dns.resolve("db.test")).containsExactly(TWO, ONE);
    }

    @Test
    void namesOfATableAreComparedInAnyCase() throws Exception {
        Dns dns = Dns.fixed(Map.of("Db.Test", List.of(ONE)));

        assertThat(dns.resolve("db.test")).containsExactly(ONE);
        assertThat(dns.resolve("DB.TEST")).containsExactly(ONE);
    }

    @Test
    void aNameThatIsNotInTheTableIsUnknownAndNamed() {
        Dns dns = Dns.fixed(Map.of("a.test", List.of(ONE), "b.test", List.of(TWO)));

        assertThatThrownBy(() -> dns.resolve("c.test"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("c.test is not in the fixed table of 2 names");
    }

    @Test
    void aNameWithNoAddressIsRefusedAndNamed() {
        assertThatThrownBy(() -> Dns.fixed(Map.of("empty.test", List.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty.test");
    }

    @Test
    void aTableDoesNotChangeWithTheMapItWasMadeFrom() throws Exception {
        Map<String, List<InetAddress>> table = new HashMap<>();
        List<InetAddress> addresses = new ArrayList<>(List.of(ONE));
        table.put("db.test", addresses);
        Dns dns = Dns.fixed(table);
        addresses.add(TWO);
        table.put("other.test", List.of(TWO));

        assertThat(dns.resolve("db.test")).containsExactly(ONE);
        assertThatThrownBy(() -> dns.resolve("other.test")).isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> dns.resolve("db.test").clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void theSystemKnowsLocalhost() throws Exception {
        assertThat(Dns.system().resolve("localhost")).isNotEmpty().allMatch(InetAddress::isLoopbackAddress);
    }
}
