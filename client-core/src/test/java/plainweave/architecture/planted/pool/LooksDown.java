package plainweave.architecture.planted.pool;

import plainweave.architecture.planted.dns.KeepsAPool;

/** Allowed: a lower floor. */
public record LooksDown(KeepsAPool below) {}
