/** Network clients as plain blocking code on virtual threads. */
@SuppressWarnings("requires-automatic") // micrometer-core has no descriptor, and needs none: it is optional
module plainweave.core {
    requires jdk.net;
    requires static jdk.jfr;
    requires org.apache.commons.pool2;
    requires com.github.benmanes.caffeine;
    requires static micrometer.core;
    requires static transitive org.jspecify;

    exports plainweave;
    exports plainweave.call;
    exports plainweave.codec;
    exports plainweave.observe;
    exports plainweave.observe.micrometer;
}
