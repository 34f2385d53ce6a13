package plainweave.architecture.planted.time;

import plainweave.architecture.planted.dns.KeepsAPool;

/** Floor 0 that knows floor 1. */
public record LooksUp(KeepsAPool above) {}
