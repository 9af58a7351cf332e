/* http.h - a request as plain values: what the codecs and the signature read.
 * SPDX-License-Identifier: MIT
 *
 * Everything is borrowed. Names and values of headers are as they came, in their order. */
#ifndef OV_WIRE_HTTP_H
#define OV_WIRE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header {
    const char *name;
    const char *value;
};

struct http_request {
    const char *method;
    const char *path;  /* as sent, still percent-encoded, without the query */
    const char *query; /* as sent, without '?'; "" when there is none */
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* may be NULL when body_len is 0 */
    size_t body_len;
};

/* The first header of that name in any case, or NULL. */
const char *http_header_get(const struct http_request *rq, const char *name);
/* Takes the next "Name: value" from lines that end with "\n" or "\r\n"; what is no header is passed
 * over, and so is a last line without its end, which was cut. Writes into the lines, to which `out`
 * points from then on, and moves `lines` along. false: there is none left. */
bool http_header_next(struct http_header *out, char **lines);
/* Whether a Content-Type is `type`, whatever parameters follow it. NULL is no type. */
bool http_type_is(const char *content_type, const char *type);

#define HTTP_DATE_TEXT 30
/* "Sun, 29 Nov 2026 18:00:00 GMT" */
void http_date_format(char text[HTTP_DATE_TEXT], int64_t epoch_ms);
/* Of that form alone. */
bool http_date_parse(int64_t *epoch_ms, const char *text);

#endif
