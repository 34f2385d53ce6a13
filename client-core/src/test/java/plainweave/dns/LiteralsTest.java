package plainweave.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LiteralsTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "1.22.199.249, 1.22.199.249",
        "010.1.02.3, 10.1.2.3",
        "::ffff:10.1.2.3, 10.1.2.3"
    })
    void anIpv4LiteralIsItsOwnAddress(String literal, String address) throws Exception {
        InetAddress parsed = Literals.parse(literal);

        assertThat(parsed).isInstanceOf(Inet4Address.class);
        assertThat(parsed.getHostAddress()).isEqualTo(address);
    }

    @ParameterizedTest
    @CsvSource({
        "::1, 0:0:0:0:0:0:0:1",
        "::, 0:0:0:0:0:0:0:0",
        "2001:db8::8a2e:370:7334, 2001:db8:0:0:0:8a2e:370:7334",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2:3:4:5:6",
        "::10.1.2.3, 0:0:0:0:0:0:a01:203"
    })
    void anIpv6LiteralIsItsOwnAddress(String literal, String address) throws Exception {
        InetAddress parsed = Literals.parse(literal);

        assertThat(parsed).isInstanceOf(Inet6Address.class);
        assertThat(parsed.getHostAddress()).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "a",
                "example.com",
                "node7",
                "7.example.com",
                "256.0.0.1",
                "1.2.3.400",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.4.com",
                "123",
                "1..2.3",
                "a.1.2.3.4",
                "1.2.3.4.",
                ".1.2.3.4",
                "1.2.3.0004"
            })
    void aNameIsNoLiteral(String name) throws Exception {
        assertThat(Literals.isLiteral(name)).isFalse();
        assertThat(Literals.parse(name)).isNull();
    }

    /** Some of these the JDK would look up, on the caller's thread and with no deadline. */
    @ParameterizedTest
    @ValueSource(strings = {"localhost:80", "xyz:1", "1.2.3.4:80", ":::", "12345::", "1:2:3", "::1%no-such-interface"})
    void aColonThatMakesNoAddressIsRefusedAndNotLookedUp(String text) {
        assertThat(Literals.isLiteral(text)).isTrue();
        assertThatThrownBy(() -> Literals.parse(text))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("'" + text + "' is no address that this machine can reach");
    }

    @Test
    void aScopeThatIsNoInterfaceOfThisMachineIsNamed() {
        assertThatThrownBy(() -> Literals.parse("fe80::1%nosuch"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("no such interface nosuch");
    }

    @Test
    void aLiteralHasNoNameToLookUpLater() throws Exception {
        InetAddress parsed = Literals.parse("127.0.0.1");

        assertThat(parsed).hasToString("/127.0.0.1");
    }
}
