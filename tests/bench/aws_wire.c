/* aws_wire.c - asks an emulator what a benchmark wants to know.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws_wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define ANSWER_MAX ((size_t)256 << 20)

int
aws_wire_connect(const char *url)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_port = htons((uint16_t)strtol(strrchr(url, ':') + 1, NULL, 10));
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

static void
send_all(int fd, const struct buf *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->data + at, text->len - at);

        if (n <= 0) {
            perror("write");
            exit(1);
        }
        at += (size_t)n;
    }
}

/* The length of headers and body; 0 while the headers are not there yet. */
static size_t
whole_length(const struct buf *text)
{
    const char *end = strstr(text->data, "\r\n\r\n");
    const char *length = strcasestr(text->data, "Content-Length: ");

    if (end == NULL || length == NULL || length > end)
        return 0;
    return (size_t)(end + 4 - text->data) + strtoul(length + 16, NULL, 10);
}

double
aws_wire_ask(int fd, const char *body, struct buf *answer)
{
    static const char head[] =
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: GraniteServiceVersion20100801.GetMetricData\r\n"
        "X-Amz-Date: 20261125T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 "
        "Credential=bench/20261125/us-east-1/monitoring/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature="
        "0000000000000000000000000000000000000000000000000000000000000000\r\n";
    uint64_t from = mono_ns();
    size_t whole = 0;

    buf_clear(answer);
    buf_addf(answer, "%sContent-Length: %zu\r\n\r\n", head, strlen(body));
    buf_adds(answer, body);
    send_all(fd, answer);
    buf_clear(answer);
    while (whole == 0 || answer->len < whole) {
        char *room = buf_room(answer, 65536);
        ssize_t n = room == NULL ? -1 : read(fd, room, 65536);

        if (n <= 0)
            break;
        buf_grown(answer, (size_t)n);
        if (whole == 0)
            whole = whole_length(answer);
    }
    if (strncmp(answer->data, "HTTP/1.1 200", 12) != 0 ||
        strstr(answer->data, "\"StatusCode\"") == NULL) {
        fprintf(stderr, "GetMetricData: %.600s\n", answer->data);
        exit(1);
    }
    return (double)(mono_ns() - from) / 1e6;
}

/* Numbers in the lists called `name`. */
static size_t
count_numbers(const char *text, const char *name)
{
    size_t count = 0;

    for (text = strstr(text, name); text != NULL; text = strstr(text, name)) {
        text += strlen(name);
        if (*text != ']')
            count++;
        for (; *text != ']' && *text != '\0'; text++)
            count += *text == ',';
    }
    return count;
}

double
aws_wire_ask_all(int fd, const char *body, size_t *points)
{
    char token[512] = "";
    struct buf request, answer;
    double ms = 0;

    *points = 0;
    buf_init(&request, ANSWER_MAX);
    buf_init(&answer, ANSWER_MAX);
    do {
        const char *at;

        buf_clear(&request);
        buf_adds(&request, body);
        if (*token != '\0')
            buf_addf(&request, ",\"NextToken\":\"%s\"", token);
        buf_addc(&request, '}');
        ms += aws_wire_ask(fd, request.data, &answer);
        *points += count_numbers(answer.data, "\"Values\":[");
        at = strstr(answer.data, "\"NextToken\":\"");
        *token = '\0';
        if (at != NULL)
            snprintf(token, sizeof token, "%.*s", (int)strcspn(at + 13, "\""), at + 13);
    } while (*token != '\0');
    buf_fini(&request);
    buf_fini(&answer);
    return ms;
}
