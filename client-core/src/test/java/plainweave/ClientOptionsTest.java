package plainweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import plainweave.call.Dns;
import plainweave.observe.Observer;

class ClientOptionsTest {
    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry("permitsPerEndpoint", 32),
            Map.entry("permitsTotal", 512),
            Map.entry("queuePerEndpoint", 1_024),
            Map.entry("queueTotal", 16_384),
            Map.entry("timeout", Duration.ofSeconds(30)),
            Map.entry("connectTimeout", Duration.ofSeconds(3)),
            Map.entry("silence", Duration.ofSeconds(10)),
            Map.entry("drain", Duration.ofSeconds(5)),
            Map.entry("idleTimeout", Duration.ofSeconds(60)),
            Map.entry("maxLifetime", Duration.ofMinutes(30)),
            Map.entry("maxIdle", 512),
            Map.entry("maxFrame", 1_048_576),
            Map.entry("dnsTtl", Duration.ofSeconds(30)),
            Map.entry("dnsNegativeTtl", Duration.ofSeconds(5)),
            Map.entry("leakAfter", Duration.ofSeconds(60)),
            Map.entry("keepAlive", Duration.ofSeconds(60)),
            Map.entry("pipelineDepth", 0),
            Map.entry("sharedConnections", 1),
            Map.entry("refuseHopeless", false),
            Map.entry("maxMemory", 1L << 30));

    /** Another value for each option, all of which fit together. */
    private static final Map<String, Object> OTHERS = Map.ofEntries(
            Map.entry("permitsPerEndpoint", 7),
            Map.entry("permitsTotal", 70),
            Map.entry("queuePerEndpoint", 0),
            Map.entry("queueTotal", 9),
            Map.entry("timeout", Duration.ofNanos(1)),
            Map.entry("connectTimeout", Duration.ofDays(1)),
            Map.entry("silence", Duration.ofMillis(11)),
            Map.entry("drain", Duration.ZERO),
            Map.entry("idleTimeout", Duration.ofDays(36_500)),
            Map.entry("maxLifetime", Duration.ofHours(3)),
            Map.entry("maxIdle", 0),
            Map.entry("maxFrame", 1),
            Map.entry("dnsTtl", Duration.ofSeconds(31)),
            Map.entry("dnsNegativeTtl", Duration.ZERO),
            Map.entry("leakAfter", Duration.ofSeconds(61)),
            Map.entry("keepAlive", Duration.ofSeconds(1)),
            Map.entry("pipelineDepth", 0),
            Map.entry("sharedConnections", 1),
            Map.entry("refuseHopeless", true),
            Map.entry("maxMemory", 1L << 31));

    private static Class<?> type(String option) {
        Object value = DEFAULTS.get(option);
        return switch (value) {
            case Integer i -> int.class;
            case Long l -> long.class;
            case Boolean b -> boolean.class;
            default -> Duration.class;
        };
    }

    private static void set(ClientOptions.Builder builder, String option, Object value) {
        try {
            ClientOptions.Builder.class.getMethod(option, type(option)).invoke(builder, value);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(option, e.getCause() == null ? e : e.getCause());
        }
    }

    private static Map<String, Object> read(ClientOptions options) {
        Map<String, Object> values = new TreeMap<>();
        for (String option : DEFAULTS.keySet()) {
            try {
                values.put(option, ClientOptions.class.getMethod(option).invoke(options));
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(option, e);
            }
        }
        return values;
    }

    private static ClientOptions.Builder allOthers() {
        ClientOptions.Builder builder = ClientOptions.builder();
        OTHERS.forEach((option, value) -> set(builder, option, value));
        return builder;
    }

    @Test
    void aPipelineDepthByItselfFitsIntoMemory() {
        ClientOptions options = ClientOptions.builder().pipelineDepth(64).build();
        assertThat(options.permitsPerEndpoint()).isEqualTo(64);
        assertThat(options.permitsTotal()).isEqualTo(256);
        assertThat(options.memoryBound()).isLessThan(options.maxMemory());
    }

    @Test
    void everyDefaultIsTheOneOfTheTable() {
        assertThat(read(ClientOptions.defaults())).isEqualTo(new TreeMap<>(DEFAULTS));
        assertThat(read(ClientOptions.builder().build())).isEqualTo(new TreeMap<>(DEFAULTS));
        assertThat(ClientOptions.defaults().observers()).isEmpty();
        assertThat(ClientOptions.defaults().dns()).isNotNull();
    }

    @Test
    void theTableOfThisTestHasEveryOption() {
        List<String> options = new ArrayList<>();
        for (Method method : ClientOptions.Builder.class.getMethods()) {
            if (method.getDeclaringClass() == ClientOptions.Builder.class && method.getParameterCount() == 1) {
                options.add(method.getName());
            }
        }
        assertThat(options)
                .contains("dns", "observer", "tls", "localAddress", "limit")
                .hasSize(DEFAULTS.size() + 5)
                .containsAll(DEFAULTS.keySet());
    }

    @Test
    void everyOptionIsKeptAsItWasSet() {
        assertThat(read(allOthers().build())).isEqualTo(new TreeMap<>(OTHERS));
    }

    @Test
    void theMemoryOfTheDefaultsFitsTheirOwnBound() {
        ClientOptions defaults = ClientOptions.defaults();
        long arithmetic = 512L * (1_048_576 + 64 * 1_024 + 16 * 1_024) + 512L * 2_048 + 8L * 262_144;

        assertThat(defaults.memoryBound()).isEqualTo(arithmetic).isLessThanOrEqualTo(defaults.maxMemory());
    }

    // Nonsense

    private static Stream<Arguments> nonsense() {
        List<Arguments> cases = new ArrayList<>();
        for (String option : List.of("permitsPerEndpoint", "permitsTotal", "maxFrame")) {
            cases.add(Arguments.of(option, 0));
            cases.add(Arguments.of(option, -1));
            cases.add(Arguments.of(option, Integer.MIN_VALUE));
        }
        for (String option : List.of("queuePerEndpoint", "queueTotal", "maxIdle", "pipelineDepth")) {
            cases.add(Arguments.of(option, -1));
            cases.add(Arguments.of(option, Integer.MIN_VALUE));
        }
        cases.add(Arguments.of("sharedConnections", 0));
        cases.add(Arguments.of("sharedConnections", 2));
        cases.add(Arguments.of("maxMemory", 0L));
        cases.add(Arguments.of("maxMemory", -1L));
        cases.add(Arguments.of("maxMemory", Long.MIN_VALUE));
        for (String option :
                List.of("timeout", "connectTimeout", "silence", "idleTimeout", "maxLifetime", "dnsTtl", "leakAfter")) {
            cases.add(Arguments.of(option, Duration.ZERO));
        }
        DEFAULTS.forEach((option, value) -> {
            if (value instanceof Duration) {
                cases.add(Arguments.of(option, Duration.ofNanos(-1)));
                cases.add(Arguments.of(option, Duration.ofSeconds(Long.MIN_VALUE)));
                cases.add(Arguments.of(option, Duration.ofSeconds(Long.MAX_VALUE)));
                cases.add(Arguments.of(option, Duration.ofDays(36_500).plusNanos(1)));
            }
        });
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("nonsense")
    void aNonsenseValueIsNamedWithItsOption(String option, Object value) {
        ClientOptions.Builder builder = ClientOptions.builder();
        set(builder, option, value);

        assertThatIllegalArgumentException().isThrownBy(builder::build).withMessageContaining(option + " " + value);
    }

    private static Stream<String> durations() {
        return DEFAULTS.keySet().stream().filter(option -> type(option) == Duration.class);
    }

    @ParameterizedTest
    @MethodSource("durations")
    void nullIsNamedWithItsOption(String option) {
        assertThatThrownBy(() -> set(ClientOptions.builder(), option, null))
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(option + " is null");
    }

    @Test
    void aNullDnsOrObserverIsNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder().dns(null))
                .withMessage("dns is null");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder().observer(null))
                .withMessage("observer is null");
    }

    @Test
    void allWrongOptionsAreNamedAtOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder()
                        .permitsPerEndpoint(0)
                        .timeout(Duration.ZERO)
                        .maxFrame(-5)
                        .drain(Duration.ofSeconds(-1))
                        .build())
                .withMessageContaining("permitsPerEndpoint 0")
                .withMessageContaining("timeout PT0S")
                .withMessageContaining("maxFrame -5")
                .withMessageContaining("drain PT-1S");
    }

    @Test
    void moreForOneEndpointThanForAllIsNamedWithBoth() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder().permitsTotal(31).build())
                .withMessageContaining("permitsPerEndpoint 32")
                .withMessageContaining("permitsTotal 31");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder().queueTotal(1_023).build())
                .withMessageContaining("queuePerEndpoint 1024")
                .withMessageContaining("queueTotal 1023");
    }

    @Test
    void moreMemoryThanTheMaximumIsRefusedWithTheArithmetic() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder().maxFrame(4 << 20).build())
                .withMessageContaining("maxMemory 1073741824")
                .withMessageContaining("permitsTotal 512")
                .withMessageContaining("maxFrame 4194304")
                .withMessageContaining("maxIdle 512")
                .withMessageContaining(String.valueOf(512L * (4_194_304 + 81_920) + 512 * 2_048 + 8 * 262_144));
    }

    @Test
    void theMemoryBoundIsExact() {
        long needed = ClientOptions.defaults().memoryBound();

        assertThat(ClientOptions.builder().maxMemory(needed).build().maxMemory())
                .isEqualTo(needed);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ClientOptions.builder().maxMemory(needed - 1).build())
                .withMessageContaining("maxMemory " + (needed - 1));
    }

    @Test
    void theLargestValuesDoNotOverflow() {
        ClientOptions.Builder largest = ClientOptions.builder()
                .permitsPerEndpoint(Integer.MAX_VALUE)
                .permitsTotal(Integer.MAX_VALUE)
                .queuePerEndpoint(Integer.MAX_VALUE)
                .queueTotal(Integer.MAX_VALUE)
                .maxIdle(Integer.MAX_VALUE)
                .maxFrame(Integer.MAX_VALUE);
        assertThatIllegalArgumentException().isThrownBy(largest::build).withMessageContaining("maxMemory 1073741824");

        ClientOptions options = largest.maxMemory(Long.MAX_VALUE).build();
        assertThat(options.memoryBound()).isGreaterThan((long) Integer.MAX_VALUE * Integer.MAX_VALUE);
    }

    // Copies

    @Test
    void toBuilderCopiesEverything() {
        Dns dns = host -> List.of();
        Observer observer = new Observer() {};
        ClientOptions options = allOthers().dns(dns).observer(observer).build();
        ClientOptions copy = options.toBuilder().build();

        assertThat(read(copy)).isEqualTo(new TreeMap<>(OTHERS));
        assertThat(copy.dns()).isSameAs(dns);
        assertThat(copy.observers()).containsExactly(observer);
    }

    @Test
    void aBuilderUsedAgainChangesNoBuiltOptions() {
        Dns dns = host -> List.of();
        ClientOptions.Builder builder = ClientOptions.builder();
        ClientOptions built = builder.build();
        OTHERS.forEach((option, value) -> set(builder, option, value));
        ClientOptions later = builder.dns(dns).observer(new Observer() {}).build();

        assertThat(read(built)).isEqualTo(new TreeMap<>(DEFAULTS));
        assertThat(built.observers()).isEmpty();
        assertThat(built.dns()).isNotSameAs(dns);
        assertThat(read(later)).isEqualTo(new TreeMap<>(OTHERS));
    }

    @Test
    void toBuilderChangesNoBuiltOptions() {
        ClientOptions built = ClientOptions.defaults();
        built.toBuilder().permitsTotal(1_000).observer(new Observer() {}).timeout(Duration.ofHours(1));

        assertThat(read(built)).isEqualTo(new TreeMap<>(DEFAULTS));
        assertThat(built.observers()).isEmpty();
        assertThatThrownBy(() -> built.observers().clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void everyDefaultIsANamedConstant() {
        long constants = Arrays.stream(ClientOptions.class.getDeclaredFields())
                .filter(field -> field.getName().startsWith("DEFAULT_"))
                .filter(field -> Modifier.isStatic(field.getModifiers()) && Modifier.isFinal(field.getModifiers()))
                .count();

        assertThat(constants).as("but for what is off").isEqualTo(DEFAULTS.size() - 1);
    }
}
