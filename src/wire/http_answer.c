/* http_answer.c - a small machine over lines and counted bytes (RFC 9112, §§ 4 to 7).
 * SPDX-License-Identifier: MIT
 *
 * Lines are read where they lie; only one that came in pieces is copied. A line ends with LF, with
 * or without CR before it. Where the RFC leaves a client the choice between guessing and refusing,
 * it refuses: an answer that can be read in two ways is of no use to somebody who compares. */
#include "config.h"

#include "wire/http_answer.h"

#include <string.h>
#include <strings.h>

enum state {
    STATUS_LINE,
    HEADER,
    COUNTED,    /* a body of `left` bytes more */
    UNTIL_END,  /* a body that the end of the connection ends */
    CHUNK_LINE, /* its size, and extensions that nobody knows */
    CHUNK,
    CHUNK_END, /* the empty line behind a chunk */
    TRAILER,
};

void
http_answer_init(struct http_answer *a)
{
    *a = (struct http_answer){ .is_done = true };
    buf_init(&a->line, HTTP_ANSWER_HEAD_MAX);
}

void
http_answer_fini(struct http_answer *a)
{
    buf_fini(&a->line);
    a->is_done = true;
}

/* What a head says is forgotten: another one follows. */
static void
begin_head(struct http_answer *a)
{
    a->status = 0;
    a->keeps_connection = true;
    a->state = STATUS_LINE;
    a->has_length = a->is_chunked = false;
    a->left = 0;
    if (a->headers != NULL)
        buf_clear(a->headers);
}

void
http_answer_begin(struct http_answer *a, bool is_to_head, struct buf *body)
{
    a->headers = NULL;
    begin_head(a);
    a->is_done = false;
    a->has_no_body = is_to_head;
    a->head_seen = 0;
    a->body = body;
    buf_clear(&a->line);
}

static void
finish(struct http_answer *a)
{
    a->is_done = true;
}

/* Some of what the server said, fit to be seen. */
struct quote {
    char text[41];
};

static struct quote
quote(const char *bytes, size_t length)
{
    struct quote q = { "" };

    for (size_t i = 0; i < length && i < sizeof q.text - 1; i++)
        q.text[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '?';
    return q;
}

/* --- lines of the head ------------------------------------------------------------------------
 */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; the reason may be missing, and the blank before it. */
static enum status
take_status_line(struct http_answer *a, const char *line, size_t length, struct err *err)
{
    if (length < 12 || memcmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') ||
        line[8] != ' ' || line[9] < '1' || line[9] > '9' || !is_digit(line[10]) ||
        !is_digit(line[11]) || (length > 12 && line[12] != ' '))
        return err_set(err, E_INVALID,
                       "expected a status line such as \"HTTP/1.1 200 OK\", got \"%s\"",
                       quote(line, length).text);
    a->status = (unsigned)(line[9] - '0') * 100 + (unsigned)(line[10] - '0') * 10 +
                (unsigned)(line[11] - '0');
    a->keeps_connection = line[7] == '1';
    a->state = HEADER;
    return OK;
}

static bool
is_named(const char *line, size_t length, const char *name)
{
    return strlen(name) == length && strncasecmp(line, name, length) == 0;
}

static enum status
take_content_length(struct http_answer *a, const char *value, size_t length, struct err *err)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < length && is_digit(value[i]) && n <= UINT64_MAX / 10 - 9; i++)
        n = n * 10 + (uint64_t)(value[i] - '0');
    if (length == 0 || i < length)
        return err_set(err, E_INVALID, "Content-Length: expected a number of bytes, got \"%s\"",
                       quote(value, length).text);
    if (a->has_length && a->left != n)
        return err_set(err, E_INVALID, "Content-Length stands there twice, with %llu and %llu",
                       (unsigned long long)a->left, (unsigned long long)n);
    a->has_length = true;
    a->left = n;
    return OK;
}

