/* emf_doors.c - EMF by TCP, UDP and a function's output, and the player of fixtures.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire.h"

#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"
#include "emulator/address.h"
#include "store/store.h"

static struct emulator *em;
static struct clock *test_clock;

static int
start(void **state)
{
    static struct emulator_options options = { .emf_listen = "127.0.0.1:0" };

    (void)state;
    test_clock = clock_new_real();
    options.clock = test_clock;
    em = wire_start(&options);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    wire_stop(em);
    clock_free(test_clock);
    return 0;
}

static void
print_document(struct buf *b, const char *metric, double value)
{
    buf_addf(b,
             "{\"_aws\":{\"Timestamp\":%lld,\"LogGroupName\":\"/doors\",\"CloudWatchMetrics\":[{"
             "\"Namespace\":\"Doors\",\"Dimensions\":[[\"Page\"]],\"Metrics\":[{\"Name\":\"%s\"}]}]"
             "},\"Page\":\"/home\",\"%s\":%g}",
             (long long)clock_now_ms(test_clock), metric, metric, value);
}

/* --- reading back --------------------------------------------------------------------------------
 */

struct expected {
    struct emulator *em;
    const char *namespace_name, *metric, *dim_name, *dim_value;
    double count, sum;
};

static void
read_sums(const struct expected *e, double *count, double *sum)
{
    struct arena *arena = arena_new();
    struct dimension dim = { e->dim_name, e->dim_value };
    struct metric_query query = {
        .key = { e->namespace_name, e->metric, { &dim, 1 } },
        .start_ms = 0,
        .end_ms = clock_now_ms(emulator_clock(e->em)) + 60000,
        .period_ms = 60000,
        .unit = -1,
    };
    struct metric_buckets buckets;
    struct store_reader *reader;
    struct err err;

    query.start_ms = query.end_ms - 7200000;
    *count = *sum = 0;
    assert_int_equal(store_reader_open(&reader, emulator_store(e->em), &err), OK);
    assert_int_equal(store_read_metric(reader, arena, &query, &buckets, &err), OK);
    for (size_t i = 0; i < buckets.count; i++) {
        *count += buckets.buckets[i].set.count;
        *sum += buckets.buckets[i].set.sum;
    }
    store_reader_close(reader);
    arena_free(arena);
}

static bool
has_come(void *arg)
{
    const struct expected *e = arg;
    double count, sum;

    read_sums(e, &count, &sum);
    return count >= e->count && sum >= e->sum;
}

/* `count` 0: however many values the sum came in. */
static void
expect_metric(struct emulator *of, const char *namespace_name, const char *metric,
              const char *dim_name, const char *dim_value, double count, double sum)
{
    struct expected e = { of, namespace_name, metric, dim_name, dim_value, count, sum };
    double got_count, got_sum;

    if (!wire_wait(has_come, &e))
        fail_msg("%s %s: fewer than %g values with the sum %g", namespace_name, metric, count, sum);
    read_sums(&e, &got_count, &got_sum);
    if (count > 0)
        assert_float_equal(got_count, count, 0);
    assert_float_equal(got_sum, sum, 1e-6);
}

static const cJSON *
newest_event(cJSON *events)
{
    const cJSON *list = json_get(events, "events");

    return cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
}

/* --- TCP
 * ------------------------------------------------------------------------------------------- */

static void
lines_come_in_any_pieces(void **state)
{
    int fd = wire_connect(emulator_emf_address(em));
    struct buf b;

    (void)state;
    buf_init(&b, 100000);
    print_document(&b, "Pieces", 1);
    buf_adds(&b, "\r\n\n  \n\r\n");
    print_document(&b, "Pieces", 2);
    buf_adds(&b, "\n");
    print_document(&b, "Pieces", 4); /* ended by the end of the connection */
    for (size_t i = 0; i < b.len; i += 7)
        wire_send(fd, b.data + i, b.len - i < 7 ? b.len - i : 7);
    close(fd);
    expect_metric(em, "Doors", "Pieces", "Page", "/home", 3, 7);
    buf_fini(&b);
}

