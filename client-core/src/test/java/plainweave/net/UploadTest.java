package plainweave.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class UploadTest {
    private final Upload upload = new Upload(Duration.ofSeconds(1), null);

    @Test
    void nothingHasMovedBeforeTheSystemIsGivenAByte() {
        assertThat(upload.hasMoved()).isFalse();
    }

    @Test
    void aPeerThatAnswersBeforeTheWriterHearsOfItsWriteHasBeenSentSomething() {
        upload.begin();
        assertThat(upload.hasMoved()).isTrue();
        upload.end(1);
        assertThat(upload.hasMoved()).isTrue();
    }

    @Test
    void aWriteThatFailedSentNothing() {
        upload.begin();
        upload.end(0);
        assertThat(upload.hasMoved()).isFalse();
        upload.begin();
        upload.end(7);
        upload.begin();
        upload.end(0);
        assertThat(upload.hasMoved()).as("after one that did not").isTrue();
    }
}
