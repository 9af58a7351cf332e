/* openreplay.h - the emulated OpenReplay: where its tracker sends recordings, and what it answers.
 * SPDX-License-Identifier: MIT
 *
 * Its paths stand below --openreplay-prefix. Every origin may send, as with OpenReplay itself; all
 * answers, errors too, carry the headers that let a page read them. */
#ifndef OV_EMULATOR_OPENREPLAY_H
#define OV_EMULATOR_OPENREPLAY_H

#include "domain/openreplay_token.h"
#include "emulator/emulator.h"
#include "emulator/exchange.h"
#include "emulator/refusal.h"
#include "store/link.h"

/* What rows of the route table have in place of the prefix. */
#define OPENREPLAY_PREFIX "/ingest"
/* Where batches that cannot be decoded are told of. */
#define OPENREPLAY_LOG_GROUP "/obsview/openreplay"
/* How long a real server's token holds. Here it names a session for as long as that is kept. */
#define OPENREPLAY_TOKEN_LIFE_MS 7200000

struct openreplay;

/* E_USAGE: the prefix is no path, or is somebody else's. The options are borrowed. */
MUST_CHECK enum status openreplay_new(struct openreplay **out,
                                      const struct emulator_options *options, struct err *err);
void openreplay_free(struct openreplay *openreplay); /* NULL is fine */

/* The part of a path below the prefix ("/v1/web/start"); NULL: it is not OpenReplay's. */
const char *openreplay_rest(const struct openreplay *openreplay, const char *path);
unsigned openreplay_protocol(const struct openreplay *openreplay); /* 1 or 2 */
/* Whether a tracker with this project key may record. */
bool openreplay_knows_project(const struct openreplay *openreplay, const char *key);
/* A number of a session that began then, which this process has not given out. */
uint64_t openreplay_mint(struct openreplay *openreplay, int64_t time_ms);
void openreplay_sign(const struct openreplay *openreplay, const struct openreplay_token *token,
                     char text[OPENREPLAY_TOKEN_TEXT]);
/* NULL is no token. */
bool openreplay_open(const struct openreplay *openreplay, const char *text,
                     struct openreplay_token *out);

/* Ties a session's number (in decimal) to an id of its visitor, for as long as it is kept. */
void openreplay_link(struct store_write *write, const char *session, enum link_kind kind,
                     const char *id, int64_t now_ms);

/* --- for the route table ---------------------------------------------------------------------- */

void openreplay_set_headers(struct exchange *x);
/* {"error":"..."} */
void openreplay_refuse(struct exchange *x, enum refusal_reason why, unsigned status,
                       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* No handler takes this method and path; `methods` are those the path has, "": none. */
void openreplay_answer_no_route(struct exchange *x, const char *methods);
/* Words a 503. */
void openreplay_excuse(struct exchange *x, const char *reason, void *arg);
/* The session's number that FIXTURE_RECORDING says, to whom is trusted alone. 0: there is none. */
uint64_t openreplay_recorded(const struct exchange *x);
#define OPENREPLAY_RECORDED_TEXT 18
void openreplay_recorded_format(uint64_t session, char text[OPENREPLAY_RECORDED_TEXT]);
/* The token of an Authorization header; refuses with 401 when it shows none of ours. */
bool openreplay_authorize(struct exchange *x, struct openreplay_token *out);

void openreplay_start_post(struct exchange *x);
void openreplay_batch_post(struct exchange *x);
void openreplay_images_post(struct exchange *x);
void openreplay_tags_get(struct exchange *x);
void openreplay_conditions_get(struct exchange *x);
void openreplay_flags_post(struct exchange *x);
void openreplay_sdk_post(struct exchange *x);
void openreplay_sdk_start_post(struct exchange *x);

#endif
