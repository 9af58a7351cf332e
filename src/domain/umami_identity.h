/* umami_identity.h - Umami's ids of sessions and visits, and the token that carries them.
 * SPDX-License-Identifier: MIT
 *
 * A session is a hash of website, address, browser and the calendar month (or week, or day); a
 * visit is a hash of session and clock hour. Nothing is stored to know a visitor again. */
#ifndef OV_DOMAIN_UMAMI_IDENTITY_H
#define OV_DOMAIN_UMAMI_IDENTITY_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UMAMI_HASH_TEXT  129  /* hex of SHA-512, and a NUL */
#define UMAMI_TOKEN_TEXT 512  /* a token of ours, and a NUL */
#define UMAMI_VISIT_S    1800 /* how old a token's visit may be */

/* How long a browser is the same visitor (SALT_ROTATION). Weeks begin on Sunday. */
enum umami_salt { UMAMI_SALT_MONTH, UMAMI_SALT_WEEK, UMAMI_SALT_DAY };

/* Makes the ids of one server, which are those of its secret (APP_SECRET), at one time after the
 * other. For one thread at a time. */
struct umami_signer;

struct umami_signer *umami_signer_new(const char *app_secret, enum umami_salt rotation);
void umami_signer_free(struct umami_signer *signer); /* NULL is fine */

/* What its tokens are signed with: a key of HMAC-SHA-256, as text. It never changes. */
const char *umami_signer_key(const struct umami_signer *signer);

/* Ids are those of this time from now on. Months, weeks, days and hours begin in the process's time
 * zone (TZ). false: beyond the times that JavaScript has dates for, and nothing changed. */
bool umami_signer_enter(struct umami_signer *signer, int64_t time_s);
/* When the hour at hand is over. */
int64_t umami_signer_hour_end(const struct umami_signer *signer);

/* Who sent a message, as far as identity goes; NULL is the same as "". */
struct umami_sender {
    const char *target; /* the website's (link's, pixel's) id as written */
    const char *ip;
    const char *user_agent;
    const char *distinct_id; /* counts alone, when it is not empty */
};
void umami_session_id(char id[UUID_TEXT], struct umami_signer *signer,
                      const struct umami_sender *sender);
void umami_visit_id(char id[UUID_TEXT], struct umami_signer *signer, const char *session_id);

/* The header x-umami-cache: a JWT signed with HS256. */
struct umami_token {
    char website_id[UUID_TEXT]; /* "" when it has none, as have all below */
    char session_id[UUID_TEXT];
    char visit_id[UUID_TEXT];
    int64_t iat_s;
};
/* Returns `text`. */
char *umami_token_print(char text[UMAMI_TOKEN_TEXT], struct umami_signer *signer,
                        const struct umami_token *token);
/* false: not signed with the secret, or not such a token at all. */
bool umami_token_read(struct umami_token *out, struct umami_signer *signer, const char *text);

#endif
