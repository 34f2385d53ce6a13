/** Faulty servers and codec checks for testing network clients. */
module plainweave.testing {
    requires jdk.management;
    requires static transitive org.jspecify;
    requires static transitive org.junit.jupiter.api;

    exports plainweave.testing;
}
