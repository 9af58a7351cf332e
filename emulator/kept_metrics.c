/* kept_metrics.c - what a PutMetricData put, from the request that the intake kept of it.
 * SPDX-License-Identifier: MIT
 *
 * Nothing more is kept for those who wait for a metric: whoever asks has the request read once
 * more, by the codec of its protocol and with the handler's own reader. It was accepted, so that
 * reading it again at its time gives the same data; what cannot be read was cut. */
#include "config.h"

#include "emulator/kept_metrics.h"

#include <string.h>

#include "emulator/aws.h"
#include "emulator/aws_metric.h"
#include "wire/inflate.h"

#define OPERATION "PutMetricData"

bool
kept_metrics_is(const struct intake_item *item)
{
    return item->kind == INTAKE_AWS && item->status == 200 &&
           strstr(item->verdict, OPERATION) != NULL;
}

/* "Name: value" lines; the credentials among them are masked, and not needed. */
static void
read_headers(struct http_request *rq, struct arena *arena, const struct intake_item *item)
{
    char *rest = arena_strndup(arena, item->headers, item->headers_len);
    struct http_header *headers = NULL, header;
    size_t room = 0;

    while (http_header_next(&header, &rest)) {
        headers = arena_grow(arena, headers, rq->header_count, &room, 32, sizeof *headers);
        headers[rq->header_count++] = header;
    }
    rq->headers = headers;
}

static struct http_request
request_of(struct arena *arena, const struct intake_item *item)
{
    const size_t path_length = strcspn(item->path, "?");
    struct http_request rq = { .method = item->method,
                               .path = arena_strndup(arena, item->path, path_length),
                               .query = item->path + path_length,
                               .body = item->body,
                               .body_len = item->body_len };

    rq.query += *rq.query == '?';
    read_headers(&rq, arena, item);
    return rq;
}

static bool
open_body(struct http_request *rq, struct buf *opened)
{
    const char *encoding = http_header_get(rq, "content-encoding");

    if (!inflate_is_needed(encoding))
        return true;
    if (inflate_body(opened, encoding, rq->body, rq->body_len, NULL) != OK)
        return false;
    rq->body = opened->data;
    rq->body_len = opened->len;
    return true;
}

void
kept_metrics_read(struct kept_metrics *out, struct arena *arena, const struct intake_item *item)
{
    struct http_request rq = request_of(arena, item);
    const struct wire_codec *codec = codec_find(&rq);
    struct wire_error error;
    struct awsvalue in;
    struct buf opened;

    *out = (struct kept_metrics){ .count = 0 };
    buf_init(&opened, AWS_OPENED_MAX);
    if (codec != NULL && open_body(&rq, &opened) && codec->decode(&out->call, &rq, &error) == OK &&
        strcmp(out->call.operation, OPERATION) == 0) {
        in = awsvalue_of(&out->call, &error);
        if (aws_metric_read_data(&in, arena, item->time_ms, &out->data, &out->count) != OK)
            out->count = 0;
    }
    buf_fini(&opened);
}

void
kept_metrics_fini(struct kept_metrics *kept)
{
    wire_call_fini(&kept->call);
}
