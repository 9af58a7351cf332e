/* clock.c - product time, monotonic time, UUIDs.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/mem.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

/* A system call for each id is a fortieth of what a whole request costs. */
#define RANDOM_BYTES 1024
#define ROW_SEED     0x5851f42d4c957f2du /* any that is large */

/* Of ids under a virtual clock. */
enum row { ROW_OTHERS, ROW_STORE, ROW_BESIDE, ROWS };

struct clock {
    bool is_virtual;
    _Atomic int64_t now_ms;        /* virtual only */
    _Atomic uint64_t issued[ROWS]; /* virtual only: ids handed out */
    uint64_t seed;
    pthread_mutex_t lock; /* the rest */
    uint8_t random[RANDOM_BYTES];
    size_t random_left;
};

struct clock *
clock_new_real(void)
{
    struct clock *clock = xcalloc(1, sizeof *clock);

    pthread_mutex_init(&clock->lock, NULL);
    return clock;
}

struct clock *
clock_new_virtual(int64_t start_ms)
{
    struct clock *clock = clock_new_real();

    clock->is_virtual = true;
    clock->now_ms = start_ms;
    clock->seed = (uint64_t)start_ms;
    return clock;
}

void
clock_free(struct clock *clock)
{
    if (clock == NULL)
        return;
    pthread_mutex_destroy(&clock->lock);
    free(clock);
}

int64_t
clock_now_ms(const struct clock *clock)
{
    struct timespec ts;

    if (clock->is_virtual)
        return atomic_load(&clock->now_ms);
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool
clock_is_virtual(const struct clock *clock)
{
    return clock->is_virtual;
}

void
clock_set(struct clock *clock, int64_t now_ms)
{
    int64_t before = atomic_load(&clock->now_ms);

    while (before < now_ms && !atomic_compare_exchange_weak(&clock->now_ms, &before, now_ms))
        ;
}

uint64_t
mono_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

struct timespec
mono_deadline(int64_t ms)
{
    uint64_t ns = mono_ns() + (uint64_t)ms * 1000000;

    return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000),
                              .tv_nsec = (long)(ns % 1000000000) };
}

void
mono_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

/* SplitMix64 (Steele, Lea, Flood 2014): enough to make distinct, repeatable ids; never used for
 * secrets. */
static uint64_t
split_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static void
take_random(struct clock *clock, uint8_t bytes[16])
{
    pthread_mutex_lock(&clock->lock);
    if (clock->random_left < 16) {
        /* Up to 256 bytes are never short once the pool is up, and getrandom waits for that; more
         * may be cut by a signal. */
        ssize_t n = getrandom(clock->random, sizeof clock->random, 0);

        while (n < 16)
            n = getrandom(clock->random, 16, 0);
        clock->random_left = (size_t)n;
    }
    clock->random_left -= 16;
    memcpy(bytes, clock->random + clock->random_left, 16);
    pthread_mutex_unlock(&clock->lock);
}

/* Seeds of the rows are far apart. */
static void
make_uuid(struct clock *clock, enum row row, uint8_t uuid[16])
{
    if (clock->is_virtual) {
        uint64_t n = atomic_fetch_add(&clock->issued[row], 1);
        uint64_t seed = clock->seed + row * ROW_SEED;
        uint64_t half[2] = { split_mix(seed + 2 * n), split_mix(seed + 2 * n + 1) };

        memcpy(uuid, half, 16);
    } else {
        take_random(clock, uuid);
    }
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

void
clock_uuid(struct clock *clock, uint8_t uuid[16])
{
    make_uuid(clock, ROW_OTHERS, uuid);
}

void
clock_uuid_stored(struct clock *clock, uint8_t uuid[16])
{
    make_uuid(clock, ROW_STORE, uuid);
}

void
clock_uuid_beside(struct clock *clock, uint8_t uuid[16])
{
    make_uuid(clock, ROW_BESIDE, uuid);
}

/* Where the hyphens stand: before these bytes. */
static bool
is_hyphenated(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void
uuid_format(const uint8_t uuid[16], char text[UUID_TEXT])
{
    for (size_t i = 0; i < 16; i++) {
        if (is_hyphenated(i))
            *text++ = '-';
        hex_format(text, uuid + i, 1);
        text += 2;
    }
}

bool
uuid_parse(uint8_t uuid[16], const char *text)
{
    uint8_t bytes[16];

    if (strnlen(text, UUID_TEXT) != UUID_TEXT - 1)
        return false;
    for (size_t i = 0; i < 16; i++) {
        int high, low;

        if (is_hyphenated(i) && *text++ != '-')
            return false;
        high = hex_digit(text[0]);
        low = hex_digit(text[1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    memcpy(uuid, bytes, 16);
    return true;
}
