/* pii_hash.c - the two hashes of HMAC (RFC 2104), begun once.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/pii_hash.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/pack.h"

static void
begin(SHA256_CTX *context, const uint8_t *key, size_t length, uint8_t pad)
{
    uint8_t block[SHA256_CBLOCK];

    memset(block, pad, sizeof block);
    for (size_t i = 0; i < length; i++)
        block[i] ^= key[i];
    SHA256_Init(context);
    SHA256_Update(context, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

void
pii_hash_init(struct pii_hash *hash, const uint8_t *key, size_t length)
{
    assert(length <= SHA256_CBLOCK);
    for (size_t i = 0; i < PII_HASH_KNOWN; i++)
        hash->known[i].length = 0;
    begin(&hash->inner, key, length, 0x36);
    begin(&hash->outer, key, length, 0x5c);
}

void
pii_hash_fini(struct pii_hash *hash)
{
    OPENSSL_cleanse(hash, sizeof *hash);
}

static void
make(const struct pii_hash *hash, const char *value, size_t length, uint8_t out[16])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX context = hash->inner;

    SHA256_Update(&context, value, length);
    SHA256_Final(digest, &context);
    context = hash->outer;
    SHA256_Update(&context, digest, sizeof digest);
    SHA256_Final(digest, &context);
    memcpy(out, digest, 16);
    OPENSSL_cleanse(&context, sizeof context);
}

void
pii_hash_make(struct pii_hash *hash, const char *value, size_t length, uint8_t out[16])
{
    struct pii_hash_known *known;

    if (length == 0 || length > PII_HASH_SHORT) {
        make(hash, value, length, out);
        return;
    }
    known = &hash->known[pack_hash(value, length) % PII_HASH_KNOWN];
    if (known->length != length || memcmp(known->value, value, length) != 0) {
        make(hash, value, length, known->hash);
        memcpy(known->value, value, length);
        known->length = (uint8_t)length;
    }
    memcpy(out, known->hash, 16);
}
