/* umami_identity.h - Umami's ids of sessions and visits, and the token that carries them.
 * SPDX-License-Identifier: MIT
 *
 * A session is a hash of website, address, browser and the calendar month; a visit is a hash of
 * session and clock hour. Nothing is stored to know a visitor again. */
#ifndef OV_DOMAIN_UMAMI_IDENTITY_H
#define OV_DOMAIN_UMAMI_IDENTITY_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UMAMI_HASH_TEXT  129  /* hex of SHA-512, and a NUL */
#define UMAMI_TOKEN_TEXT 512  /* a token of ours, and a NUL */
#define UMAMI_VISIT_S    1800 /* how old a token's visit may be */

/* What the server adds to every hash: its secret, and the salts of the period at hand. */
struct umami_secret {
    char key[UMAMI_HASH_TEXT];
};

/* From APP_SECRET. */
void umami_secret_make(struct umami_secret *out, const char *app_secret);

/* Salts of one month and one hour; kept from hit to hit, as most lie in the same. */
struct umami_salts {
    int64_t month_from_s, month_to_s;
    int64_t hour_from_s, hour_to_s;
    char month[UMAMI_HASH_TEXT];
    char hour[UMAMI_HASH_TEXT];
};

/* false: beyond the times that JavaScript has dates for. A zeroed struct is a fine start. Months
 * and hours are those of the process's time zone (TZ). */
bool umami_salts_for(struct umami_salts *salts, int64_t time_s);

/* Who sent a message, as far as identity goes; NULL is the same as "". */
struct umami_sender {
    const char *target; /* the website's (link's, pixel's) id as written */
    const char *ip;
    const char *user_agent;
    const char *distinct_id; /* counts alone, when it is not empty */
};
void umami_session_id(char id[UUID_TEXT], const struct umami_secret *secret,
                      const struct umami_salts *salts, const struct umami_sender *sender);
void umami_visit_id(char id[UUID_TEXT], const struct umami_secret *secret,
                    const struct umami_salts *salts, const char *session_id);

/* The header x-umami-cache: a JWT signed with HS256. */
struct umami_token {
    char website_id[UUID_TEXT]; /* "" when it has none, as have all below */
    char session_id[UUID_TEXT];
    char visit_id[UUID_TEXT];
    int64_t iat_s;
};
/* Returns `text`. */
char *umami_token_print(char text[UMAMI_TOKEN_TEXT], const struct umami_secret *secret,
                        const struct umami_token *token);
/* false: not signed with the secret, or not such a token at all. */
bool umami_token_read(struct umami_token *out, const struct umami_secret *secret,
                      const char *text);

#endif
