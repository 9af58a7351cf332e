/* aws_token.c - tokens as hexadecimal text: a checksum of scope and state, then the state.
 * SPDX-License-Identifier: MIT
 *
 * Hexadecimal survives JSON, XML, forms and shells unharmed. The checksum is against mix-ups, not
 * against forgery: a forged token reads nothing that its sender could not read anyway. */
#include "config.h"

#include "emulator/aws_token.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"

#define SUM_DIGITS 16
#define TOKEN_MAX  4096
#define VALUE_MAX  ((size_t)16 << 20)

uint64_t
aws_token_scope(const char *operation, const struct awsvalue *in, const char *const *keys)
{
    uint64_t hash = text_hash(operation, strlen(operation) + 1, TEXT_HASH_SEED);

    for (; *keys != NULL; keys++) {
        const cJSON *value = json_get(in->object, *keys);
        struct buf text;

        buf_init(&text, VALUE_MAX);
        if (value != NULL)
            json_print(&text, value);
        hash = text_hash(*keys, strlen(*keys) + 1, hash);
        hash = text_hash(text.data, text.len + 1, hash);
        buf_fini(&text);
    }
    return hash;
}

static uint64_t
sum(uint64_t scope, const char *state)
{
    return text_hash(state, strlen(state), scope);
}

const char *
aws_token_make(struct arena *arena, uint64_t scope, const char *state)
{
    size_t len = strlen(state);
    char *token = arena_alloc(arena, SUM_DIGITS + 2 * len + 1);

    snprintf(token, SUM_DIGITS + 1, "%016llx", (unsigned long long)sum(scope, state));
    hex_format(token + SUM_DIGITS, state, len);
    return token;
}

const char *
aws_token_read(struct arena *arena, uint64_t scope, const char *token)
{
    size_t len = strlen(token);
    unsigned char claimed[SUM_DIGITS / 2];
    uint64_t claim = 0;
    char *state;

    if (len < SUM_DIGITS || len > TOKEN_MAX || len % 2 != 0 ||
        !hex_parse(claimed, token, sizeof claimed))
        return NULL;
    for (size_t i = 0; i < sizeof claimed; i++)
        claim = claim << 8 | claimed[i];
    len = (len - SUM_DIGITS) / 2;
    state = arena_alloc(arena, len + 1);
    if (!hex_parse(state, token + SUM_DIGITS, len))
        return NULL;
    return strlen(state) == len && sum(scope, state) == claim ? state : NULL;
}
