// The peer c-epoll on the source: one connection, one thread, epoll.
// usage: c-epoll-stream PORT LIFETIME_SECONDS

#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "conversation.h"

// Of what the source sends; an exchange is one MiB.
enum { CHUNK = 64 * 1024, CHUNKS = 65536, CHUNKS_OF_EXCHANGE = 16, HEAD = 4 + 8 };

static long since;

static int server;
static char buffer[256 * 1024];
static char head[HEAD];
static int head_filled;
static long left; // of the chunk under way
static long next;

static void ask(void) {
    char line[32];
    int length = snprintf(line, sizeof line, "%d\n", CHUNKS);
    if (write(server, line, length) != length) fail("write");
}

static void open_to_server(int port) {
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0) fail("socket");
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(server, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    if (fcntl(server, F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
}

static void begin_chunk(void) {
    unsigned length;
    unsigned long number;
    memcpy(&length, head, sizeof length);
    memcpy(&number, head + sizeof length, sizeof number);
    if (be32toh(length) != CHUNK || (long)be64toh(number) != next) {
        printf("failed a wrong chunk: expected number %ld of %d bytes, got number %lu of %u\n", next, CHUNK,
               (unsigned long)be64toh(number), be32toh(length));
        fflush(stdout);
        exit(1);
    }
    head_filled = 0;
    left = CHUNK - sizeof number;
}

static void end_chunk(void) {
    next++;
    if (next % CHUNKS_OF_EXCHANGE == 0) {
        long now = now_nanos();
        record(now - since);
        since = now;
    }
    if (next == CHUNKS) {
        next = 0;
        ask();
    }
}

static void receive(void) {
    ssize_t got = read(server, buffer, sizeof buffer);
    if (got < 0 && errno == EAGAIN) return;
    if (got == 0) errno = ECONNRESET;
    if (got <= 0) fail("read");
    for (char *at = buffer; at < buffer + got;) {
        long there = buffer + got - at;
        if (left == 0) {
            long some = there < HEAD - head_filled ? there : HEAD - head_filled;
            memcpy(head + head_filled, at, some);
            head_filled += some;
            at += some;
            if (head_filled == HEAD) begin_chunk();
        } else {
            long some = there < left ? there : left;
            at += some;
            left -= some;
            if (left == 0) end_chunk();
        }
    }
}

static void start(void) {}

static void stop(void) {
    tell(1, recorded, recorded);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    alarm(atoi(argv[2]));
    int epoll = epoll_create1(0);
    if (epoll < 0) fail("epoll_create1");
    open_to_server(atoi(argv[1]));
    struct epoll_event from_server = {.events = EPOLLIN, .data.fd = server};
    struct epoll_event input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    epoll_ctl(epoll, EPOLL_CTL_ADD, server, &from_server);
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    since = now_nanos();
    ask();
    printf("ready\n");
    fflush(stdout);
    struct epoll_event events[2];
    for (;;) {
        int ready = epoll_wait(epoll, events, 2, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == server) receive();
            else hear();
        }
    }
}
