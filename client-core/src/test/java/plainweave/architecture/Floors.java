package plainweave.architecture;

import static java.util.stream.Collectors.toMap;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The table of floors: a package depends only on lower floors, and an outside library is imported by one package alone.
 * What stands in no row has no place yet: a package without a floor and a library without a door are refused too.
 */
final class Floors {
    private static final int SIDE = 3;

    private static final Map<String, Room> ROOMS = Stream.of(
                    new Room("", 6, null),
                    new Room(".pool", 5, "org.apache.commons.pool2"),
                    new Room(".connection", 4, null),
                    new Room(".net", 3, "jdk.net"),
                    new Room(".dns", 2, "com.github.benmanes.caffeine"),
                    new Room(".schedule", 2, null),
                    new Room(".codec", 2, null),
                    new Room(".observe", 2, null),
                    new Room(".observe.jfr", 1, "jdk.jfr"),
                    new Room(".observe.micrometer", SIDE, "io.micrometer"),
                    new Room(".call", 0, null),
                    new Room(".time", 0, null))
            .collect(toMap(Room::name, Function.identity()));

    /** Free for everyone: the JDK's supported packages and the annotations that say where null may be. */
    private static final List<String> FREE = List.of("java", "javax.net", "javax.security", "org.jspecify");

    private record Room(String name, int floor, @Nullable String library) {
        boolean mayEnter(Room other) {
            return other.equals(this) || (other.floor < floor && !other.name.equals(".observe.micrometer"));
        }
    }

    private final String root;

    /** The floors below the package {@code root}. */
    Floors(String root) {
        this.root = root;
    }

    /** One line for each dependency that goes up, sideways or out by the wrong door. */
    List<String> violations(JavaClasses classes) {
        List<String> found = new ArrayList<>();
        for (JavaClass from : classes) {
            Room room = ROOMS.get(roomName(from.getPackageName()));
            if (room == null) {
                found.add(from.getName() + " is in a package that has no floor");
                continue;
            }
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                String to = dependency.getTargetClass().getBaseComponentType().getPackageName();
                if (!allowed(room, to)) {
                    found.add(from.getPackageName() + " may not use " + to + ": " + dependency.getDescription());
                }
            }
        }
        return found;
    }

    private boolean allowed(Room from, String to) {
        if (to.isEmpty() || FREE.stream().anyMatch(free -> isIn(free, to))) { // empty: a primitive
            return true;
        }
        if (!isIn(root, to)) {
            return from.library != null && isIn(from.library, to);
        }
        Room target = ROOMS.get(roomName(to));
        return target != null && from.mayEnter(target);
    }

    private String roomName(String packageName) {
        return packageName.substring(root.length());
    }

    private static boolean isIn(String outer, String packageName) {
        return packageName.equals(outer) || packageName.startsWith(outer + ".");
    }
}
