/* bench_openreplay.c - decoding what real trackers sent, beside a walk over varints.
 * SPDX-License-Identifier: MIT
 *
 * All bodies of fixtures/openreplay (and of OBSVIEW_CAPTURES) are read again and again until a
 * quarter of a second is over; the best of several rounds counts. The baseline takes the same bytes
 * for one long row of varints and adds them up: the least that any decoder of such a format does.
 * Then the same with the nodes of the page kept, and as whole stories. */
#include "config.h"

#include "../unit/openreplay_captures.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/pack.h"
#include "domain/openreplay_batch.h"
#include "domain/openreplay_story.h"

#define ROUNDS  7
#define ROUND_S 0.25

static uint64_t sum; /* so that nothing is optimised away */

static double
cpu_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
walk_varints(const struct capture *capture)
{
    for (size_t i = 0; i < capture->body_count; i++) {
        struct unpack u = unpack_over(capture->bodies[i].bytes, capture->bodies[i].length);

        while (u.at < u.end)
            sum += unpack_varint(&u);
    }
}

static void
decode(const struct capture *capture)
{
    for (size_t i = 0; i < capture->body_count; i++) {
        struct openreplay_message message;
        struct openreplay_reader reader;

        openreplay_reader_init(&reader, capture->bodies[i].bytes, capture->bodies[i].length);
        while (openreplay_reader_next(&reader, &message))
            sum += message.values[0].u;
    }
}

static void
keep_nodes(const struct capture *capture)
{
    struct openreplay_nodes *nodes = openreplay_nodes_new();

    for (size_t i = 0; i < capture->body_count; i++) {
        struct openreplay_message message;
        struct openreplay_reader reader;

        openreplay_reader_init(&reader, capture->bodies[i].bytes, capture->bodies[i].length);
        while (openreplay_reader_next(&reader, &message))
            openreplay_nodes_take(nodes, &message);
    }
    openreplay_nodes_free(nodes);
}

static void
tell(const struct capture *capture)
{
    struct arena *arena = arena_new();
    struct openreplay_story *story = openreplay_story_new(arena, 0, false);
    size_t lines;

    for (size_t i = 0; i < capture->body_count; i++)
        sum +=
            openreplay_story_take(story, capture->bodies[i].bytes, capture->bodies[i].length, false)
                .offset;
    openreplay_story_lines(story, &lines);
    sum += lines;
    openreplay_story_free(story);
    arena_free(arena);
}

/* MB of bodies a second, the best of all rounds. */
static double
measure(void (*work)(const struct capture *capture), const struct captures *captures, double mb)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double begin = cpu_s(), spent = 0;
        int times = 0;

        for (; spent < ROUND_S; times++, spent = cpu_s() - begin)
            for (size_t i = 0; i < captures->count; i++)
                work(&captures->list[i]);
        if (mb * times / spent > best)
            best = mb * times / spent;
    }
    return best;
}

int
main(void)
{
    static const struct {
        const char *name;
        void (*work)(const struct capture *capture);
    } kinds[] = {
        { "varints", walk_varints },
        { "decode", decode },
        { "with nodes", keep_nodes },
        { "stories", tell },
    };
    struct captures captures;
    double mb = 0, walk = 0;

    captures_load(&captures);
    for (size_t i = 0; i < captures.count; i++)
        for (size_t k = 0; k < captures.list[i].body_count; k++)
            mb += (double)captures.list[i].bodies[k].length / 1e6;
    printf("%zu captures, %.2f MB; goal: decode at 150 MB/s\n", captures.count, mb);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        double speed = measure(kinds[i].work, &captures, mb);

        walk = i == 0 ? speed : walk;
        printf("%-10s %7.0f MB/s  %5.2f of the walk over varints\n", kinds[i].name, speed,
               speed / walk);
    }
    captures_free(&captures);
    return sum == 0;
}
