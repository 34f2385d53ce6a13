package plainweave.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    // TLS and Unix-domain sockets

    @ParameterizedTest
    @CsvSource({
        "tls:localhost:7, localhost, 7",
        "tls:[::1]:65535, ::1, 65535",
        "tls:DB.test:5432, db.test, 5432",
        "tls:tls:7, tls, 7"
    })
    void parseReadsATlsEndpoint(String text, String host, int port) {
        Endpoint endpoint = Endpoint.parse(text);

        assertThat(endpoint.isTls()).isTrue();
        assertThat(endpoint.isUnix()).isFalse();
        assertThat(endpoint.host()).isEqualTo(host);
        assertThat(endpoint.port()).isEqualTo(port);
        assertThat(endpoint).isEqualTo(Endpoint.tls(host, port)).hasToString(text.replace("DB", "db"));
        assertThat(Endpoint.parse(endpoint.toString())).isEqualTo(endpoint);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls:7", "unix:7"})
    void aHostMayBeCalledLikeAKind(String text) {
        Endpoint endpoint = Endpoint.parse(text);

        assertThat(endpoint.isTls()).isFalse();
        assertThat(endpoint.isUnix()).isFalse();
        assertThat(endpoint.port()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({
        "tls::7, host '' is empty",
        "tls:a b:7, the character ' '",
        "tls:localhost:0, port 0",
        "tls:localhost:70000, port 70000",
        "tls:localhost:, is not a port number",
        "tls:::1:7, is ambiguous",
        "tls:[::1], has no port",
        "tls:unix:/run/x, write tls:host:port",
        "tls:tls:localhost:7, write tls:host:port"
    })
    void textThatIsNoTlsEndpointIsNamed(String text, String said) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse(text))
                .withMessageContaining(said);
    }

    @Test
    void aTlsEndpointIsRefusedForWhatAPlainOneIs() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tls("", 7))
                .withMessage("host '' is empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tls(null, 7))
                .withMessage("host is null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tls("example.com.", 7))
                .withMessageContaining("leave the dot away");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.tls("localhost", 70_000))
                .withMessageContaining("port 70000");
    }

    @Test
    void parseReadsAUnixEndpoint() {
        Endpoint endpoint = Endpoint.parse("unix:/run/my app.sock");

        assertThat(endpoint.isUnix()).isTrue();
        assertThat(endpoint.isTls()).isFalse();
        assertThat(endpoint.isAddress()).isFalse();
        assertThat(endpoint.host()).isEqualTo("/run/my app.sock");
        assertThat(endpoint.port()).isZero();
        assertThat(endpoint).hasToString("unix:/run/my app.sock").isEqualTo(Endpoint.unix(Path.of("/run/my app.sock")));
    }

    @Test
    void aPathIsMadeAbsoluteSoThatItIsOneEndpoint() {
        Path relative = Path.of("x.sock");

        assertThat(Endpoint.unix(relative)).isEqualTo(Endpoint.unix(relative.toAbsolutePath()));
        assertThat(Endpoint.parse(Endpoint.unix(relative).toString())).isEqualTo(Endpoint.unix(relative));
    }

    @Test
    void aPathThatIsNoneOrTooLongIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unix(null))
                .withMessageContaining("null or empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.unix(Path.of("")))
                .withMessageContaining("null or empty");
        String longest = "/" + "a".repeat(102);
        assertThat(Endpoint.unix(Path.of(longest)).host()).isEqualTo(longest);
        for (String tooLong : List.of(longest + "a", "/" + "ä".repeat(52))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Endpoint.unix(Path.of(tooLong)))
                    .withMessageContaining(tooLong)
                    .withMessageContaining("has room for 103");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.parse("unix:/a\u0000b"))
                .withMessageContaining("Nul character");
    }

    @Test
    void endpointsOfDifferentKindsAreNotEqual() {
        assertThat(Endpoint.tls("localhost", 7))
                .isEqualTo(Endpoint.tls("LOCALHOST", 7))
                .hasSameHashCodeAs(Endpoint.tls("LOCALHOST", 7))
                .isNotEqualTo(Endpoint.of("localhost", 7))
                .isNotEqualTo(Endpoint.tls("localhost", 8));
        assertThat(Endpoint.unix(Path.of("/localhost")))
                .isNotEqualTo(Endpoint.of("localhost", 7))
                .isNotEqualTo(Endpoint.unix(Path.of("/localhost2")));
        assertThat(Set.of(
                        Endpoint.of("localhost", 7),
                        Endpoint.tls("localhost", 7),
                        Endpoint.unix(Path.of("/localhost"))))
                .hasSize(3);
    }

    @Test
    void itIsTheSameAfterSerialization() throws Exception {
        for (Endpoint endpoint :
                List.of(Endpoint.of("::1", 7), Endpoint.tls("localhost", 7), Endpoint.unix(Path.of("/run/x.sock")))) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(endpoint);
            }
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                assertThat(in.readObject()).isEqualTo(endpoint).hasSameHashCodeAs(endpoint);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, true", "::1, true", "fe80::1%eth0, true", "localhost, false", "10.0.0.1.example, false"})
    void itTellsAddressesFromNames(String host, boolean address) {
        assertThat(Endpoint.of(host, 7).isAddress()).isEqualTo(address);
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
