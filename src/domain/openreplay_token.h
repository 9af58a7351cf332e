/* openreplay_token.h - numbers of sessions, and the tokens a tracker shows for them.
 * SPDX-License-Identifier: MIT
 *
 * A session's number is 40 bits of milliseconds since February 2019, 16 of the machine that gave it
 * out and 8 that count; it is written in decimal. A token is number, clock difference and expiry in
 * base 36, and a signature over these in base 58, with dots between them. */
#ifndef OV_DOMAIN_OPENREPLAY_TOKEN_H
#define OV_DOMAIN_OPENREPLAY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When a session began, from its number; and the first number of a millisecond. */
int64_t openreplay_session_ms(uint64_t session);
uint64_t openreplay_session_first(int64_t time_ms);

#define OPENREPLAY_TOKEN_TEXT 96

struct openreplay_token {
    uint64_t session;
    uint64_t delay_ms;
    uint64_t expiry_ms;
};
struct openreplay_secret {
    const void *bytes;
    size_t length;
};
void openreplay_token_format(char text[OPENREPLAY_TOKEN_TEXT], const struct openreplay_token *token,
                             const struct openreplay_secret *secret);
/* false: it is not of this form, or was not signed with this secret. Whether it has expired is for
 * the caller to say. */
bool openreplay_token_parse(struct openreplay_token *out, const char *text,
                            const struct openreplay_secret *secret);

#endif
