/* scrubber.c - a scanner under a lock, and the hashes of texts that are clean.
 * SPDX-License-Identifier: MIT
 *
 * Pages, user agents and messages repeat, so mostly a text costs a look and a hash; the lock is for
 * those that are new. A slot of the table keeps the last text that fell into it. */
#include "config.h"

#include "emulator/scrubber.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/pack.h"

#define SLOTS      4096 /* a power of two */
#define OUTPUT_MAX ((size_t)256 << 10)
#define UNJUDGED   " [cut here: it cannot be searched for personal data]"

struct scrubber {
    pthread_mutex_t lock;
    struct pii_scanner *scanner;        /* scans under the lock; looks without */
    atomic_uint_least64_t clean[SLOTS]; /* 0: none */
};

static uint64_t
hash_of(enum pii_reading reading, const char *text, size_t len)
{
    uint64_t hash = pack_hash(text, len) + (uint64_t)reading;

    return hash == 0 ? 1 : hash;
}

bool
scrubber_knows_clean(const struct scrubber *s, enum pii_reading reading, const char *text,
                     size_t len)
{
    uint64_t hash;

    if (len == 0 || !pii_is_suspect(s->scanner, text, len))
        return true;
    hash = hash_of(reading, text, len);
    return atomic_load_explicit(&s->clean[hash % SLOTS], memory_order_relaxed) == hash;
}

void
scrubber_note_clean(struct scrubber *s, enum pii_reading reading, const char *text, size_t len)
{
    uint64_t hash = hash_of(reading, text, len);

    atomic_store_explicit(&s->clean[hash % SLOTS], hash, memory_order_relaxed);
}

const char *
scrubber_scrub(struct scrubber *s, struct arena *arena, enum pii_reading reading, const char *text,
               size_t len, size_t *out_len)
{
    const char *kept = text;
    bool is_judged;
    struct buf out;

    *out_len = len;
    if (scrubber_knows_clean(s, reading, text, len))
        return text;
    buf_init(&out, OUTPUT_MAX);
    pthread_mutex_lock(&s->lock);
    is_judged = pii_scrub(s->scanner, reading, text, len, &out);
    pthread_mutex_unlock(&s->lock);
    if (!is_judged)
        buf_adds(&out, UNJUDGED);
    if (buf_failed(&out)) {
        *out_len = 0;
        kept = "";
    } else if (out.len != len || memcmp(out.data, text, len) != 0) {
        *out_len = out.len;
        kept = arena_strndup(arena, out.data, out.len);
    } else {
        scrubber_note_clean(s, reading, text, len);
    }
    buf_fini(&out);
    return kept;
}

struct scrubber *
scrubber_new(const struct pii_rules *rules, const uint8_t key[PII_KEY_BYTES])
{
    struct scrubber *s = xcalloc(1, sizeof *s);

    pthread_mutex_init(&s->lock, NULL);
    s->scanner = pii_scanner_new(rules, key);
    return s;
}

void
scrubber_free(struct scrubber *s)
{
    if (s == NULL)
        return;
    pii_scanner_free(s->scanner);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
