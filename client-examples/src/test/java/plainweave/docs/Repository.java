package plainweave.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

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
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(root(), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    boolean made = folder.endsWith("target") || folder.endsWith(".git");
                    return made ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.toString().endsWith(ending)) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Collections.sort(files);
        return files;
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
