package plainweave.it;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A headless Chromium with one page, driven by a few messages of its DevTools protocol. To be used by one thread. */
final class Chromium implements AutoCloseable {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String ANNOUNCES = "DevTools listening on ws://";

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Messages messages = new Messages();
    private final WebSocket socket;
    private int sent;

    private Chromium(Process process, String address) throws Exception {
        this.process = process;
        HttpResponse<String> pages = http.send(
                HttpRequest.newBuilder(URI.create("http://" + address + "/json/list"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String page = ((List<?>) json(pages.body()))
                .stream()
                        .map(Map.class::cast)
                        .filter(target -> "page".equals(target.get("type")))
                        .map(target -> (String) target.get("webSocketDebuggerUrl"))
                        .findFirst()
                        .orElseThrow();
        socket = http.newWebSocketBuilder()
                .buildAsync(URI.create(page), messages)
                .get(30, TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Log")) {
            send(domain + ".enable", "");
        }
    }

    /** What is in the way of a browser. */
    static Optional<String> obstacle() {
        return program().isPresent()
                ? Optional.empty()
                : Optional.of("no Chromium is on the PATH; on Debian its package is chromium");
    }

    private static Optional<Path> program() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts one that keeps to itself.
     *
     * @param folder an empty one, for all that it writes
     */
    static Chromium start(Path folder) throws Exception {
        ProcessBuilder chromium = new ProcessBuilder(
                program().orElseThrow().toString(),
                "--headless",
                "--no-sandbox", // it refuses to run as root with one, and sees only pages of ours
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + folder,
                "--remote-debugging-port=0",
                "about:blank");
        chromium.environment().putAll(Map.of("HOME", folder.toString(), "TMPDIR", folder.toString()));
        Process process =
                chromium.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            return new Chromium(process, address(process));
        } catch (Throwable e) {
            end(process);
            throw e;
        }
    }

    /** Where it listens, as it says in its log, of which the rest is read and thrown away. */
    private static String address(Process process) throws Exception {
        CompletableFuture<String> address = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("chromium-log").start(() -> {
            try (BufferedReader log = process.errorReader()) {
                for (String line = log.readLine(); line != null; line = log.readLine()) {
                    if (line.startsWith(ANNOUNCES)) {
                        String rest = line.substring(ANNOUNCES.length());
                        address.complete(rest.substring(0, rest.indexOf('/')));
                    }
                }
                address.completeExceptionally(new IOException("the browser did not start"));
            } catch (IOException e) {
                address.completeExceptionally(e);
            }
        });
        return address.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Goes to a page; what it shows may not be there yet. */
    void open(URI page) throws Exception {
        send("Page.navigate", "\"url\":" + quoted(page.toString()));
    }

    /** What the expression gives on the page, as far as JSON can say it; a promise is waited for. */
    String evaluate(String expression) throws Exception {
        Map<?, ?> answer = send(
                "Runtime.evaluate",
                "\"expression\":" + quoted(expression) + ",\"awaitPromise\":true,\"returnByValue\":true");
        if (answer.containsKey("exceptionDetails")) {
            throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
        }
        return String.valueOf(((Map<?, ?>) answer.get("result")).get("value"));
    }

    /** Gives the page so many pixels. */
    void resize(int width, int height) throws Exception {
        send(
                "Emulation.setDeviceMetricsOverride",
                "\"width\":" + width + ",\"height\":" + height + ",\"deviceScaleFactor\":1,\"mobile\":false");
    }

    /** Asks the page for {@code light} or {@code dark}. */
    void colorScheme(String scheme) throws Exception {
        send(
                "Emulation.setEmulatedMedia",
                "\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":" + quoted(scheme) + "}]");
    }

    /** The page as a PNG. */
    byte[] screenshot() throws Exception {
        return Base64.getDecoder()
                .decode((String) send("Page.captureScreenshot", "").get("data"));
    }

    /** What went wrong on the page so far: exceptions, and errors and warnings in its console. */
    List<String> complaints() {
        return messages.complaints;
    }

    /** All its processes. */
    List<ProcessHandle> processes() {
        return processes(process);
    }

    private static List<ProcessHandle> processes(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
    }

    private Map<?, ?> send(String method, String parameters) throws Exception {
        int id = ++sent;
        CompletableFuture<Map<?, ?>> answer = new CompletableFuture<>();
        messages.awaited.put(id, answer);
        String message = "{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{" + parameters + "}}";
        socket.sendText(message, true).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        Map<?, ?> got = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (got.containsKey("error")) {
            throw new AssertionError(method + ": " + got.get("error"));
        }
        return (Map<?, ?>) got.get("result");
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** JSON is YAML too. */
    static Object json(String text) {
        return new Load(LoadSettings.builder().setCodePointLimit(64 << 20).build()).loadFromString(text);
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
        end(process);
    }

    private static void end(Process process) {
        List<ProcessHandle> all = processes(process);
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(each -> each.onExit().join());
    }

    /** What the browser says: answers to what was sent, and what happens on the page. */
    private static final class Messages implements WebSocket.Listener {
        private final Map<Integer, CompletableFuture<Map<?, ?>>> awaited = new ConcurrentHashMap<>();
        private final List<String> complaints = new CopyOnWriteArrayList<>();
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                take((Map<?, ?>) json(text.toString()));
                text.setLength(0);
            }
            socket.request(1);
            return CompletableFuture.completedStage(null);
        }

        private void take(Map<?, ?> message) {
            if (message.get("id") instanceof Integer id) {
                awaited.remove(id).complete(message);
            } else if (isComplaint(String.valueOf(message.get("method")), String.valueOf(message.get("params")))) {
                complaints.add(message.toString());
            }
        }

        private static boolean isComplaint(String method, String parameters) {
            return switch (method) {
                case "Runtime.exceptionThrown" -> true;
                case "Runtime.consoleAPICalled" -> parameters.matches("(?s).*\\btype=(error|warning|assert)\\b.*");
                case "Log.entryAdded" -> parameters.matches("(?s).*\\blevel=(error|warning)\\b.*");
                default -> false;
            };
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            awaited.values().forEach(answer -> answer.completeExceptionally(error));
        }
    }
}
