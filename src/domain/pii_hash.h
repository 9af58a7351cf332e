/* pii_hash.h - HMAC-SHA-256 of many short values with one key.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_PII_HASH_H
#define OV_DOMAIN_PII_HASH_H

#include <stddef.h>
#include <stdint.h>

/* OpenSSL's own functions; those behind EVP take several allocations for each value, which is more
 * than the hash itself. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#define PII_HASH_KNOWN 16 /* of the last values, most of which come again */
#define PII_HASH_SHORT 40

struct pii_hash {
    SHA256_CTX inner, outer; /* the key is in already */
    struct pii_hash_known {
        uint8_t length; /* 0: nothing is known */
        char value[PII_HASH_SHORT];
        uint8_t hash[16];
    } known[PII_HASH_KNOWN];
};

void pii_hash_init(struct pii_hash *hash, const uint8_t *key, size_t length); /* at most 64 bytes */
void pii_hash_fini(struct pii_hash *hash);
/* The first 16 bytes. */
void pii_hash_make(struct pii_hash *hash, const char *value, size_t length, uint8_t out[16]);

#endif
