package plainweave.architecture;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericDeclaration;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.TypeVariable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a module shows to its users, a line for each thing they can name: the module's exports, the public types in them,
 * their public and protected members with generics and declared exceptions. Sorted, so that two of them compare line by
 * line. The names of parameters are not in class files, and the values of constants are not asked for.
 */
final class Signatures {
    private static final String INDENT = "    ";
    private static final int ACCESS = Modifier.PUBLIC | Modifier.PROTECTED;
    private static final int OF_MEMBERS = ACCESS | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL;
    private static final Set<String> EVERYBODYS = Set.of("equals(Object)", "hashCode()", "toString()");

    private Signatures() {}

    /** The lines of the module in this jar or folder of classes; its types have to be on the class path as well. */
    static List<String> ofModule(Path classes) {
        ModuleReference module = ModuleFinder.of(classes).findAll().iterator().next();
        List<String> lines =
                new ArrayList<>(List.of("module " + module.descriptor().name()));
        Set<String> exports = new TreeSet<>();
        for (ModuleDescriptor.Exports export : module.descriptor().exports()) {
            if (!export.isQualified()) {
                exports.add(export.source());
            }
        }
        module.descriptor().requires().stream()
                .filter(required -> required.modifiers().contains(ModuleDescriptor.Requires.Modifier.TRANSITIVE))
                .map(required -> INDENT + "requires "
                        + (required.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC) ? "static " : "")
                        + "transitive " + required.name())
                .sorted()
                .forEach(lines::add);
        exports.forEach(export -> lines.add(INDENT + "exports " + export));
        for (String name : classNames(module)) {
            Class<?> type = load(name);
            if (exports.contains(type.getPackageName()) && isShown(type)) {
                lines.add("");
                lines.addAll(ofType(type));
            }
        }
        return lines;
    }

    /** The line of the type, and below it those of its members in their order. */
    static List<String> ofType(Class<?> type) {
        Map<String, String> members = new TreeMap<>();
        addMembers(members, type, type);
        List<String> lines = new ArrayList<>(List.of(header(type)));
        members.values().forEach(member -> lines.add(INDENT + member));
        return lines;
    }

    private static Set<String> classNames(ModuleReference module) {
        try (ModuleReader reader = module.open();
                Stream<String> names = reader.list()) {
            Set<String> classes = new TreeSet<>();
            names.filter(name -> name.endsWith(".class") && !name.equals("module-info.class"))
                    .map(name -> name.substring(0, name.lastIndexOf('.')).replace('/', '.'))
                    .forEach(classes::add);
            return classes;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, Signatures.class.getClassLoader());
        } catch (ClassNotFoundException absent) {
            throw new IllegalStateException(absent);
        }
    }

    private static boolean isShown(Class<?> type) {
        Class<?> outer = type.getDeclaringClass();
        return (type.getModifiers() & ACCESS) != 0
                && !type.isAnonymousClass()
                && !type.isLocalClass()
                && (outer == null || isShown(outer));
    }

    private static String header(Class<?> type) {
        boolean plain = !type.isInterface() && !type.isEnum() && !type.isRecord();
        int asked = plain ? ACCESS | Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL : ACCESS;
        return deprecated(type)
                + words(type.getModifiers() & asked)
                + (type.isSealed() ? "sealed " : "")
                + kind(type)
                + type.getCanonicalName()
                + parametersOf(type)
                + (type.isRecord()
                        ? list(
                                "(",
                                Arrays.stream(type.getRecordComponents())
                                        .map(c -> shown(c.getAnnotatedType()) + " " + c.getName()),
                                ")")
                        : "")
                + (plain && type.getSuperclass() != Object.class
                        ? " extends " + shown(type.getAnnotatedSuperclass())
                        : "")
                + list(
                        type.isInterface() ? " extends " : " implements ",
                        Arrays.stream(type.getAnnotatedInterfaces()).map(Signatures::shown),
                        "")
                + (type.isSealed()
                        ? list(
                                " permits ",
                                Arrays.stream(type.getPermittedSubclasses())
                                        .map(Class::getCanonicalName)
                                        .sorted(),
                                "")
                        : "");
    }

    private static String kind(Class<?> type) {
        if (type.isAnnotation()) {
            return "@interface ";
        }
        if (type.isInterface()) {
            return "interface ";
        }
        return type.isEnum() ? "enum " : type.isRecord() ? "record " : "class ";
    }

    // What a type has from one that is not shown itself is its own to a user. By name, and constructors before all.
    private static void addMembers(Map<String, String> lines, Class<?> shown, Class<?> from) {
        for (Field field : from.getDeclaredFields()) {
            if (isShown(field)) {
                String type = shown(field.getAnnotatedType()) + " ";
                lines.putIfAbsent(field.getName(), line(field, "", type, field.getName()));
            }
        }
        if (from.equals(shown)) {
            for (Constructor<?> constructor : from.getDeclaredConstructors()) {
                if (isShown(constructor)) {
                    String signature = shown.getSimpleName() + parameters(constructor);
                    lines.put(parameters(constructor), line(constructor, parametersOf(constructor), "", signature));
                }
            }
        }
        for (Method method : from.getDeclaredMethods()) {
            String signature = method.getName() + parameters(method);
            if (isShown(method) && !EVERYBODYS.contains(signature)) {
                String result = shown(method.getAnnotatedReturnType()) + " ";
                lines.putIfAbsent(signature, line(method, parametersOf(method), result, signature));
            }
        }
        Stream.concat(Stream.ofNullable(from.getSuperclass()), Arrays.stream(from.getInterfaces()))
                .filter(above -> !isShown(above))
                .forEach(above -> addMembers(lines, shown, above));
    }

    private static boolean isShown(Member member) {
        return (member.getModifiers() & ACCESS) != 0 && !member.isSynthetic();
    }

    private static <M extends AnnotatedElement & Member> String line(
            M member, String generics, String result, String signature) {
        return deprecated(member)
                + words(member.getModifiers() & OF_MEMBERS)
                + (member instanceof Method method && method.isDefault() ? "default " : "")
                + (generics.isEmpty() ? "" : generics + " ")
                + result
                + signature
                + (member instanceof Executable executable ? exceptions(executable) : "");
    }

    private static String parameters(Executable of) {
        String all = String.join(
                ", ",
                Arrays.stream(of.getAnnotatedParameterTypes())
                        .map(Signatures::shown)
                        .toList());
        return "(" + (of.isVarArgs() ? all.substring(0, all.length() - "[]".length()) + "..." : all) + ")";
    }

    private static String exceptions(Executable of) {
        return list(
                " throws ",
                Arrays.stream(of.getAnnotatedExceptionTypes())
                        .map(Signatures::shown)
                        .sorted(),
                "");
    }

    private static String parametersOf(GenericDeclaration of) {
        return list("<", Arrays.stream(of.getTypeParameters()).map(Signatures::parameter), ">");
    }

    private static String parameter(TypeVariable<?> variable) {
        String bounds = Arrays.stream(variable.getAnnotatedBounds())
                .map(Signatures::shown)
                .filter(bound -> !bound.equals("Object"))
                .collect(joining(" & "));
        return variable.getName() + (bounds.isEmpty() ? "" : " extends " + bounds);
    }

    private static String list(String before, Stream<String> parts, String after) {
        List<String> all = parts.toList();
        return all.isEmpty() ? "" : before + String.join(", ", all) + after;
    }

    private static String shown(AnnotatedType type) {
        return type.toString()
                .replace("@org.jspecify.annotations.Nullable()", "@Nullable")
                .replaceAll("\\bjava\\.lang\\.(?=[A-Z@])", "")
                .replace('$', '.');
    }

    private static String words(int modifiers) {
        return modifiers == 0 ? "" : Modifier.toString(modifiers) + " ";
    }

    private static String deprecated(AnnotatedElement element) {
        return element.isAnnotationPresent(Deprecated.class) ? "@Deprecated " : "";
    }
}
