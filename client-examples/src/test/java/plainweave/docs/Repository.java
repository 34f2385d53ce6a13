package plainweave.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of this project, wherever the tests run. */
final class Repository {
    private Repository() {}

    /** The folder above this one that holds ARCHITECTURE.md. */
    static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (here != null && !Files.exists(here.resolve("ARCHITECTURE.md"))) {
            here = here.getParent();
        }
        if (here == null) {
            throw new IllegalStateException("not run inside the project");
        }
        return here;
    }

    /** All pages: those at the top and whatever lies below. */
    static List<Page> pages() {
        return files(".md").stream().map(Page::read).toList();
    }

    /** The pages of a folder, by name. */
    static List<Page> pages(String folder) {
        Path below = root().resolve(folder);
        return pages().stream().filter(page -> page.path().startsWith(below)).toList();
    }

    static Page page(String path) {
        return Page.read(root().resolve(path));
    }

    /** All files with this ending that a build has not made. */
    static List<Path> files(String ending) {
        Path root = root();
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .filter(file -> !made(root.relativize(file)))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean made(Path file) {
        for (Path part : file) {
            if (part.toString().equals("target") || part.toString().equals(".git")) {
                return true;
            }
        }
        return false;
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
