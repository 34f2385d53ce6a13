package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "localhost, localhost",
        "EXAMPLE.com, example.com",
        "my_service-2.test, my_service-2.test",
        "bücher.example, bücher.example",
        "10.0.0.1, 10.0.0.1",
        "::1, ::1",
        "[::1], ::1",
        "2001:DB8::A, 2001:db8::a",
        "[fe80::1%eth0], fe80::1%eth0",
        "::ffff:10.0.0.1, ::ffff:10.0.0.1"
    })
    void aHostIsKeptInLowerCaseAndWithoutBrackets(String given, String host) {
        assertThat(Endpoint.of(given, 7).host()).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 80, 65_535})
    void anyPortOfTheRangeIsTaken(int port) {
        assertThat(Endpoint.of("localhost", port).port()).isEqualTo(port);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65_536, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aPortOutOfRangeIsNamedWithItsHost(int port) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of("localhost", port))
                .withMessageContaining("port " + port)
                .withMessageContaining("localhost");
    }

    @Test
    void aNullHostIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of(null, 7))
                .withMessage("host is null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse(null))
                .withMessageStartingWith("endpoint is null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "a b",
                " localhost",
                "localhost ",
                "local\thost",
                "a/b",
                "http://localhost",
                "user@localhost",
                "a,b",
                "*",
                "a\u0000b",
                "a%b",
                "example.com.",
                ".",
                "[localhost]",
                "[10.0.0.1]",
                "[::1",
                "::1]",
                "localhost:80",
                "xyz:1",
                "10.0.0.1:80",
                "1:2:3",
                ":::",
                "::1%",
                "::g"
            })
    void aHostThatIsNoneIsNamed(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of(host, 7))
                .withMessageContaining("host")
                .withMessageContaining("'" + host + "'");
    }

    @Test
    void theOffendingCharacterIsNamedWithItsPlace() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of("my host", 7))
                .withMessageContaining("the character ' ' at index 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a..b", ".a", "-a", "a-", "a.-b.c", "256.1.1.1", "1.2.3", "7"})
    void aPartThatNoNameHasIsNamed(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of(host, 7))
                .withMessageContaining("'" + host + "'");
    }

    @Test
    void aPartOfANameHasAtMost63Characters() {
        assertThat(Endpoint.of("a".repeat(63) + ".test", 7).host()).startsWith("aaa");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of("a".repeat(64) + ".test", 7))
                .withMessageContaining("64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::1]", "http://x:7", "x:+7"})
    void whatOnlyLooksLikeAnEndpointIsNamed(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse(text))
                .withMessageContaining("'" + text + "'");
    }

    @Test
    void aHostMayBeAsLongAsDnsAllowsAndNoLonger() {
        String longest = ("a".repeat(62) + ".").repeat(4) + "a";

        assertThat(Endpoint.of(longest, 7).host()).isEqualTo(longest);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of(longest + "a", 7))
                .withMessageContaining("254")
                .withMessageContaining("253");
    }

    @ParameterizedTest
    @CsvSource({"localhost:7, localhost, 7", "[::1]:65535, ::1, 65535", "DB.test:5432, db.test, 5432"})
    void parseReadsWhatToStringWrites(String text, String host, int port) {
        Endpoint endpoint = Endpoint.parse(text);

        assertThat(endpoint.host()).isEqualTo(host);
        assertThat(endpoint.port()).isEqualTo(port);
        assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "localhost:",
                ":7",
                "localhost:http",
                "localhost:7x",
                "localhost: 7",
                "localhost:0",
                "localhost:99999999999",
                "localhost:65536",
                "::1",
                "::1:7",
                "[::1]",
                "[::1",
                "[::1:7",
                "a b:7",
                "http://localhost:7"
            })
    void textThatIsNoEndpointIsNamed(String text) {
        String culprit = text.isEmpty() ? "''" : text.equals(":7") ? "host" : text.substring(0, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse(text))
                .withMessageContaining(culprit);
    }

    @Test
    void anIpv6AddressWithoutBracketsIsAmbiguousAndTheMessageShowsHowToWriteIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse("::1:7"))
                .withMessageContaining("'::1:7' is ambiguous")
                .withMessageContaining("[::1]:7");
    }

    @Test
    void anIpv6AddressIsWrittenInBrackets() {
        assertThat(Endpoint.of("::1", 7)).hasToString("[::1]:7");
        assertThat(Endpoint.of("localhost", 7)).hasToString("localhost:7");
    }

    @Test
    void equalHostsInAnyCaseAndEqualPortsAreEqual() {
        Endpoint endpoint = Endpoint.of("Localhost", 7);

        assertThat(endpoint)
                .isEqualTo(Endpoint.of("LOCALHOST", 7))
                .hasSameHashCodeAs(Endpoint.of("localhost", 7))
                .isNotEqualTo(Endpoint.of("localhost", 8))
                .isNotEqualTo(Endpoint.of("localhost2", 7))
                .isNotEqualTo("localhost:7");
        assertThat(Endpoint.of("[::1]", 7)).isEqualTo(Endpoint.of("::1", 7));
        assertThat(Map.of(endpoint, "here")).containsKey(Endpoint.of("localhost", 7));
    }
}
