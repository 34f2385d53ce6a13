package plainweave.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for tests, made on the spot by the JDK's {@code keytool}, which takes about a second: keep it in a
 * static field. It is signed by an authority, the same for all in this JVM, that nobody else trusts.
 *
 * <p>Immutable.
 */
public final class TestCertificate {
    private static final String AUTHORITY = "authority";
    private static final String SERVER = "server";
    // Of a store that never leaves this JVM but for a moment, in a folder of ours.
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final SSLContext server;
    private final SSLContext client;
    private final SSLContext both;
    private final String chainPem;
    private final String keyPem;
    private final String authorityPem;

    private TestCertificate(
            SSLContext server,
            SSLContext client,
            SSLContext both,
            String chainPem,
            String keyPem,
            String authorityPem) {
        this.server = server;
        this.client = client;
        this.both = both;
        this.chainPem = chainPem;
        this.keyPem = keyPem;
        this.authorityPem = authorityPem;
    }

    /**
     * Makes a certificate that is valid today.
     *
     * @param hosts names, or addresses in digits
     * @throws java.io.UncheckedIOException if {@code keytool} fails
     */
    public static TestCertificate of(String... hosts) {
        return make("-1d", true, hosts);
    }

    /**
     * Makes a certificate that was valid last week.
     *
     * @param hosts names, or addresses in digits
     * @throws java.io.UncheckedIOException if {@code keytool} fails
     */
    public static TestCertificate expired(String... hosts) {
        return make("-8d", true, hosts);
    }

    /**
     * Makes a certificate that is valid today and that no authority has signed.
     *
     * @param hosts names, or addresses in digits
     * @throws java.io.UncheckedIOException if {@code keytool} fails
     */
    public static TestCertificate selfSigned(String... hosts) {
        return make("-1d", false, hosts);
    }

    /** For a server that shows this certificate. */
    public SSLContext server() {
        return server;
    }

    /** For a client that trusts the authority of these certificates, and none else. */
    public SSLContext client() {
        return client;
    }

    /**
     * Shows this certificate and trusts the authority, and none else: for a server that asks its clients for certificates,
     * and for a client that has one.
     */
    public SSLContext both() {
        return both;
    }

    /** The certificate, and what it was signed with, as servers read it (RFC 7468). */
    public String chainPem() {
        return chainPem;
    }

    /** The private key, not encrypted, as servers read it (RFC 7468). */
    public String keyPem() {
        return keyPem;
    }

    /** The authority's certificate, for a server that asks its clients for theirs (RFC 7468). */
    public String authorityPem() {
        return authorityPem;
    }

    private static TestCertificate make(String from, boolean signed, String... hosts) {
        String names = Arrays.stream(hosts)
                .map(host -> (host.matches("[0-9.]+") || host.indexOf(':') >= 0 ? "ip:" : "dns:") + host)
                .collect(Collectors.joining(","));
        List<String> pair = new ArrayList<>(List.of("-alias", SERVER, "-dname", "CN=test", "-ext", "san=" + names));
        if (signed) {
            pair.addAll(List.of("-signer", AUTHORITY));
        }
        try {
            return read(generate(Authority.STORE, pair, from, 7));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TestCertificate read(byte[] bytes) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new ByteArrayInputStream(bytes), PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry(AUTHORITY, store.getCertificate(AUTHORITY));
        store.deleteEntry(AUTHORITY);

        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext server = SSLContext.getInstance("TLS");
        server.init(keys.getKeyManagers(), null, null);

        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, trust.getTrustManagers(), null);
        SSLContext both = SSLContext.getInstance("TLS");
        both.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return new TestCertificate(
                server,
                client,
                both,
                pem("CERTIFICATE", encoded(store.getCertificateChain(SERVER))),
                pem("PRIVATE KEY", List.of(store.getKey(SERVER, PASSWORD).getEncoded())),
                pem("CERTIFICATE", encoded(trusted.getCertificate(AUTHORITY))));
    }

    private static List<byte[]> encoded(Certificate... chain) throws CertificateEncodingException {
        List<byte[]> encoded = new ArrayList<>();
        for (Certificate one : chain) {
            encoded.add(one.getEncoded());
        }
        return encoded;
    }

    private static String pem(String kind, List<byte[]> all) {
        Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
        return all.stream()
                .map(one ->
                        "-----BEGIN " + kind + "-----\n" + lines.encodeToString(one) + "\n-----END " + kind + "-----\n")
                .collect(Collectors.joining());
    }

    /** Returns the store with one more pair in it. */
    private static byte[] generate(byte[] store, List<String> pair, String from, int days) throws IOException {
        Path folder = Files.createTempDirectory("test-certificate");
        Path file = folder.resolve("store.p12");
        try {
            if (store.length > 0) {
                Files.write(file, store);
            }
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    // Halve its time.
                    "-J-XX:TieredStopAtLevel=1",
                    "-J-XX:+UseSerialGC",
                    "-genkeypair",
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    file.toString(),
                    "-storepass",
                    new String(PASSWORD),
                    "-startdate",
                    from,
                    "-validity",
                    Integer.toString(days)));
            command.addAll(pair);
            run(command);
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(folder);
        }
    }

    private static void run(List<String> command) throws IOException {
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        keytool.getOutputStream().close();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (InputStream out = keytool.getInputStream()) {
            out.transferTo(said);
            if (keytool.waitFor() != 0) {
                throw new IOException("keytool: " + said.toString(StandardCharsets.UTF_8));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool was running", e);
        } finally {
            keytool.destroy();
        }
    }

    /** Made once, when first needed. */
    private static final class Authority {
        static final byte[] STORE = make();

        private static byte[] make() {
            try {
                return generate(
                        new byte[0],
                        List.of("-alias", AUTHORITY, "-dname", "CN=test authority", "-ext", "bc:c"),
                        "-9d",
                        30); // OpenSSL, unlike the JDK, lets an authority expire
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
