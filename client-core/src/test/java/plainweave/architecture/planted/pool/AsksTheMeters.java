package plainweave.architecture.planted.pool;

import plainweave.architecture.planted.observe.micrometer.Meters;

/** A higher floor that knows the meters, which nothing may. */
public record AsksTheMeters(Meters meters) {}
