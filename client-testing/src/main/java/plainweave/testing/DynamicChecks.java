package plainweave.testing;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Apart from {@link CodecKit}, which must load where there is no JUnit. */
final class DynamicChecks {

    private DynamicChecks() {}

    static Stream<DynamicTest> of(List<CodecChecks.Check> checks) {
        return checks.stream()
                .map(check ->
                        DynamicTest.dynamicTest(check.name(), () -> check.body().run()));
    }
}
