/* fixture.c - JSON Lines with a header.
 * SPDX-License-Identifier: MIT
 *
 * The text stays in memory as it is, and each line is parsed when it is due: a fixture of an hour
 * is some megabytes, its parsed form would be ten times that. */
#include "config.h"

#include "emulator/fixture.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"

#define FIXTURE_MAX   ((size_t)256 << 20)
#define LENGTH_MIN_MS 1000

struct fixture {
    char *path;
    struct buf text;
    size_t first_event; /* offset of the line behind the header */
    size_t at;
    size_t line_number; /* of the line at `at` */
    size_t first_line_number;
    int64_t start_ms, length_ms;
    int64_t last_t_ms;
};

/* The number the JSON reader's sentence ends with, as a column counted from one. */
static size_t
column_of(const struct err *err)
{
    const char *digits = err->text + strlen(err->text);

    while (digits > err->text && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    return (size_t)strtoul(digits, NULL, 10) + 1;
}

/* The next line that is not empty, without its newline. false: the end. */
static bool
next_line(struct fixture *f, const char **line, size_t *len, size_t *number)
{
    while (f->at < f->text.len) {
        const char *start = f->text.data + f->at;
        const char *newline = memchr(start, '\n', f->text.len - f->at);
        size_t n = newline == NULL ? f->text.len - f->at : (size_t)(newline - start);

        *line = start;
        *len = n;
        *number = f->line_number++;
        f->at += n + (newline != NULL);
        if (n > 0 && !(n == 1 && start[0] == '\r'))
            return true;
    }
    return false;
}

static enum status
parse_line(const struct fixture *f, cJSON **out, const char *line, size_t len, size_t number,
           struct err *err)
{
    struct err inner = { 0 };

    if (json_parse(out, line, len, &inner) != OK)
        return err_set(err, E_INVALID, "%s: line %zu, column %zu: %s", f->path, number,
                       column_of(&inner), inner.text);
    if (cJSON_IsObject(*out))
        return OK;
    cJSON_Delete(*out);
    return err_set(err, E_INVALID, "%s: line %zu, column 1: expected an object", f->path, number);
}

/* `length` in the header may be absent: then it is the time of the last event that can be read. */
static int64_t
find_length(struct fixture *f)
{
    struct fixture_event event;
    int64_t last = 0;
    enum status st;

    while ((st = fixture_next(f, &event, NULL)) != E_NOTFOUND) {
        if (st != OK)
            continue;
        last = event.t_ms;
        fixture_event_fini(&event);
    }
    return last;
}

static enum status
read_header(struct fixture *f, struct err *err)
{
    const char *line, *start;
    cJSON *header = NULL;
    size_t len, number;
    enum status st;

    f->line_number = 1;
    if (!next_line(f, &line, &len, &number))
        return err_set(err, E_INVALID, "%s: empty, expected a fixture (obsview-fixture(5))",
                       f->path);
    st = parse_line(f, &header, line, len, number, err);
    if (st != OK)
        return st;
    start = json_get_string(header, "start", "");
    if (json_get_int(header, "obsview-fixture", 0) != 1)
        st = err_set(err, E_INVALID,
                     "%s: line %zu: expected {\"obsview-fixture\":1,...}; this version reads "
                     "version 1 alone",
                     f->path, number);
    else if (!iso8601_parse(&f->start_ms, start))
        st = err_set(err, E_INVALID,
                     "%s: line %zu: start is not a time such as "
                     "2026-11-23T12:00:00.000Z",
                     f->path, number);
    f->first_event = f->at;
    f->first_line_number = f->line_number;
    f->length_ms = json_get_int(header, "length", 0);
    cJSON_Delete(header);
    if (st == OK && f->length_ms <= 0)
        f->length_ms = find_length(f);
    if (f->length_ms < LENGTH_MIN_MS)
        f->length_ms = LENGTH_MIN_MS;
    return st;
}

enum status
fixture_open(struct fixture **out, const char *path, struct err *err)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    enum status st;

    f->path = xstrdup(path);
    buf_init(&f->text, FIXTURE_MAX);
    st = buf_read_file(&f->text, path, err);
    if (st == OK)
        st = read_header(f, err);
    if (st != OK) {
        fixture_close(f);
        return st;
    }
    *out = f;
    return OK;
}

void
fixture_close(struct fixture *f)
{
    if (f == NULL)
        return;
    buf_fini(&f->text);
    free(f->path);
    free(f);
}

int64_t
fixture_start_ms(const struct fixture *f)
{
    return f->start_ms;
}

int64_t
fixture_length_ms(const struct fixture *f)
{
    return f->length_ms;
}

/* --- events --------------------------------------------------------------------------------------
 */

static bool
read_source(enum fixture_source *out, const char *name)
{
    static const char *const names[] = {
        [FIXTURE_HTTP] = "http",
        [FIXTURE_EMF_TCP] = "emf-tcp",
        [FIXTURE_EMF_UDP] = "emf-udp",
        [FIXTURE_EMF_STDIN] = "emf-stdin",
    };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum fixture_source)i;
            return true;
        }
    }
    return false;
}

