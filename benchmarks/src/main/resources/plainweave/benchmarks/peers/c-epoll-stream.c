// The peer c-epoll on the source: one connection, one thread, epoll. What it says and hears on its standard streams is
// described at the Java class Conversation.
// usage: c-epoll-stream PORT LIFETIME_SECONDS

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Of what the source sends; an exchange is one MiB.
enum { CHUNK = 64 * 1024, CHUNKS = 65536, CHUNKS_OF_EXCHANGE = 16, HEAD = 4 + 8 };

// 128 steps for each power of two, so a value is told within one percent.
enum { STEP_BITS = 7, STEPS = 1 << STEP_BITS, BUCKETS = (64 - STEP_BITS) * STEPS };
static long histogram[BUCKETS];
static long recorded, longest, since;

static int server;
static char buffer[256 * 1024];
static char head[HEAD];
static int head_filled;
static long left; // of the chunk under way
static long next;

static void fail(const char *what) {
    printf("failed %s: %s\n", what, strerror(errno));
    fflush(stdout);
    exit(1);
}

static long now_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void record(long nanos) {
    int shift = 63 - __builtin_clzl(nanos | STEPS) - STEP_BITS;
    histogram[shift * STEPS + (nanos >> shift)]++;
    recorded++;
    if (nanos > longest) longest = nanos;
}

static long percentile(double percent) {
    long wanted = (long)(recorded * percent / 100 + 0.5), seen = 0;
    for (int i = 0; i < BUCKETS; i++) {
        seen += histogram[i];
        if (seen >= wanted && seen > 0) {
            int shift = i < 2 * STEPS ? 0 : i / STEPS - 1;
            long value = ((long)(i - shift * STEPS) << shift) + (1L << shift) - 1;
            return value < longest ? value : longest;
        }
    }
    return 0;
}

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

static void start(void) {
    memset(histogram, 0, sizeof histogram);
    recorded = longest = 0;
    printf("started\n");
}

static void stop(void) {
    printf("stopped\n");
    fflush(stdout);
    printf("result exchanges=%ld p50_ns=%ld p99_ns=%ld p999_ns=%ld max_ns=%ld callers=1 fewest=%ld most=%ld\n", recorded,
           percentile(50), percentile(99), percentile(99.9), longest, recorded, recorded);
}

static void hear(void) {
    char word[64];
    ssize_t got = read(STDIN_FILENO, word, sizeof word);
    if (got <= 0) exit(0);
    if (strncmp(word, "start\n", got) == 0) start();
    else if (strncmp(word, "stop\n", got) == 0) stop();
    fflush(stdout);
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
