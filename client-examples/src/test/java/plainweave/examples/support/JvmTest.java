package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class JvmTest {
    @Test
    void itTellsLineByLineAndHasTheFlagsAndArgumentsItWasStartedWith() {
        try (Jvm jvm = Jvm.start(List.of("-Dsaid=much"), Teller.class, 7, "seven")) {
            assertThat(jvm.line()).isEqualTo("much");
            assertThat(jvm.line()).isEqualTo("7 seven");
            assertThatThrownBy(jvm::line)
                    .isInstanceOf(Complaint.class)
                    .hasMessage("the JVM of Teller ended too early, with exit code 3");
        }
    }

    static final class Teller {
        private Teller() {}

        public static void main(String[] args) {
            System.out.println(System.getProperty("said"));
            System.out.println(String.join(" ", args));
            System.exit(3);
        }
    }
}
