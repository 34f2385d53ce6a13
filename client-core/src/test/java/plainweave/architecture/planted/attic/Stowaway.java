package plainweave.architecture.planted.attic;

/** In a package that the table does not know. */
public record Stowaway() {}