static void
many_lines_come_at_once(void **state)
{
    int fd = wire_connect(emulator_emf_address(em));
    struct buf b;

    (void)state;
    buf_init(&b, 64 << 20);
    for (int i = 0; i < 5000; i++) {
        print_document(&b, "Many", 1);
        buf_addc(&b, '\n');
    }
    wire_send(fd, b.data, b.len);
    close(fd);
    expect_metric(em, "Doors", "Many", "Page", "/home", 5000, 5000);
    buf_fini(&b);
}

/* Two workers read lines: which of two is told first is theirs. */
static bool
has_reason(const cJSON *events, const char *reason)
{
    const cJSON *event;

    cJSON_ArrayForEach(event, events)
    {
        if (strcmp(json_get_string(event, "reason", ""), reason) == 0)
            return true;
    }
    return false;
}

static void
a_line_beyond_a_mebibyte_is_a_fault_and_the_next_is_not(void **state)
{
    int fd = wire_connect(emulator_emf_address(em));
    char *line = xmalloc((size_t)3 << 20);
    cJSON *events;
    struct buf b;

    (void)state;
    memset(line, 'x', (size_t)3 << 20);
    line[((size_t)3 << 20) - 1] = '\n';
    wire_send(fd, line, (size_t)3 << 20);
    buf_init(&b, 10000);
    print_document(&b, "AfterLong", 1);
    buf_addc(&b, '\n');
    wire_send(fd, b.data, b.len);
    close(fd);
    expect_metric(em, "Doors", "AfterLong", "Page", "/home", 1, 1);
    expect_metric(em, "AWS/Logs", "EMFParsingErrors", "LogGroupName", "emf/logs/default", 1, 1);
    events = wire_get_json(em, "/_obsview/events?kind=emf-tcp&limit=2");
    assert_true(has_reason(json_get(events, "events"), "line-too-long"));
    cJSON_Delete(events);
    free(line);
    buf_fini(&b);
}

/* --- UDP
 * ------------------------------------------------------------------------------------------- */

/* A page can make a browser post text to any local port. */
static void
http_at_the_door_is_turned_away(void **state)
{
    int fd = wire_connect(emulator_emf_address(em));
    struct pollfd p = { .fd = fd, .events = POLLIN };
    cJSON *events;
    struct buf b;
    char byte;

    (void)state;
    buf_init(&b, 10000);
    buf_adds(&b, "POST / HTTP/1.1\r\nHost: 127.0.0.1:25888\r\nContent-Type: text/plain\r\n\r\n");
    print_document(&b, "Forged", 1);
    buf_addc(&b, '\n');
    wire_send(fd, b.data, b.len);
    assert_int_equal(poll(&p, 1, WIRE_DEADLINE_MS), 1);
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
    events = wire_get_json(em, "/_obsview/events?kind=emf-tcp&limit=1&body=1");
    assert_string_equal(json_get_string(newest_event(events), "reason", ""), "http");
    assert_non_null(strstr(json_get_string(newest_event(events), "body", ""), "POST / HTTP/1.1"));
    cJSON_Delete(events);
    buf_clear(&b);
    print_document(&b, "Honest", 1);
    fd = wire_connect(emulator_emf_address(em));
    wire_send(fd, b.data, b.len);
    close(fd);
    expect_metric(em, "Doors", "Honest", "Page", "/home", 1, 1);
    buf_fini(&b);
}

static void
datagrams_are_lines(void **state)
{
    struct address a;
    struct buf b;
    int fd;

    (void)state;
    assert_int_equal(address_parse(&a, emulator_emf_address(em), "test", NULL), OK);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    buf_init(&b, 10000);
    print_document(&b, "Datagram", 1);
    assert_int_equal(sendto(fd, b.data, b.len, 0, (struct sockaddr *)&a.sock, a.len), b.len);
    buf_addc(&b, '\n');
    print_document(&b, "Datagram", 2);
    buf_addc(&b, '\n');
    assert_int_equal(sendto(fd, b.data, b.len, 0, (struct sockaddr *)&a.sock, a.len), b.len);
    close(fd);
    expect_metric(em, "Doors", "Datagram", "Page", "/home", 3, 4);
    buf_fini(&b);
}

