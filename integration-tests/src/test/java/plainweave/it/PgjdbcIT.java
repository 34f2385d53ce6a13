package plainweave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import plainweave.Client;
import plainweave.testing.TestCertificate;

/** The JDBC driver of PostgreSQL on sockets of a client. */
@NeedsDocker
final class PgjdbcIT {
    private static ServerContainer postgres;
    private static Client client;

    @RegisterExtension
    final AtRest atRest = new AtRest(() -> postgres.connections());

    private final Foreign foreign = new Foreign();

    // region sockets
    /** The driver makes one by itself, from the name of the class: so the client stands in a static field. */
    public static final class Sockets extends SocketFactory {
        private final SocketFactory sockets = client.socketFactory();

        @Override
        public Socket createSocket() throws IOException { // the one that the driver calls
            return sockets.createSocket();
        }

        // The four others have to be there: each passes on what it is given, in the same way.
        // endregion

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return sockets.createSocket(host, port);
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            return sockets.createSocket(host, port, local, localPort);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return sockets.createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return sockets.createSocket(host, port, local, localPort);
        }
        // region sockets
    }
    // endregion

    @BeforeAll
    static void start() {
        postgres = ServerContainer.postgres(TestCertificate.of("localhost"));
        postgres.start();
    }

    @AfterAll
    static void stop() {
        postgres.stop();
    }

    @BeforeEach
    void open() {
        client = atRest.client(foreign.options(postgres));
        Eventually.is("it takes connections", () -> {
            try {
                connected("").close();
                return true;
            } catch (SQLException e) {
                return false;
            }
        });
    }

    private static Connection connected(String more) throws SQLException {
        String url = "jdbc:postgresql://localhost:" + postgres.endpoint().port() + "/postgres?user=weaver" + more;
        // region connect
        return DriverManager.getConnection(url + "&socketTimeout=10&socketFactory=" + Sockets.class.getName());
        // endregion
    }

    private static int doubled(Connection connection, int number) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement("SELECT 2 * ?::int")) {
            query.setInt(1, number);
            try (ResultSet row = query.executeQuery()) {
                assertThat(row.next()).isTrue();
                return row.getInt(1);
            }
        }
    }

    @Test
    void aThousandQueriesFromVirtualThreadsAreAnswered() throws Exception {
        BlockingQueue<Connection> pool = new ArrayBlockingQueue<>(Foreign.SOCKETS);
        for (int i = 0; i < Foreign.SOCKETS; i++) {
            pool.add(
                    connected(i % 2 == 0 ? "" : "&sslmode=require&sslfactory=org.postgresql.ssl.NonValidatingFactory"));
        }
        assertThat(client.stats().sockets()).isEqualTo(Foreign.SOCKETS);
        assertThat(client.stats().dnsLookups()).as("of the one name").isOne();
        Foreign.callAThousandTimes(Foreign.CALLS, number -> {
            Connection connection = pool.take();
            try {
                assertThat(doubled(connection, number)).isEqualTo(2 * number);
            } finally {
                pool.add(connection);
            }
        });
        for (Connection connection : pool) {
            connection.close();
        }
        foreign.assertMetered(client, Foreign.SOCKETS);
    }

    @Test
    void whoPollsForNotificationsGoesOnWithTheSameConnection() throws Exception {
        try (Connection listening = connected("");
                Connection notifying = connected("");
                Statement listen = listening.createStatement();
                Statement notify = notifying.createStatement()) {
            listen.execute("LISTEN loom");
            PGConnection polled = listening.unwrap(PGConnection.class);
            for (int i = 0; i < 3; i++) {
                assertThat(polled.getNotifications(20)).isNullOrEmpty();
            }
            notify.execute("NOTIFY loom, 'shuttle'");
            PGNotification[] come = polled.getNotifications(10_000);
            assertThat(come).extracting(PGNotification::getParameter).containsExactly("shuttle");
            assertThat(doubled(listening, 21)).isEqualTo(42);
        }
        foreign.assertMetered(client, 2);
    }

    @Test
    void aServerThatTakesNothingIsLeftAfterSilence() throws Exception {
        try (Connection connection = connected("");
                PreparedStatement query = connection.prepareStatement("SELECT octet_length(?)")) {
            assertThat(doubled(connection, 4)).isEqualTo(8);
            query.setBytes(1, new byte[Foreign.MORE_THAN_FITS]);
            try (AutoCloseable frozen = postgres.frozen()) {
                Foreign.assertCutForSilence(catchThrowableOfType(SQLException.class, query::executeQuery));
                assertThat(client.stats().sockets()).isZero();
            }
        }
        foreign.assertMetered(client, 1);
    }
}
