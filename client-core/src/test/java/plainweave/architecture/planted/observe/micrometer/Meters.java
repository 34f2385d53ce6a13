package plainweave.architecture.planted.observe.micrometer;

import io.micrometer.core.instrument.MeterRegistry;

/** Allowed as it stands: its own library. */
public record Meters(MeterRegistry registry) {}