/* What is wrong with the event, or NULL. */
static const char *
read_event(struct fixture_event *e, cJSON *json)
{
    cJSON *request = cJSON_GetObjectItemCaseSensitive(json, "request");

    *e = (struct fixture_event){ .json = json, .t_ms = json_get_int(json, "t", -1) };
    if (e->t_ms < 0)
        return "t is not a number of milliseconds";
    if (!read_source(&e->source, json_get_string(json, "source", "")))
        return "source is not http, emf-tcp, emf-udp or emf-stdin";
    if (e->source != FIXTURE_HTTP) {
        e->line = json_get_string(json, "line", NULL);
        e->group = json_get_string(json, "group", NULL);
        return e->line == NULL ? "line is not a string" : NULL;
    }
    e->method = json_get_string(request, "method", NULL);
    e->path = json_get_string(request, "path", NULL);
    e->headers = cJSON_GetObjectItemCaseSensitive(request, "headers");
    e->body = cJSON_GetObjectItemCaseSensitive(request, "body");
    if (e->method == NULL || e->path == NULL || e->path[0] != '/')
        return "request has no method, or no path that begins with a slash";
    return NULL;
}

enum status
fixture_next(struct fixture *f, struct fixture_event *out, struct err *err)
{
    const char *line, *wrong;
    cJSON *json = NULL;
    size_t len, number;
    enum status st;

    if (!next_line(f, &line, &len, &number)) {
        f->at = f->first_event;
        f->line_number = f->first_line_number;
        f->last_t_ms = 0;
        return err_set(err, E_NOTFOUND, "%s: no more events", f->path);
    }
    st = parse_line(f, &json, line, len, number, err);
    if (st != OK)
        return st;
    wrong = read_event(out, json);
    if (wrong == NULL && out->t_ms < f->last_t_ms)
        wrong = "t is less than on a line before";
    if (wrong != NULL) {
        cJSON_Delete(json);
        return err_set(err, E_INVALID, "%s: line %zu, column 1: %s", f->path, number, wrong);
    }
    f->last_t_ms = out->t_ms;
    return OK;
}

void
fixture_event_fini(struct fixture_event *event)
{
    cJSON_Delete(event->json);
    event->json = NULL;
}

/* --- times
 * ----------------------------------------------------------------------------------------- */

static void
move_text_time(cJSON *object, int64_t by_ms)
{
    cJSON *member = cJSON_GetObjectItemCaseSensitive(object, "timestamp");
    char text[ISO8601_TEXT];
    int64_t ms;

    if (!cJSON_IsString(member) || !iso8601_parse(&ms, member->valuestring))
        return;
    iso8601_format_ms(ms + by_ms, text);
    cJSON_SetValuestring(member, text);
}

static void
print_base64(struct buf *b, const char *text)
{
    size_t len = strlen(text), pad = 0;
    unsigned char *bytes;
    int n;

    if (len == 0 || len % 4 != 0 || len > FIXTURE_MAX)
        return;
    while (pad < 2 && text[len - 1 - pad] == '=')
        pad++;
    bytes = xmalloc(len / 4 * 3 + 1);
    n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
    if (n > 0)
        buf_add(b, bytes, (size_t)n - pad);
    free(bytes);
}

void
fixture_print_body(struct buf *b, cJSON *body, int64_t by_ms)
{
    const char *base64 = json_get_string(body, "base64", NULL);
    cJSON *metric;

    if (cJSON_IsString(body)) {
        buf_adds(b, body->valuestring);
        return;
    }
    if (base64 != NULL && cJSON_GetArraySize(body) == 1) {
        print_base64(b, base64);
        return;
    }
    cJSON_ArrayForEach(metric, cJSON_GetObjectItemCaseSensitive(body, "metrics"))
        move_text_time(metric, by_ms);
    move_text_time(cJSON_GetObjectItemCaseSensitive(body, "context"), by_ms);
    json_print(b, body);
}

/* Text stays text, but for the time that Lambda's console puts before it: "2026-...Z TAB id TAB".
 */
static void
print_text_line(struct buf *b, const char *line, int64_t by_ms)
{
    size_t len = strcspn(line, "\t");
    char text[ISO8601_TEXT];
    int64_t ms;

    if (line[len] == '\t' && len < sizeof text) {
        snprintf(text, sizeof text, "%.*s", (int)len, line);
        if (iso8601_parse(&ms, text)) {
            iso8601_format_ms(ms + by_ms, text);
            buf_adds(b, text);
            line += len;
        }
    }
    buf_adds(b, line);
}

void
fixture_print_line(struct buf *b, const char *line, int64_t by_ms)
{
    cJSON *json = NULL, *stamp;

    if (line[0] != '{' || json_parse(&json, line, strlen(line), NULL) != OK) {
        print_text_line(b, line, by_ms);
        return;
    }
    stamp = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(json, "_aws"),
                                             "Timestamp");
    if (cJSON_IsNumber(stamp))
        cJSON_SetNumberValue(stamp, stamp->valuedouble + (double)by_ms);
    move_text_time(json, by_ms);
    json_print(b, json);
    cJSON_Delete(json);
}

/* --- people --------------------------------------------------------------------------------------
 */

/* The network of the address, not its host: a /24 holds all visitors of a turn. */
void
fixture_move_visitor(cJSON *headers, unsigned turn)
{
    cJSON *member = cJSON_GetObjectItemCaseSensitive(headers, "x-forwarded-for");
    char text[INET_ADDRSTRLEN];
    unsigned char address[4];

    if (turn == 0 || !cJSON_IsString(member) ||
        inet_pton(AF_INET, member->valuestring, address) != 1)
        return;
    address[2] = (unsigned char)(address[2] + turn);
    inet_ntop(AF_INET, address, text, sizeof text);
    cJSON_SetValuestring(member, text);
}
