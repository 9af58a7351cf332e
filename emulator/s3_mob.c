/* s3_mob.c - dom.mobs, dom.mobe and devtools.mob, packed as they are made.
 * SPDX-License-Identifier: MIT
 *
 * What belongs into which file says domain/openreplay_mob.h; here bodies go through one after the
 * other, so that only one of them is in memory in plain. */
#include "config.h"

#include "emulator/s3_mob.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "wire/zstd.h"

#define OUTPUTS 3 /* without obsview.full */
#define PLAIN_MAX                                                                  \
    (RECORDING_BODY_MAX + 4096) /* of a body: what stands before a message besides \
                                 */

struct output {
    struct zstd_writer *writer;
    bool has_any;
};

struct s3_mob {
    struct output outputs[OUTPUTS];
    int64_t start_ms; /* 0: no message yet */
};

struct s3_mob *
s3_mob_new(size_t max)
{
    struct s3_mob *mob = xcalloc(1, sizeof *mob);

    for (int i = 0; i < OUTPUTS; i++)
        mob->outputs[i].writer = zstd_writer_new(max);
    return mob;
}

void
s3_mob_free(struct s3_mob *mob)
{
    if (mob == NULL)
        return;
    for (int i = 0; i < OUTPUTS; i++)
        zstd_writer_free(mob->outputs[i].writer);
    free(mob);
}

static void
add_to(struct s3_mob *mob, enum recording_file file, const void *body, size_t length)
{
    struct output *output = &mob->outputs[file];
    struct buf plain;

    buf_init(&plain, PLAIN_MAX);
    if (!output->has_any)
        openreplay_mob_begin(&plain);
    if (openreplay_mob_add(&plain, recording_openreplay_file(file), mob->start_ms, body, length) >
        0) {
        zstd_writer_add(output->writer, plain.data, plain.len);
        output->has_any = true;
    }
    buf_fini(&plain);
}

void
s3_mob_add(struct s3_mob *mob, int64_t first_ms, const void *body, size_t length)
{
    if (mob->start_ms == 0)
        mob->start_ms = first_ms;
    for (int i = 0; i < OUTPUTS; i++)
        add_to(mob, (enum recording_file)i, body, length);
}

const struct buf *
s3_mob_end(struct s3_mob *mob, enum recording_file file)
{
    return mob->outputs[file].has_any ? zstd_writer_end(mob->outputs[file].writer) : NULL;
}