/* Of a list with commas, whatever the case. */
static bool
has_token(const char *list, size_t length, const char *token)
{
    size_t at = 0;

    while (at < length) {
        size_t end = at, last;

        while (end < length && list[end] != ',')
            end++;
        last = end;
        while (at < last && (list[at] == ' ' || list[at] == '\t'))
            at++;
        while (last > at && (list[last - 1] == ' ' || list[last - 1] == '\t'))
            last--;
        if (is_named(list + at, last - at, token))
            return true;
        at = end + 1;
    }
    return false;
}

static enum status
take_encoding(struct http_answer *a, const char *value, size_t length, struct err *err)
{
    if (a->is_chunked || !is_named(value, length, "chunked"))
        return err_set(err, E_UNSUPPORTED, "Transfer-Encoding: expected chunked, once, got \"%s\"",
                       quote(value, length).text);
    a->is_chunked = true;
    return OK;
}

/* A NUL in it would end it, so it does. */
static void
keep_header(const struct http_answer *a, const char *name, size_t name_length, const char *value,
            size_t value_length)
{
    if (a->headers == NULL)
        return;
    buf_add(a->headers, name, strnlen(name, name_length));
    buf_addc(a->headers, ':');
    buf_add(a->headers, value, strnlen(value, value_length));
    buf_addc(a->headers, '\0');
}

static enum status
take_header(struct http_answer *a, const char *line, size_t length, struct err *err)
{
    const char *colon = memchr(line, ':', length);
    const char *value;
    size_t name_length, value_length;

    if (colon == NULL || colon == line || line[0] == ' ' || line[0] == '\t' || colon[-1] == ' ' ||
        colon[-1] == '\t')
        return err_set(err, E_INVALID, "expected a header such as \"Name: value\", got \"%s\"",
                       quote(line, length).text);
    name_length = (size_t)(colon - line);
    value = colon + 1;
    value_length = length - name_length - 1;
    while (value_length > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        value_length--;
    }
    while (value_length > 0 && (value[value_length - 1] == ' ' || value[value_length - 1] == '\t'))
        value_length--;
    keep_header(a, line, name_length, value, value_length);
    if (is_named(line, name_length, "content-length"))
        return take_content_length(a, value, value_length, err);
    if (is_named(line, name_length, "transfer-encoding"))
        return take_encoding(a, value, value_length, err);
    if (is_named(line, name_length, "connection") && has_token(value, value_length, "close"))
        a->keeps_connection = false;
    return OK;
}

/* The empty line: what follows is the body, another head, or nothing. */
static enum status
end_head(struct http_answer *a, struct err *err)
{
    if (a->status == 101)
        return err_set(err, E_INVALID, "expected an answer, got 101 to a request for no upgrade");
    if (a->status < 200) {
        begin_head(a);
        return OK;
    }
    if (a->is_chunked && a->has_length) /* one of them lies, and who knows which */
        a->keeps_connection = false;
    if (a->has_no_body || a->status == 204 || a->status == 304) {
        finish(a);
    } else if (a->is_chunked) {
        a->state = CHUNK_LINE;
    } else if (!a->has_length) {
        a->keeps_connection = false;
        a->state = UNTIL_END;
    } else {
        a->state = COUNTED;
        if (a->left == 0)
            finish(a);
    }
    return OK;
}

/* "1a;name=value" */
static enum status
take_chunk_line(struct http_answer *a, const char *line, size_t length, struct err *err)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < length && i < 16; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = memchr(
            digits, line[i] >= 'A' && line[i] <= 'F' ? line[i] + 32 : line[i], sizeof digits - 1);

        if (digit == NULL)
            break;
        n = n * 16 + (uint64_t)(digit - digits);
    }
    if (i == 0 || (i < length && line[i] != ';' && line[i] != ' ' && line[i] != '\t'))
        return err_set(err, E_INVALID, "expected the length of a chunk, got \"%s\"",
                       quote(line, length).text);
    a->left = n;
    a->state = n == 0 ? TRAILER : CHUNK;
    return OK;
}

