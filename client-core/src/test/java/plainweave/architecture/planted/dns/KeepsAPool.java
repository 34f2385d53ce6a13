package plainweave.architecture.planted.dns;

import org.apache.commons.pool2.impl.GenericObjectPoolConfig;

/** A library that another package is the door for. */
public record KeepsAPool(GenericObjectPoolConfig<String> config) {}
