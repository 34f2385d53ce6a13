package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class TableTest {

    @Test
    void cellsStandUnderEachOther() {
        Table table = new Table("lrl")
                .row("name", "count", "")
                .row("one", 1_234_567L, "pieces")
                .row("two and", 0.4, "x");

        assertThat(table.lines())
                .containsExactly(
                        "name          count", //
                        "one       1,234,567   pieces",
                        "two and           0   x");
    }

    @Test
    void aTableWithoutRowsHasNoLines() {
        assertThat(new Table("l").lines()).isEmpty();
    }

    @Test
    void whatIsNoTableIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Table("lx")).withMessageContaining("lx");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Table("lr").row("one"))
                .withMessageContaining("1 cells");
    }
}
