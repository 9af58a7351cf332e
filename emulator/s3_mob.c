/* s3_mob.c - which messages go into dom.mobs, dom.mobe and devtools.mob.
 * SPDX-License-Identifier: MIT
 *
 * As OpenReplay's backend does it: the page and its assets go into the dom files, those of the first
 * 15 seconds into dom.mobs, so that playing can begin; devtools have a file; what is kept in its
 * database (errors, vitals, events, inputs, analytics) is in no file. A body of protocol 1 has all
 * of it mixed, so files are made message by message: each begins with the eight bytes of the layout
 * that has sizes, and a message is preceded by the BatchMetadata and the Timestamp it stood behind,
 * once each. */
#include "config.h"

#include "emulator/s3_mob.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/openreplay_batch.h"
#include "wire/zstd.h"

#define BEGIN_MS 15000
#define OUTPUTS  3 /* without obsview.full */

struct output {
    struct zstd_writer *writer;
    bool has_any;
    unsigned header, time; /* the last that was written */
};

struct s3_mob {
    struct output outputs[OUTPUTS];
    int64_t first_ms;      /* 0: no message yet */
    unsigned header, time; /* how many there were */
};

/* Where in a body the last ones are. */
struct place {
    const char *at;
    size_t length; /* 0: none yet */
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

/* Kept in the database instead (OpenReplay's backend, the messages its sink does not write). */
static bool
is_in_no_file(const struct openreplay_message *message)
{
    static const unsigned char ids[] = { 17, 23, 24, 27, 28,  29,  30,  42,
                                         63, 64, 78, 81, 112, 115, 124, 125 };

    return (message->id < 256 && memchr(ids, (int)message->id, sizeof ids) != NULL) ||
           (message->layout != NULL && message->layout->stream == OPENREPLAY_ANALYTICS);
}

static struct output *
output_of(struct s3_mob *mob, const struct openreplay_message *message, int64_t now_ms)
{
    if (message->layout != NULL && message->layout->stream == OPENREPLAY_DEVTOOLS)
        return &mob->outputs[RECORDING_DEVTOOLS];
    if (mob->first_ms == 0)
        mob->first_ms = now_ms;
    return &mob->outputs[now_ms - mob->first_ms < BEGIN_MS ? RECORDING_BEGIN : RECORDING_REST];
}

static void
put(struct s3_mob *mob, struct output *output, struct place header, struct place time,
    struct place message)
{
    if (!output->has_any)
        zstd_writer_add(output->writer, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8);
    output->has_any = true;
    if (output->header != mob->header)
        zstd_writer_add(output->writer, header.at, header.length);
    if (time.length > 0 && (output->time != mob->time || output->header != mob->header))
        zstd_writer_add(output->writer, time.at, time.length);
    output->header = mob->header;
    output->time = mob->time;
    zstd_writer_add(output->writer, message.at, message.length);
}

void
s3_mob_add(struct s3_mob *mob, const void *body, size_t length)
{
    struct place header = { .length = 0 }, time = { .length = 0 };
    struct openreplay_reader reader;
    struct openreplay_message message;

    openreplay_reader_init(&reader, body, length);
    while (openreplay_reader_next(&reader, &message)) {
        struct place here = { (const char *)body + message.offset, message.length };

        if (message.id == OPENREPLAY_BATCH_METADATA) {
            header = here;
            time.length = 0;
            mob->header++;
        } else if (message.id == OPENREPLAY_TIMESTAMP) {
            time = here;
            mob->time++;
        } else if (header.length > 0 && !is_in_no_file(&message))
            put(mob, output_of(mob, &message, reader.now_ms), header, time, here);
    }
}

const struct buf *
s3_mob_end(struct s3_mob *mob, enum recording_file file)
{
    return mob->outputs[file].has_any ? zstd_writer_end(mob->outputs[file].writer) : NULL;
}
