/* keyring.h - the access keys this emulator knows: those it was started with, and those it issued.
 * SPDX-License-Identifier: MIT
 *
 * STS hands out temporary keys whoever asks; only --require-auth makes any key matter. Issued keys
 * live in memory, the last KEYRING_ISSUED_MAX of them. They expire by the real clock, as signatures
 * do: clients reckon by theirs. Any thread may call. */
#ifndef OV_EMULATOR_KEYRING_H
#define OV_EMULATOR_KEYRING_H

#include "base/mem.h"
#include "emulator/emulator.h"
#include "wire/codec.h"
#include "wire/http.h"
#include "wire/sigv4.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYRING_ISSUED_MAX 1000

struct keyring;

struct key {
    const char *access_key;
    const char *secret;
    const char *token;  /* NULL: a long-lived key */
    const char *user;   /* whom it speaks for, as STS tells: UserId, */
    const char *arn;    /* and Arn */
    int64_t expires_ms; /* 0: never */
};

/* `known` is borrowed. */
struct keyring *keyring_new(const struct emulator_key *known, size_t count);
void keyring_free(struct keyring *ring); /* wipes the secrets; NULL is fine */

/* The key with its texts in `arena`; also when it has expired. */
bool keyring_find(struct keyring *ring, const char *access_key, struct arena *arena,
                  struct key *out);
/* Makes a temporary key for somebody; its texts go into `arena`. */
void keyring_issue(struct keyring *ring, const char *user, const char *arn, int64_t seconds,
                   struct arena *arena, struct key *out);

/* Whether a request is signed with a key of the ring, now: fails with the services' own errors for
 * an unknown key, a wrong or expired token, a wrong signature and a wrong time. The body must be as
 * sent. */
MUST_CHECK enum status keyring_verify(struct keyring *ring, const struct sigv4_claim *claim,
                                      const struct http_request *rq, struct arena *arena,
                                      struct wire_error *error);

#endif
