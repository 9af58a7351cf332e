/* responder.h - a server in threads that answers by what a request says.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_RESPONDER_H
#define OV_TESTS_RESPONDER_H

#include <stddef.h>

struct responder;

/* A request that holds `needle` gets `body` with 200, or with the status of a body "!403...". A
 * body
 * "!" closes the connection instead. The first rule that fits counts. */
struct rule {
    const char *needle;
    const char *body;
};
#define RULES_MAX 16

/* The rules end with a NULL needle. GET /_obsview/changes is a stream that stays open. */
struct responder *responder_new(const struct rule *rules);
void responder_free(struct responder *r);
const char *responder_url(const struct responder *r);
/* From now on, what holds `needle` gets `body` (borrowed). */
void responder_set(struct responder *r, const char *needle, const char *body);
/* Tells the streams that something changed. */
void responder_change(struct responder *r);
/* A request with the body "~" is answered with a stream that stays open. These go to all streams:
 * so many bytes, and the end. */
void responder_push(struct responder *r, const void *bytes, size_t len);
void responder_end_streams(struct responder *r);
/* How many requests held this text. */
size_t responder_count(struct responder *r, const char *needle);
size_t responder_streams(struct responder *r);

#endif
