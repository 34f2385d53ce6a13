// The source of the arena: one thread, epoll. A line with a number is answered by so many chunks of 64 KiB, each with
// its length before it (4 bytes) and its number, counted from 0, at its head (8 bytes), both in network order. Says
// "listening PORT" and ends with its standard input, or when its lifetime is over. Where a rate is said it spins until a
// chunk is due, so it serves one client at a time then.
// usage: source-server LIFETIME_SECONDS [BYTES_PER_SECOND]

#define _GNU_SOURCE // accept4
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, FRAME = 4 + CHUNK };

struct connection {
    int fd;
    char line[32];
    int line_length;
    unsigned long next, count;
    int sent; // of the frame under way
    long start;
    char frame[FRAME];
};

static int epoll;
static double nanos_of_a_chunk;

static void fail(const char *what) {
    printf("failed %s: %s\n", what, strerror(errno));
    fflush(stdout);
    exit(1);
}

static void watch(int operation, int fd, unsigned events, void *what) {
    struct epoll_event event = {.events = events, .data.ptr = what};
    if (epoll_ctl(epoll, operation, fd, &event) < 0) fail("epoll_ctl");
}

static int listen_on_loopback(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0) fail("socket");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(fd, 64) < 0) fail("listen");
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
    printf("listening %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void accept_all(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct connection *connection = calloc(1, sizeof *connection);
        if (!connection) fail("calloc");
        connection->fd = fd;
        watch(EPOLL_CTL_ADD, fd, EPOLLIN, connection);
    }
}

static void end(struct connection *connection) {
    close(connection->fd);
    free(connection);
}

static void begin_frame(struct connection *connection) {
    unsigned length = htobe32(CHUNK);
    unsigned long number = htobe64(connection->next);
    memcpy(connection->frame, &length, sizeof length);
    memcpy(connection->frame + sizeof length, &number, sizeof number);
    connection->sent = 0;
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static void send_some(struct connection *connection) {
    if (nanos_of_a_chunk > 0 && connection->sent == 0) {
        while (now() - connection->start < connection->next * nanos_of_a_chunk);
    }
    ssize_t sent = write(connection->fd, connection->frame + connection->sent, FRAME - connection->sent);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) {
        end(connection);
        return;
    }
    connection->sent += sent;
    if (connection->sent < FRAME) return;
    connection->next++;
    if (connection->next < connection->count) begin_frame(connection);
    else watch(EPOLL_CTL_MOD, connection->fd, EPOLLIN, connection);
}

static void receive(struct connection *connection) {
    int room = sizeof connection->line - 1 - connection->line_length;
    ssize_t got = read(connection->fd, connection->line + connection->line_length, room);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        end(connection);
        return;
    }
    connection->line_length += got;
    if (connection->line[connection->line_length - 1] != '\n') return;
    connection->line[connection->line_length] = 0;
    connection->line_length = 0;
    connection->count = strtoul(connection->line, NULL, 10);
    connection->next = 0;
    if (connection->count == 0) {
        end(connection);
        return;
    }
    connection->start = now();
    begin_frame(connection);
    watch(EPOLL_CTL_MOD, connection->fd, EPOLLOUT, connection);
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) return 2;
    alarm(atoi(argv[1]));
    if (argc == 3) nanos_of_a_chunk = CHUNK * 1e9 / strtoul(argv[2], NULL, 10);
    // A client that ends in the middle of a download is told by the write.
    signal(SIGPIPE, SIG_IGN);

    epoll = epoll_create1(0);
    if (epoll < 0) fail("epoll_create1");
    int listener = listen_on_loopback(), input = STDIN_FILENO;
    watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
    watch(EPOLL_CTL_ADD, input, EPOLLIN, &input);
    struct epoll_event events[64];
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            void *what = events[i].data.ptr;
            char ignored[64];
            if (what == &listener) accept_all(listener);
            else if (what == &input) {
                if (read(input, ignored, sizeof ignored) <= 0) return 0;
            } else if (events[i].events & EPOLLOUT) send_some(what);
            else receive(what);
        }
    }
}
