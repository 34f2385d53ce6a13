package plainweave.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import plainweave.architecture.planted.Blocking;

class FloorsTest {
    private static final String PLANTED = Blocking.class.getPackageName();

    static {
        // Names are all that is asked of what the classes use, and loading it all takes seconds.
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    }

    @Test
    void packagesDependOnlyOnLowerFloorsAndEachLibraryHasOneDoor() {
        JavaClasses core = new ClassFileImporter().importPath(CoreClasses.directory());

        assertThat(core).isNotEmpty();
        assertThat(new Floors("plainweave").violations(core)).isEmpty();
    }

    @Test
    void dependingUpwardIsFound() {
        assertPlantedIsFound(".time may not use " + PLANTED + ".dns", "time.LooksUp");
    }

    @Test
    void dependingOnTheMetersIsFound() {
        assertPlantedIsFound(".pool may not use " + PLANTED + ".observe.micrometer", "pool.AsksTheMeters");
    }

    @Test
    void aLibraryAtTheWrongDoorIsFound() {
        assertPlantedIsFound(".dns may not use org.apache.commons.pool2.impl", "dns.KeepsAPool");
    }

    @Test
    void aPackageWithoutAFloorIsFound() {
        assertPlantedIsFound(".attic.Stowaway is in a package that has no floor", "attic.Stowaway");
    }

    @Test
    void dependingDownwardIsAllowed() {
        assertThat(violationsOfPlanted()).noneMatch(line -> line.contains("LooksDown"));
    }

    private static void assertPlantedIsFound(String what, String where) {
        assertThat(violationsOfPlanted()).anyMatch(line -> line.contains(what) && line.contains(where));
    }

    private static List<String> violationsOfPlanted() {
        Path directory = CoreClasses.directoryOf(Blocking.class).resolve(PLANTED.replace('.', '/'));
        return new Floors(PLANTED).violations(new ClassFileImporter().importPath(directory));
    }
}
