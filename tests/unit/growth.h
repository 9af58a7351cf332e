/* growth.h - whether work grows with the length of a text or with its square.
 * SPDX-License-Identifier: MIT
 *
 * A ratio and no time, so that it says the same on any machine: of a text that is sixteen times as
 * long, linear work is sixteen times as much, and work of the square 256 times. Sanitizers look at
 * all the bytes that are handed to memmem() or strchr(), however few it reads: their work is
 * theirs, and is not judged. */
#ifndef OV_TESTS_GROWTH_H
#define OV_TESTS_GROWTH_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define GROWTH_IS_JUDGED 0
#else
#define GROWTH_IS_JUDGED 1
#endif

#define GROWTH_SHORT ((size_t)48 << 10)
#define GROWTH_TIMES 16
#define GROWTH_MOST  64
#define GROWTH_TRIES 3
#define GROWTH_LEAST (CLOCKS_PER_SEC / 4) /* below it the square is not to be seen */

typedef void growth_work(void *arg, const char *text, size_t length);

/* The processor's time, the least of some tries: what others do on the machine only adds to it. */
static inline clock_t
growth_measure(growth_work *work, void *arg, const char *lead, const char *piece, size_t length,
               int tries)
{
    clock_t least = 0;
    struct buf text;

    buf_init(&text, 2 * length + 1024);
    buf_adds(&text, lead);
    while (text.len < length)
        buf_adds(&text, piece);
    for (int i = 0; i < tries; i++) {
        const clock_t start = clock();
        clock_t took;

        work(arg, text.data, text.len);
        took = clock() - start;
        least = i == 0 || took < least ? took : least;
    }
    buf_fini(&text);
    return least;
}

static inline bool
growth_looks_square(growth_work *work, void *arg, const char *lead, const char *piece)
{
    const clock_t few = growth_measure(work, arg, lead, piece, GROWTH_SHORT, GROWTH_TRIES);
    const clock_t many = growth_measure(work, arg, lead, piece, GROWTH_TIMES * GROWTH_SHORT, 1);

    return GROWTH_IS_JUDGED && many > GROWTH_LEAST && many > GROWTH_MOST * (few + 1);
}

/* Of `lead`, and then `piece` again and again. Memory that is used for the first time costs, too,
 * so what looks like it is looked at twice. */
static inline bool
growth_is_of_the_square(growth_work *work, void *arg, const char *lead, const char *piece)
{
    return growth_looks_square(work, arg, lead, piece) &&
           growth_looks_square(work, arg, lead, piece);
}

#endif
