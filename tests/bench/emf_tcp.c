/* emf_tcp.c - EMF lines over one TCP connection, durable, against cJSON parsing them alone.
 * SPDX-License-Identifier: MIT
 *
 * The two take turns; each turn handles the same lines, and the emulator's ends when the store has
 * committed the last of them. Prints the medians of both rates and their ratio. */
#include "config.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "emulator/address.h"
#include "emulator/emulator.h"
#include "store/store.h"

#define LINES  200000
#define ROUNDS 5

struct lines {
    char *text;
    size_t len;
    size_t count;
};

static struct lines
make_lines(int64_t now_ms)
{
    struct lines l = { .text = xmalloc((size_t)LINES * 512), .count = LINES };

    for (size_t i = 0; i < LINES; i++)
        l.len += (size_t)snprintf(
            l.text + l.len, 512,
            "{\"LogGroup\":\"/obs/web\",\"ServiceName\":\"web\",\"Page\":\"/home\",\"requestId\":"
            "\"r-%zu\",\"_aws\":{\"Timestamp\":%lld,\"LogGroupName\":\"/obs/web\","
            "\"CloudWatchMetrics\":[{\"Dimensions\":[[\"ServiceName\",\"Page\"]],\"Metrics\":["
            "{\"Name\":\"LCP\",\"Unit\":\"Milliseconds\"},{\"Name\":\"CLS\",\"Unit\":\"None\"}],"
            "\"Namespace\":\"Shop/Web\"}]},\"LCP\":%zu.5,\"CLS\":0.0%zu}\n",
            i, (long long)now_ms, i % 4000, i % 10);
    return l;
}

static double
seconds_since(uint64_t start_ns)
{
    return (double)(mono_ns() - start_ns) / 1e9;
}

static double
parse_here(const struct lines *l)
{
    uint64_t start = mono_ns();
    const char *at = l->text;

    for (size_t i = 0; i < l->count; i++) {
        const char *end = memchr(at, '\n', 1024);

        cJSON_Delete(cJSON_ParseWithLength(at, (size_t)(end - at)));
        at = end + 1;
    }
    return (double)l->count / seconds_since(start);
}

/* In a process of its own, with cJSON as it comes: the program gives it an allocator that is faster
 * than malloc. */
static double
parse_alone(const struct lines *l)
{
    double rate = 0;
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0)
        exit(1);
    child = fork();
    if (child == 0) {
        cJSON_InitHooks(NULL);
        rate = parse_here(l);
        _exit(write(ends[1], &rate, sizeof rate) == sizeof rate ? 0 : 1);
    }
    if (child < 0 || read(ends[0], &rate, sizeof rate) != sizeof rate)
        exit(1);
    close(ends[0]);
    close(ends[1]);
    waitpid(child, NULL, 0);
    return rate;
}

static uint64_t
kept(struct emulator *em)
{
    struct store_stats stats;

    store_stats(emulator_store(em), &stats);
    return stats.log_lines;
}

static double
through_the_socket(struct emulator *em, const struct lines *l)
{
    const struct timespec pause = { .tv_nsec = 500000 };
    uint64_t before = kept(em), start;
    struct address a;
    size_t sent = 0;
    int fd;

    if (address_parse(&a, emulator_emf_address(em), "bench", NULL) != OK)
        exit(1);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&a.sock, a.len) != 0)
        exit(1);
    start = mono_ns();
    while (sent < l->len) {
        size_t part = l->len - sent < 65536 ? l->len - sent : 65536;
        ssize_t n = send(fd, l->text + sent, part, MSG_NOSIGNAL);

        if (n <= 0)
            exit(1);
        sent += (size_t)n;
    }
    while (kept(em) < before + l->count)
        nanosleep(&pause, NULL);
    close(fd);
    return (double)l->count / seconds_since(start);
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *rates)
{
    qsort(rates, ROUNDS, sizeof *rates, compare);
    return rates[ROUNDS / 2];
}

int
main(void)
{
    char dir[] = "/tmp/obsview-bench-XXXXXX", db[64], wal[80], shm[80];
    struct clock *clock = clock_new_real();
    struct emulator_options options = {
        .listen = "127.0.0.1:0", .emf_listen = "127.0.0.1:0", .db = db, .clock = clock
    };
    struct lines lines = make_lines(clock_now_ms(clock));
    double alone[ROUNDS], whole[ROUNDS], a, w;
    struct emulator *em;
    struct err err = { 0 };

    if (mkdtemp(dir) == NULL)
        return 1;
    snprintf(db, sizeof db, "%s/db", dir);
    if (emulator_start(&em, &options, &err) != OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (int i = 0; i < ROUNDS; i++) {
        alone[i] = parse_alone(&lines);
        whole[i] = through_the_socket(em, &lines);
    }
    emulator_stop(em);
    snprintf(wal, sizeof wal, "%s-wal", db);
    snprintf(shm, sizeof shm, "%s-shm", db);
    unlink(db);
    unlink(wal);
    unlink(shm);
    rmdir(dir);
    a = median(alone);
    w = median(whole);
    printf("cJSON alone %.0f lines/s, EMF over one connection, durable %.0f lines/s, ratio %.2f\n",
           a, w, w / a);
    free(lines.text);
    clock_free(clock);
    return 0;
}
