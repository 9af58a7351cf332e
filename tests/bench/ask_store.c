/* ask_store.c - a reader: 500 series over 24 hours and a scan of all log lines, again and again.
 * SPDX-License-Identifier: MIT
 *
 * usage: ask_store HOST:PORT SECONDS. Asks by the AWS wire until the time is over; prints how often
 * it got through and what one turn took. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "emulator/address.h"

#define SERIES     500
#define ANSWER_MAX ((size_t)64 << 20)

static int
dial(const char *text)
{
    struct address a;
    int fd;

    if (address_parse(&a, text, "HOST:PORT", NULL) != OK)
        return -1;
    fd = socket(a.sock.ss_family, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a.sock, a.len) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool
send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* Reads one answer; its JSON, or NULL. */
static cJSON *
read_answer(int fd)
{
    const char *end = NULL, *length;
    struct buf b;
    cJSON *json = NULL;
    size_t want = SIZE_MAX;

    buf_init(&b, ANSWER_MAX);
    while (b.len < want) {
        char *room = buf_room(&b, 65536);
        ssize_t n = room == NULL ? 0 : recv(fd, room, 65536, 0);

        if (n <= 0)
            goto out;
        buf_grown(&b, (size_t)n);
        end = want == SIZE_MAX ? strstr(b.data, "\r\n\r\n") : NULL;
        if (end == NULL)
            continue;
        length = strcasestr(b.data, "Content-Length:");
        if (length == NULL)
            goto out;
        want = (size_t)(end - b.data) + 4 + strtoul(length + 15, NULL, 10);
    }
    end = strstr(b.data, "\r\n\r\n");
    if (strncmp(b.data, "HTTP/1.1 200", 12) != 0)
        fprintf(stderr, "%.400s\n", b.data);
    else if (json_parse(&json, end + 4, b.len - (size_t)(end + 4 - b.data), NULL) != OK)
        json = NULL;
out:
    buf_fini(&b);
    return json;
}

static cJSON *
ask(int fd, const char *service, const char *target, const char *body)
{
    struct buf b;
    bool sent;

    buf_init(&b, ANSWER_MAX);
    buf_addf(&b,
             "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
             "X-Amz-Target: %s\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 "
             "Credential=AKIDEXAMPLE/20260101/us-east-1/%s/aws4_request, "
             "SignedHeaders=host;x-amz-date, Signature=%064d\r\nContent-Length: %zu\r\n\r\n%s",
             target, service, 0, strlen(body), body);
    sent = send_all(fd, b.data, b.len);
    buf_fini(&b);
    return sent ? read_answer(fd) : NULL;
}

/* Follows `token` until the answer has none. `body` is an object without its closing brace. */
static bool
ask_pages(int fd, const char *service, const char *target, const char *body, const char *token)
{
    struct buf b;
    bool more = true, good = true;

    buf_init(&b, ANSWER_MAX);
    buf_addf(&b, "%s}", body);
    while (more && good) {
        cJSON *json = ask(fd, service, target, b.data);
        const char *next = json_get_string(json, token, NULL);

        good = json != NULL;
        more = next != NULL;
        buf_clear(&b);
        buf_addf(&b, "%s,\"%s\":", body, token);
        if (more)
            json_print_string(&b, next, strlen(next));
        buf_addc(&b, '}');
        cJSON_Delete(json);
    }
    buf_fini(&b);
    return good;
}

static bool
ask_series(int fd)
{
    int64_t end = (int64_t)time(NULL) / 60 * 60;
    struct buf b;
    bool good;

    buf_init(&b, ANSWER_MAX);
    buf_addf(&b, "{\"StartTime\":%lld,\"EndTime\":%lld,\"MetricDataQueries\":[",
             (long long)end - 86400, (long long)end);
    for (int i = 0; i < SERIES; i++)
        buf_addf(&b,
                 "%s{\"Id\":\"q%d\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"Bench\","
                 "\"MetricName\":\"LCP\",\"Dimensions\":[{\"Name\":\"route\",\"Value\":"
                 "\"/route/%d\"}]},\"Period\":300,\"Stat\":\"p75\"}}",
                 i > 0 ? "," : "", i, i);
    buf_addc(&b, ']');
    good = ask_pages(fd, "monitoring", "GraniteServiceVersion20100801.GetMetricData", b.data,
                     "NextToken");
    buf_fini(&b);
    return good;
}

static bool
ask_lines(int fd)
{
    return ask_pages(fd, "logs", "Logs_20140328.FilterLogEvents",
                     "{\"logGroupName\":\"/bench/lines\",\"filterPattern\":\"nowhere\"",
                     "nextToken");
}

int
main(int argc, char **argv)
{
    uint64_t start = mono_ns(), allowed;
    double spent_series = 0, spent_lines = 0;
    unsigned turns = 0;
    int fd;

    if (argc != 3)
        return 2;
    fd = dial(argv[1]);
    allowed = strtoul(argv[2], NULL, 10) * 1000000000ULL;
    if (fd < 0)
        return 1;
    while (mono_ns() - start < allowed) {
        uint64_t a = mono_ns(), b, c;

        if (!ask_series(fd))
            return 1;
        b = mono_ns();
        if (!ask_lines(fd))
            return 1;
        c = mono_ns();
        spent_series += (double)(b - a) / 1e9;
        spent_lines += (double)(c - b) / 1e9;
        turns++;
    }
    printf("%u turns: 500 series over 24 h in %.2f s, 1,000,000 lines in %.2f s\n", turns,
           spent_series / turns, spent_lines / turns);
    close(fd);
    return 0;
}
