/* keyring.c - known and issued keys, and the judgement of signatures made with them.
 * SPDX-License-Identifier: MIT
 *
 * Issued keys are a ring: the oldest goes when a new one needs its place, expired or not, so that
 * a client in a loop cannot fill the memory. A key that has expired stays until then, because its
 * owner must be told "expired" (then SDKs fetch new ones) and not "unknown". A lookup copies into
 * the caller's arena: hashing a large body must not hold the lock. */
#include "config.h"

#include "emulator/keyring.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "emulator/aws_call.h"

#define ID_CHARS     16 /* behind "ASIA" */
#define SECRET_BYTES 30 /* 40 characters of base64 */
#define TOKEN_BYTES  120

struct keyring {
    const struct emulator_key *known;
    size_t known_count;
    struct clock *clock;
    pthread_mutex_t lock;
    struct key issued[KEYRING_ISSUED_MAX];
    size_t next;
};

struct keyring *
keyring_new(const struct emulator_key *known, size_t count)
{
    struct keyring *ring = xcalloc(1, sizeof *ring);

    ring->known = known;
    ring->known_count = count;
    ring->clock = clock_new_real();
    pthread_mutex_init(&ring->lock, NULL);
    return ring;
}

static void
forget(struct key *key)
{
    union {
        const char *in;
        char *out;
    } texts[] = {
        { key->access_key }, { key->secret }, { key->token }, { key->user }, { key->arn }
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].out != NULL)
            OPENSSL_cleanse(texts[i].out, strlen(texts[i].out));
        free(texts[i].out);
    }
    *key = (struct key){ 0 };
}

void
keyring_free(struct keyring *ring)
{
    if (ring == NULL)
        return;
    for (size_t i = 0; i < KEYRING_ISSUED_MAX; i++)
        forget(&ring->issued[i]);
    pthread_mutex_destroy(&ring->lock);
    clock_free(ring->clock);
    free(ring);
}

static const char *
copy(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

static bool
find_known(const struct keyring *ring, const char *access_key, struct key *out)
{
    for (size_t i = 0; i < ring->known_count; i++) {
        const struct emulator_key *known = &ring->known[i];

        if (strcmp(known->access_key, access_key) != 0)
            continue;
        *out = (struct key){ .access_key = known->access_key,
                             .secret = known->secret,
                             .token = known->token,
                             .user = known->access_key,
                             .arn = "arn:aws:iam::" AWS_ACCOUNT ":user/obsview" };
        return true;
    }
    return false;
}

/* Under the lock. */
static const struct key *
find_issued(const struct keyring *ring, const char *access_key)
{
    for (size_t i = 0; i < KEYRING_ISSUED_MAX && ring->issued[i].access_key != NULL; i++) {
        if (strcmp(ring->issued[i].access_key, access_key) == 0)
            return &ring->issued[i];
    }
    return NULL;
}

bool
keyring_find(struct keyring *ring, const char *access_key, struct arena *arena, struct key *out)
{
    const struct key *found;

    pthread_mutex_lock(&ring->lock);
    found = find_issued(ring, access_key);
    if (found != NULL)
        *out = (struct key){ .access_key = copy(arena, found->access_key),
                             .secret = copy(arena, found->secret),
                             .token = copy(arena, found->token),
                             .user = copy(arena, found->user),
                             .arn = copy(arena, found->arn),
                             .expires_ms = found->expires_ms };
    pthread_mutex_unlock(&ring->lock);
    return found != NULL || find_known(ring, access_key, out);
}

/* --- issuing --- */

/* Up to 256 bytes come whole, or the system has no generator to trust. */
static void
fill_random(unsigned char *bytes, size_t len)
{
    if (getrandom(bytes, len, 0) != (ssize_t)len)
        abort();
}

static char *
random_id(void)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char bytes[ID_CHARS];
    char id[ID_CHARS + 1];

    fill_random(bytes, sizeof bytes);
    for (size_t i = 0; i < ID_CHARS; i++)
        id[i] = digits[bytes[i] % 32];
    id[ID_CHARS] = '\0';
    return xasprintf("ASIA%s", id);
}

static char *
random_text(size_t len)
{
    unsigned char bytes[TOKEN_BYTES], text[TOKEN_BYTES / 3 * 4 + 1];

    fill_random(bytes, len);
    EVP_EncodeBlock(text, bytes, (int)len);
    return xstrdup((const char *)text);
}

void
keyring_issue(struct keyring *ring, const char *user, const char *arn, int64_t seconds,
              struct arena *arena, struct key *out)
{
    struct key key = { .access_key = random_id(),
                       .secret = random_text(SECRET_BYTES),
                       .token = random_text(TOKEN_BYTES),
                       .user = xstrdup(user),
                       .arn = xstrdup(arn),
                       .expires_ms = clock_now_ms(ring->clock) / 1000 * 1000 + seconds * 1000 };

    *out = (struct key){ .access_key = copy(arena, key.access_key),
                         .secret = copy(arena, key.secret),
                         .token = copy(arena, key.token),
                         .user = copy(arena, key.user),
                         .arn = copy(arena, key.arn),
                         .expires_ms = key.expires_ms };
    pthread_mutex_lock(&ring->lock);
    forget(&ring->issued[ring->next]);
    ring->issued[ring->next] = key;
    ring->next = (ring->next + 1) % KEYRING_ISSUED_MAX;
    pthread_mutex_unlock(&ring->lock);
}

/* --- judging --- */

/* A long-lived key comes without a token. */
static bool
is_token(const struct key *key, const char *said)
{
    const char *token = key->token == NULL ? "" : key->token;

    return strlen(token) == strlen(said) && CRYPTO_memcmp(token, said, strlen(said)) == 0;
}

enum status
keyring_verify(struct keyring *ring, const struct sigv4_claim *claim, const struct http_request *rq,
               struct arena *arena, struct wire_error *error)
{
    int64_t now_ms = clock_now_ms(ring->clock);
    struct key key;
    enum status st;

    if (!keyring_find(ring, claim->access_key, arena, &key) || !is_token(&key, claim->token))
        return wire_error_set(error, 403, "UnrecognizedClientException",
                              "The security token included in the request is invalid.");
    st = sigv4_check_time(claim, now_ms, error);
    if (st == OK)
        st = sigv4_verify(claim, rq, key.secret, error);
    if (st == OK && key.expires_ms != 0 && now_ms >= key.expires_ms)
        st = wire_error_set(error, 403, "ExpiredTokenException",
                            "The security token included in the request is expired");
    return st;
}
