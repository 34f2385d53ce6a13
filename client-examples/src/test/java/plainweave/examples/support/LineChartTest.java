package plainweave.examples.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class LineChartTest {
    private final LineChart chart = new LineChart("Title", "pieces", List.of("a", "b", "c"));

    @Test
    void itIsAPictureWithADotForEachValueAndAGridOfRoundNumbers() throws Exception {
        String svg = chart.line("one", List.of(0.0, 12_800.0, 6_400.0))
                .line("two", List.of(1.0, 2.0, 3.0))
                .svg();
        Document picture = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));

        assertThat(picture.getDocumentElement().getTagName()).isEqualTo("svg");
        assertThat(picture.getElementsByTagName("circle").getLength()).isEqualTo(6);
        assertThat(svg).contains(">Title<", ">pieces<", ">b<", ">one<", ">two<", ">0<", ">4,000<", ">16,000<");
        assertThat(svg).as("the bottom and the largest value").contains("cx=\"90.0\" cy=\"310.0\"", "cy=\"118.0\"");
    }

    @Test
    void valuesAllZeroAreALineAtTheBottom() {
        assertThat(chart.line("none", List.of(0.0, 0.0, 0.0)).svg()).contains("M90.0 310.0 L300.0 310.0 L510.0 310.0");
    }

    @Test
    void aLineHasAValueForEachStep() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> chart.line("short", List.of(1.0)))
                .withMessageContaining("1 values for 3 steps");
    }
}
