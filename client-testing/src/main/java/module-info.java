/** Faulty servers and codec checks for testing network clients. */
module plainweave.testing {
    requires static transitive org.jspecify;

    exports plainweave.testing;
}
