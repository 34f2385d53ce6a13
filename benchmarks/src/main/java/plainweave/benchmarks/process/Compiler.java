package plainweave.benchmarks.process;

import java.util.List;
import java.util.Optional;

/** Compilers that may or may not be installed; each makes a program of one source file. */
public enum Compiler {
    /** C. */
    GCC("gcc", "needs gcc: apt-get install gcc libc6-dev, or your system's like", "-O2"),
    /** Go, whose own build cache is used: without it the first build of its library takes a minute. */
    GO("go", "needs Go of at least 1.19: apt-get install golang-go, or your system's like", "build");

    private final String program;
    private final String install;
    private final String flag;

    Compiler(String program, String install, String flag) {
        this.program = program;
        this.install = install;
        this.flag = flag;
    }

    /** How to get it, where it is missing. */
    public Optional<String> missing() {
        return present() ? Optional.empty() : Optional.of(install);
    }

    /** Whether it is installed. */
    public boolean present() {
        return Tools.find(program).isPresent();
    }

    /** How to get it, as the end of a sentence. */
    public String install() {
        return install;
    }

    @Override
    public String toString() {
        return program;
    }

    List<String> command(String source, String result) {
        return List.of(program, flag, "-o", result, source);
    }
}
