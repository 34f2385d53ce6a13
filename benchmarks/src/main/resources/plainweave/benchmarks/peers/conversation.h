// What the clients in C have in common: how long exchanges took, and what is said and heard on the standard streams, as
// described at the Java class Conversation.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// 128 steps for each power of two, so a value is told within one percent.
enum { STEP_BITS = 7, STEPS = 1 << STEP_BITS, BUCKETS = (64 - STEP_BITS) * STEPS };
static long histogram[BUCKETS];
static long recorded, longest;

// Of the client: what it forgets when a measurement starts, and what it counted since.
static void start(void);
static void stop(void);

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

static void tell(int callers, long fewest, long most) {
    printf("result exchanges=%ld p50_ns=%ld p99_ns=%ld p999_ns=%ld max_ns=%ld callers=%d fewest=%ld most=%ld\n",
           recorded, percentile(50), percentile(99), percentile(99.9), longest, callers, fewest, most);
}

static void hear(void) {
    char word[64];
    ssize_t got = read(STDIN_FILENO, word, sizeof word);
    if (got <= 0) exit(0);
    if (strncmp(word, "start\n", got) == 0) {
        memset(histogram, 0, sizeof histogram);
        recorded = longest = 0;
        start();
        printf("started\n");
    } else if (strncmp(word, "stop\n", got) == 0) {
        printf("stopped\n");
        fflush(stdout);
        stop();
    }
    fflush(stdout);
}