/* A line without its end. */
static enum status
take_line(struct http_answer *a, const char *line, size_t length, struct err *err)
{
    if (length > 0 && line[length - 1] == '\r')
        length--;
    switch (a->state) {
    case STATUS_LINE:
        return take_status_line(a, line, length, err);
    case HEADER:
        return length == 0 ? end_head(a, err) : take_header(a, line, length, err);
    case CHUNK_LINE:
        return take_chunk_line(a, line, length, err);
    case CHUNK_END:
        a->state = CHUNK_LINE;
        return length == 0
                   ? OK
                   : err_set(err, E_INVALID, "expected a chunk to end where it was said to");
    default: /* trailers say nothing that is wanted */
        if (length == 0)
            finish(a);
        return OK;
    }
}

static enum status
count_line(struct http_answer *a, size_t length, struct err *err)
{
    if (a->state == CHUNK_LINE || a->state == CHUNK_END)
        return a->line.len + length <= HTTP_ANSWER_CHUNK_LINE_MAX
                   ? OK
                   : err_set(err, E_LIMIT, "the length of a chunk on a line of more than %zu bytes",
                             HTTP_ANSWER_CHUNK_LINE_MAX);
    a->head_seen += length;
    return a->head_seen <= HTTP_ANSWER_HEAD_MAX
               ? OK
               : err_set(err, E_LIMIT, "an answer's head of more than %zu KiB",
                         HTTP_ANSWER_HEAD_MAX >> 10);
}

/* Up to the end of a line, or what there is of it. */
static enum status
read_line(struct http_answer *a, const char *bytes, size_t length, size_t *used, struct err *err)
{
    const char *end = memchr(bytes, '\n', length);
    enum status st;

    *used = end == NULL ? length : (size_t)(end - bytes) + 1;
    st = count_line(a, *used, err);
    if (st != OK)
        return st;
    if (end != NULL && a->line.len == 0)
        return take_line(a, bytes, *used - 1, err);
    buf_add(&a->line, bytes, *used - (end != NULL));
    if (end == NULL)
        return OK;
    st = take_line(a, a->line.data, a->line.len, err);
    buf_clear(&a->line);
    return st;
}

/* --- the body ---------------------------------------------------------------------------------
 */

static enum status
read_body(struct http_answer *a, const char *bytes, size_t length, size_t *used, struct err *err)
{
    const bool is_counted = a->state != UNTIL_END;

    *used = is_counted && a->left < length ? (size_t)a->left : length;
    buf_add(a->body, bytes, *used);
    if (buf_failed(a->body))
        return err_set(err, E_LIMIT, "an answer of more than %zu KiB", a->body->max >> 10);
    if (!is_counted)
        return OK;
    a->left -= *used;
    if (a->left == 0 && a->state == CHUNK)
        a->state = CHUNK_END;
    else if (a->left == 0)
        finish(a);
    return OK;
}

enum status
http_answer_take(struct http_answer *a, const char *bytes, size_t length, size_t *used,
                 struct err *err)
{
    enum status st = OK;

    *used = 0;
    while (st == OK && !a->is_done && *used < length) {
        const bool is_body = a->state == COUNTED || a->state == UNTIL_END || a->state == CHUNK;
        size_t part;

        st = (is_body ? read_body : read_line)(a, bytes + *used, length - *used, &part, err);
        *used += part;
    }
    if (st != OK)
        finish(a);
    return st;
}

enum status
http_answer_end(struct http_answer *a, struct err *err)
{
    const bool is_whole = a->is_done || a->state == UNTIL_END;

    finish(a);
    a->keeps_connection = false;
    return is_whole
               ? OK
               : err_set(err, E_INVALID, "the connection was closed before the end of the answer");
}
