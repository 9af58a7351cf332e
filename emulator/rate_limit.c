/* rate_limit.c - per address, a ring of (millisecond, count) pairs.
 * SPDX-License-Identifier: MIT
 *
 * One pair per millisecond in which something came makes the window exact to a millisecond with at
 * most 60,000 pairs, however high the limit is; with the usual limit of 1,000 it is at most 1,000
 * pairs. A fixed or interpolated window would be smaller, but the promise is "exactly the 1,001st",
 * and a test counts. */
#include "config.h"

#include "emulator/rate_limit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define BUCKETS     1024
#define PAIRS_FIRST 16
#define PAIRS_TOTAL ((size_t)4 << 20) /* over all addresses: 64 MiB */
#define ADDRESSES   16384

struct pair {
    int64_t ms;
    uint32_t count;
};

struct client {
    struct client *next; /* in its bucket */
    struct client *newer, *older;
    uint8_t key[17]; /* family, then the address or its first half */
    struct pair *pairs;
    size_t first, used, cap;
    uint64_t in_window;
};

struct rate_limit {
    pthread_mutex_t lock;
    int64_t limit;
    struct client *buckets[BUCKETS];
    struct client *newest, *oldest;
    size_t clients, pairs;
};

struct rate_limit *
rate_limit_new(int64_t per_minute)
{
    struct rate_limit *r = xcalloc(1, sizeof *r);

    pthread_mutex_init(&r->lock, NULL);
    r->limit = per_minute;
    return r;
}

static void
make_key(uint8_t key[static 17], const struct sockaddr_storage *peer)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)peer;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)peer;

    memset(key, 0, 17);
    if (peer->ss_family == AF_INET) {
        key[0] = 4;
        memcpy(key + 1, &v4->sin_addr, 4);
    } else if (peer->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        key[0] = 4;
        memcpy(key + 1, v6->sin6_addr.s6_addr + 12, 4);
    } else if (peer->ss_family == AF_INET6) {
        key[0] = 6;
        memcpy(key + 1, &v6->sin6_addr, 8);
    }
}

static struct client **
bucket_of(struct rate_limit *r, const uint8_t key[static 17])
{
    return &r->buckets[text_hash(key, 17, TEXT_HASH_SEED) % BUCKETS];
}

static void
unlink_age(struct rate_limit *r, struct client *c)
{
    if (c->newer != NULL)
        c->newer->older = c->older;
    else
        r->newest = c->older;
    if (c->older != NULL)
        c->older->newer = c->newer;
    else
        r->oldest = c->newer;
}

static void
link_newest(struct rate_limit *r, struct client *c)
{
    c->newer = NULL;
    c->older = r->newest;
    if (r->newest != NULL)
        r->newest->newer = c;
    r->newest = c;
    if (r->oldest == NULL)
        r->oldest = c;
}

static void
forget(struct rate_limit *r, struct client *c)
{
    struct client **at = bucket_of(r, c->key);

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    unlink_age(r, c);
    r->clients--;
    r->pairs -= c->cap;
    free(c->pairs);
    free(c);
}

static struct client *
find_or_add(struct rate_limit *r, const uint8_t key[static 17])
{
    struct client **bucket = bucket_of(r, key);
    struct client *c;

    for (c = *bucket; c != NULL; c = c->next) {
        if (memcmp(c->key, key, 17) == 0) {
            unlink_age(r, c);
            link_newest(r, c);
            return c;
        }
    }
    if (r->clients >= ADDRESSES)
        forget(r, r->oldest);
    c = xcalloc(1, sizeof *c);
    memcpy(c->key, key, 17);
    c->next = *bucket;
    *bucket = c;
    link_newest(r, c);
    r->clients++;
    return c;
}

static void
drop_past(struct client *c, int64_t now_ms)
{
    while (c->used > 0 && c->pairs[c->first].ms <= now_ms - RATE_WINDOW_MS) {
        c->in_window -= c->pairs[c->first].count;
        c->first = (c->first + 1) % c->cap;
        c->used--;
    }
}

static void
grow(struct rate_limit *r, struct client *c)
{
    size_t cap = c->cap == 0 ? PAIRS_FIRST : c->cap * 2;
    struct pair *pairs = xreallocarray(NULL, cap, sizeof *pairs);

    for (size_t i = 0; i < c->used; i++)
        pairs[i] = c->pairs[(c->first + i) % c->cap];
    free(c->pairs);
    r->pairs += cap - c->cap;
    c->pairs = pairs;
    c->first = 0;
    c->cap = cap;
    while (r->pairs > PAIRS_TOTAL && r->oldest != c)
        forget(r, r->oldest);
}

static void
count_one(struct rate_limit *r, struct client *c, int64_t now_ms)
{
    struct pair *last = c->used == 0 ? NULL : &c->pairs[(c->first + c->used - 1) % c->cap];

    c->in_window++;
    /* A clock read by another thread a moment earlier may be a millisecond behind. */
    if (last != NULL && last->ms >= now_ms) {
        last->count++;
        return;
    }
    if (c->used == c->cap)
        grow(r, c);
    c->pairs[(c->first + c->used++) % c->cap] = (struct pair){ now_ms, 1 };
}

bool
rate_limit_pass(struct rate_limit *r, const struct sockaddr_storage *peer, int64_t now_ms,
                unsigned *retry_after_s)
{
    uint8_t key[17];
    struct client *c;
    bool pass;

    if (r->limit <= 0)
        return true;
    make_key(key, peer);
    pthread_mutex_lock(&r->lock);
    c = find_or_add(r, key);
    drop_past(c, now_ms);
    pass = c->in_window < (uint64_t)r->limit;
    if (pass)
        count_one(r, c, now_ms);
    else {
        int64_t wait_ms = c->pairs[c->first].ms + RATE_WINDOW_MS - now_ms;

        *retry_after_s = wait_ms <= 1000 ? 1 : (unsigned)((wait_ms + 999) / 1000);
    }
    pthread_mutex_unlock(&r->lock);
    return pass;
}

void
rate_limit_clear(struct rate_limit *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->oldest != NULL)
        forget(r, r->oldest);
    pthread_mutex_unlock(&r->lock);
}

size_t
rate_limit_addresses(struct rate_limit *r)
{
    size_t n;

    pthread_mutex_lock(&r->lock);
    n = r->clients;
    pthread_mutex_unlock(&r->lock);
    return n;
}

void
rate_limit_free(struct rate_limit *r)
{
    if (r == NULL)
        return;
    rate_limit_clear(r);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