/* --- a function's output
 * ------------------------------------------------------------------------------ */

/* Puts pipes in the place of standard input and output for an emulator's life. */
static void
output_passes_through_and_counts(void **state)
{
    struct emulator_options options = { .emf_stdin = true,
                                        .emf_group = "/aws/lambda/checkout",
                                        .clock = test_clock };
    int in[2], out[2], saved_in = dup(0), saved_out = dup(1);
    struct emulator *piped;
    struct buf sent, got;
    struct pollfd p;

    (void)state;
    fflush(stdout);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    dup2(in[0], 0);
    dup2(out[1], 1);
    piped = wire_start(&options);
    buf_init(&sent, 100000);
    buf_init(&got, 100000);
    buf_adds(&sent, "START RequestId: 8f3c0000-0000-4000-8000-000000000001 Version: $LATEST\n"
                    "plain \x01\xff text\r\n\n"
                    "2026-11-23T01:02:03.004Z\t8f3c0000-0000-4000-8000-000000000001\tINFO\t");
    print_document(&sent, "Piped", 5);
    buf_adds(&sent, "\nEND RequestId: 8f3c0000-0000-4000-8000-000000000001\n"
                    "REPORT RequestId: 8f3c0000-0000-4000-8000-000000000001\tDuration: 12.50 ms\t"
                    "Billed Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\t"
                    "Init Duration: 150.25 ms\n"
                    "REPORT RequestId: 8f3c0000-0000-4000-8000-000000000002\tDuration: 3000.00 ms\t"
                    "Billed Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\t"
                    "Status: timeout\n"
                    "no newline at the end");
    assert_int_equal(write(in[1], sent.data, sent.len), sent.len);
    close(in[1]);
    p = (struct pollfd){ .fd = out[0], .events = POLLIN };
    while (got.len < sent.len) {
        char *room = buf_room(&got, 4096);
        ssize_t n;

        if (poll(&p, 1, WIRE_DEADLINE_MS) != 1)
            break;
        n = read(out[0], room, 4096);
        assert_true(n > 0);
        buf_grown(&got, (size_t)n);
    }
    expect_metric(piped, "Doors", "Piped", "Page", "/home", 1, 5);
    expect_metric(piped, "AWS/Lambda", "Invocations", "FunctionName", "checkout", 2, 2);
    expect_metric(piped, "AWS/Lambda", "Errors", "FunctionName", "checkout", 2, 1);
    expect_metric(piped, "AWS/Lambda", "Duration", "FunctionName", "checkout", 2, 3012.5);
    expect_metric(piped, "AWS/Lambda", "InitDuration", "FunctionName", "checkout", 1, 150.25);
    expect_metric(piped, "AWS/Logs", "IncomingLogEvents", "LogGroupName", "/aws/lambda/checkout", 0,
                  7);
    emulator_stop(piped);
    dup2(saved_in, 0);
    dup2(saved_out, 1);
    close(saved_in);
    close(saved_out);
    close(in[0]);
    close(out[0]);
    close(out[1]);
    assert_int_equal(got.len, sent.len);
    assert_memory_equal(got.data, sent.data, sent.len);
    buf_fini(&sent);
    buf_fini(&got);
}

/* What a sender handed over before the stop is kept, also when nobody had read it yet. */
static void
stopping_reads_what_has_arrived(void **state)
{
    char dir[] = "/tmp/obsview-emf-XXXXXX", db[64];
    struct emulator_options options = { .emf_listen = "127.0.0.1:0",
                                        .db = db,
                                        .clock = test_clock };
    struct emulator *stopped;
    struct buf b;
    int fd;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(db, sizeof db, "%s/db", dir);
    stopped = wire_start(&options);
    fd = wire_connect(emulator_emf_address(stopped));
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 300; i++) {
        print_document(&b, "Last", 1);
        buf_addc(&b, '\n');
    }
    wire_send(fd, b.data, b.len);
    emulator_stop(stopped);
    close(fd);
    stopped = wire_start(&options);
    expect_metric(stopped, "Doors", "Last", "Page", "/home", 300, 300);
    emulator_stop(stopped);
    unlink(db);
    rmdir(dir);
    buf_fini(&b);
}

