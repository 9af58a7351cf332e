/* umami.h - the emulated Umami: its dialect, its secret, and the websites it knows.
 * SPDX-License-Identifier: MIT
 *
 * What is asked per hit is kept in memory, as the HTTP thread never reads the store. Any thread may
 * call. */
#ifndef OV_EMULATOR_UMAMI_H
#define OV_EMULATOR_UMAMI_H

#include "base/buf.h"
#include "base/err.h"
#include "domain/umami_agent.h"
#include "domain/umami_env.h"
#include "domain/umami_identity.h"
#include "domain/umami_place.h"
#include "domain/umami_visit.h"
#include "emulator/emulator.h"
#include "store/store_umami.h"

#include <stdbool.h>
#include <stdint.h>

struct umami;

struct umami *umami_new(const struct emulator_options *options); /* borrowed */
void umami_free(struct umami *umami);                            /* NULL is fine */

/* Makes the known websites those of the store: at the start, and when it was emptied. */
MUST_CHECK enum status umami_load(struct umami *umami, struct store_reader *reader,
                                  struct err *err);

/* Reads the environment and the files that were named, once: at the start, so that what is wrong is
 * heard of. Nothing else may be called before. */
MUST_CHECK enum status umami_prepare(struct umami *umami, struct err *err);
const struct umami_env *umami_environment(const struct umami *umami);
const struct umami_place_rules *umami_rules(const struct umami *umami); /* of who and where */
const struct buf *umami_script(const struct umami *umami); /* NULL: our own is to be served */

enum umami_dialect umami_dialect(const struct umami *umami);
/* What every token is signed with, a login's and a share's, too. */
const char *umami_key(const struct umami *umami);
bool umami_drops_bots(const struct umami *umami);
bool umami_checks_bots(const struct umami *umami); /* else they are visitors like others */
bool umami_is_strict(const struct umami *umami);   /* a website must be made before it gets hits */

/* The session of a sender at a time, and its visit by the clock hour; and what they were the time
 * before. false: JavaScript has no such date. */
bool umami_identify(struct umami *umami, const struct umami_sender *sender, int64_t time_s,
                    struct umami_ids *out);
bool umami_open_token(struct umami *umami, const char *text, struct umami_token *out);
char *umami_sign_token(struct umami *umami, const struct umami_token *token,
                       char text[UMAMI_TOKEN_TEXT]); /* returns `text` */
/* What a user agent is; remembered, as a few make most of the traffic. */
void umami_agent_of(struct umami *umami, const char *user_agent, struct umami_agent *out);

#define UMAMI_WEBSITES_MAX 50000 /* known at a time; further ones are not found */
enum umami_website_state { UMAMI_WEBSITE_KNOWN, UMAMI_WEBSITE_NEW, UMAMI_WEBSITE_GONE };
/* Whether it is there: a new one is known from now on unless websites must be made first. `id` in
 * lower case. */
enum umami_website_state umami_website_seen(struct umami *umami, const char *id);
bool umami_website_is_known(struct umami *umami, const char *id); /* and stays as it is */
/* For who makes and deletes websites, after the commit. */
void umami_website_made(struct umami *umami, const char *id);
void umami_website_gone(struct umami *umami, const char *id);

#endif
