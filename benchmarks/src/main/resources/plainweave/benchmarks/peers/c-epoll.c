// The peer c-epoll: CALLERS callers on CONNECTIONS connections, one thread, edge-triggered epoll.
// usage: c-epoll PORT CALLERS CONNECTIONS LIFETIME_SECONDS keep|connect

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "conversation.h"

enum { LINE = 64, LAST_DIGIT = 19, OPENING_AT_ONCE = 1000 };

// The same line as the Java class Line, counted up the same way.
struct caller {
    char line[LINE];
    long since;
    long exchanges, exchanges_at_start;
};

struct connection {
    int fd;
    int filled;
    struct caller *caller;
    char reply[2 * LINE];
};

static struct caller *callers;
static int caller_count;

static int port, epoll, connects;

// Callers waiting for a connection, in a ring with room for all of them.
static struct caller **waiting;
static int first_waiting, waiting_count;

static void join(struct caller *caller, long now) {
    caller->since = now;
    waiting[(first_waiting + waiting_count++) % caller_count] = caller;
}

static struct caller *next_caller(void) {
    struct caller *caller = waiting[first_waiting];
    first_waiting = (first_waiting + 1) % caller_count;
    waiting_count--;
    return caller;
}

static void send_next(struct connection *connection) {
    struct caller *caller = connection->caller = next_caller();
    char *digit = caller->line + LAST_DIGIT;
    while (++*digit > '9') *digit-- = '0';
    if (write(connection->fd, caller->line, LINE) != LINE) fail("write");
}

// Blocking: on loopback a connect is over when the call returns.
static void open_to_server(struct connection *connection) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) fail("socket");
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
    connection->fd = fd;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void receive(struct connection *connection) {
    ssize_t got = read(connection->fd, connection->reply + connection->filled, sizeof connection->reply - connection->filled);
    if (got < 0 && errno == EAGAIN) return;
    if (got == 0) errno = ECONNRESET;
    if (got <= 0) fail("read");
    connection->filled += got;
    if (connection->filled < LINE) return;
    struct caller *caller = connection->caller;
    if (connection->filled != LINE || memcmp(connection->reply, caller->line, LINE) != 0) {
        printf("failed a wrong reply: sent '%.63s', got '%.63s'\n", caller->line, connection->reply);
        fflush(stdout);
        exit(1);
    }
    connection->filled = 0;
    long now = now_nanos();
    record(now - caller->since);
    caller->exchanges++;
    join(caller, now);
    if (connects) {
        close(connection->fd);
        open_to_server(connection);
    }
    send_next(connection);
}

static void start(void) {
    for (int i = 0; i < caller_count; i++) callers[i].exchanges_at_start = callers[i].exchanges;
}

static void stop(void) {
    long fewest = LONG_MAX, most = 0;
    for (int i = 0; i < caller_count; i++) {
        long made = callers[i].exchanges - callers[i].exchanges_at_start;
        if (made < fewest) fewest = made;
        if (made > most) most = made;
    }
    tell(caller_count, fewest, most);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int connection_count = atoi(argv[3]);
    port = atoi(argv[1]);
    connects = strcmp(argv[5], "connect") == 0;
    caller_count = atoi(argv[2]);
    alarm(atoi(argv[4]));
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    callers = calloc(caller_count, sizeof *callers);
    waiting = calloc(caller_count, sizeof *waiting);
    struct connection *connections = calloc(connection_count, sizeof *connections);
    if (!callers || !waiting || !connections) fail("calloc");
    for (int i = 0; i < caller_count; i++) {
        memset(callers[i].line, '.', LINE);
        int head = snprintf(callers[i].line, LINE, "c%05d s%012d ", i, 0);
        callers[i].line[head] = '.';
        callers[i].line[LINE - 1] = '\n';
        join(&callers[i], now_nanos());
    }

    epoll = epoll_create1(0);
    if (epoll < 0) fail("epoll_create1");
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    for (int i = 0; i < connection_count; i++) {
        open_to_server(&connections[i]);
        send_next(&connections[i]);
        if (i % OPENING_AT_ONCE == OPENING_AT_ONCE - 1) {
            // Connections are accepted in their order, so its echo proves that none is left in the server's backlog.
            struct pollfd echo = {.fd = connections[i].fd, .events = POLLIN};
            if (poll(&echo, 1, 10000) != 1) fail("poll");
        }
    }
    printf("ready\n");
    fflush(stdout);

    struct epoll_event events[512];
    for (;;) {
        int ready = epoll_wait(epoll, events, 512, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL) hear();
            else receive(events[i].data.ptr);
        }
    }
}