/* --- fixtures
 * ---------------------------------------------------------------------------------------- */

static void
a_fixture_fills_the_past_and_goes_on(void **state)
{
    static const char text[] =
        "{\"obsview-fixture\":1,\"start\":\"2026-01-01T00:00:00.000Z\",\"length\":600000}\n"
        "{\"t\":1000,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":"
        "\"/metrics/web-vitals\",\"headers\":{\"origin\":\"http://localhost:5173\"},\"body\":{"
        "\"metrics\":[{\"name\":\"LCP\",\"value\":7}],\"sessionId\":\"s\",\"userAgent\":\"u\"}}}\n"
        "broken\n"
        "{\"t\":2000,\"source\":\"emf-tcp\",\"line\":\"{\\\"_aws\\\":{\\\"Timestamp\\\":"
        "1767225602000,\\\"CloudWatchMetrics\\\":[{\\\"Namespace\\\":\\\"Played\\\","
        "\\\"Dimensions\\\":[[\\\"Page\\\"]],\\\"Metrics\\\":[{\\\"Name\\\":\\\"M\\\"}]}]},"
        "\\\"Page\\\":\\\"p\\\",\\\"M\\\":3}\"}\n"
        "{\"t\":2500,\"source\":\"emf-stdin\",\"group\":\"/aws/lambda/pay\",\"line\":\"REPORT "
        "RequestId: 8f3c0000-0000-4000-8000-000000000001\\tDuration: 10.00 ms\\t"
        "Billed Duration: 10 ms\\tMemory Size: 128 MB\\tMax Memory Used: 70 MB\\t\"}\n";
    char path[] = "/tmp/obsview-play-XXXXXX";
    struct emulator_options options = { .demo_path = path, .rate_limit = 1, .clock = test_clock };
    int fd = mkstemp(path);
    struct emulator *playing;
    const cJSON *event;
    cJSON *events;

    (void)state;
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    playing = wire_start(&options);
    /* Two turns of ten minutes lie in the past. */
    expect_metric(playing, "UserMetrics/Frontend", "LCP", "environment", "dev", 2, 14);
    expect_metric(playing, "Played", "M", "Page", "p", 2, 6);
    expect_metric(playing, "AWS/Lambda", "Duration", "FunctionName", "pay", 2, 20);
    events = wire_get_json(playing, "/_obsview/events?kind=fixture");
    event = cJSON_GetArrayItem(json_get(events, "events"), 0);
    assert_int_equal(cJSON_GetArraySize(json_get(events, "events")), 1);
    assert_non_null(strstr(json_get_string(event, "verdict", ""), "line 3, column 1"));
    cJSON_Delete(events);
    emulator_stop(playing);
    unlink(path);
}

static void
what_is_no_fixture_stops_the_start(void **state)
{
    struct emulator_options options = { .listen = "127.0.0.1:0",
                                        .db = ":memory:",
                                        .demo_path = "/nowhere/at.all",
                                        .clock = test_clock };
    struct emulator *none = NULL;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(emulator_start(&none, &options, &err), E_IO);
    assert_non_null(strstr(err.text, "/nowhere/at.all"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_in_any_pieces),
        cmocka_unit_test(many_lines_come_at_once),
        cmocka_unit_test(a_line_beyond_a_mebibyte_is_a_fault_and_the_next_is_not),
        cmocka_unit_test(http_at_the_door_is_turned_away),
        cmocka_unit_test(datagrams_are_lines),
        cmocka_unit_test(output_passes_through_and_counts),
        cmocka_unit_test(stopping_reads_what_has_arrived),
        cmocka_unit_test(a_fixture_fills_the_past_and_goes_on),
        cmocka_unit_test(what_is_no_fixture_stops_the_start),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, start, stop);
}
