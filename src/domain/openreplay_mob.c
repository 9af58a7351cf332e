/* openreplay_mob.c - bodies of the tracker sorted into files.
 * SPDX-License-Identifier: MIT
 *
 * Messages are copied as they are. BatchMetadata, Timestamp and TabData are written when a message
 * that needs them is, and not again until they change: so a file in which a segment has nothing has
 * nothing of that segment. */
#include "config.h"

#include "domain/openreplay_mob.h"

#include "base/pack.h"

#define HEADER "\xff\xff\xff\xff\xff\xff\xff\xfe"

static const char *const names[OPENREPLAY_FILES] = { [OPENREPLAY_DOM_START] = "dom.mobs",
                                                     [OPENREPLAY_DOM_REST] = "dom.mobe",
                                                     [OPENREPLAY_DEVTOOLS_FILE] = "devtools.mob",
                                                     [OPENREPLAY_FULL] = "obsview.full" };

const char *
openreplay_file_name(enum openreplay_file file)
{
    return names[file];
}

void
openreplay_mob_begin(struct buf *out)
{
    buf_add(out, HEADER, sizeof HEADER - 1);
}

/* What has to stand before the next message. */
struct pending {
    size_t offset, length; /* in the body; length 0: nothing */
};

struct sorting {
    struct buf *out;
    const char *body;
    struct pending header, time, tab;
};

/* Bodies of trackers with a known defect have none; what is behind must not count to the body
 * before it. */
static void
add_empty_header(struct buf *out)
{
    pack_varint(out, OPENREPLAY_BATCH_METADATA);
    pack_varint(out, 1); /* version: all messages */
    pack_varint(out, 0);
    pack_varint(out, 0);
    pack_signed(out, 0);
    pack_text(out, "");
}

static void
flush(struct sorting *sorting, struct pending *pending)
{
    buf_add(sorting->out, sorting->body + pending->offset, pending->length);
    pending->length = 0;
}

static bool
belongs(enum openreplay_file file, int64_t start_ms, const struct openreplay_reader *reader,
        const struct openreplay_message *message)
{
    /* Of one that is not known the segment says which stream it is of. */
    static const enum openreplay_stream of_version[] = {
        OPENREPLAY_HEADER, OPENREPLAY_PLAYER,   OPENREPLAY_PLAYER,
        OPENREPLAY_ASSETS, OPENREPLAY_DEVTOOLS, OPENREPLAY_ANALYTICS
    };
    enum openreplay_stream stream = OPENREPLAY_PLAYER;

    if (message->layout != NULL)
        stream = message->layout->stream;
    else if (reader->version < sizeof of_version / sizeof *of_version)
        stream = of_version[reader->version];
    if (file == OPENREPLAY_DEVTOOLS_FILE)
        return stream == OPENREPLAY_DEVTOOLS;
    if (stream != OPENREPLAY_PLAYER && stream != OPENREPLAY_ASSETS)
        return false;
    return (file == OPENREPLAY_DOM_START) == (reader->now_ms < start_ms + OPENREPLAY_DOM_START_MS);
}

static bool
is_state(const struct openreplay_message *message, struct sorting *sorting, struct pending **out)
{
    switch (message->id) {
    case OPENREPLAY_BATCH_METADATA:
        *out = &sorting->header;
        sorting->time.length = 0;
        sorting->tab.length = 0;
        return true;
    case OPENREPLAY_TIMESTAMP:
        *out = &sorting->time;
        return true;
    case OPENREPLAY_TAB_DATA:
        *out = &sorting->tab;
        return true;
    default:
        return false;
    }
}

static size_t
add_all(struct buf *out, struct openreplay_reader *reader)
{
    struct openreplay_message message;
    size_t messages = 0, end = 0;

    while (openreplay_reader_next(reader, &message)) {
        messages++;
        end = message.offset + message.length;
    }
    if (end > 0 && reader->fault.kind == OPENREPLAY_NO_HEADER)
        add_empty_header(out);
    buf_add(out, reader->body, end);
    return messages;
}

size_t
openreplay_mob_add(struct buf *out, enum openreplay_file file, int64_t start_ms, const void *body,
                   size_t length)
{
    struct sorting sorting = { .out = out, .body = body };
    struct openreplay_message message;
    struct openreplay_reader reader;
    struct pending *pending;
    size_t messages = 0;

    openreplay_reader_init(&reader, body, length);
    if (file == OPENREPLAY_FULL)
        return add_all(out, &reader);
    while (openreplay_reader_next(&reader, &message)) {
        if (is_state(&message, &sorting, &pending)) {
            *pending = (struct pending){ message.offset, message.length };
            continue;
        }
        if (!belongs(file, start_ms, &reader, &message))
            continue;
        if (messages++ == 0 && !reader.begun)
            add_empty_header(out);
        flush(&sorting, &sorting.header);
        flush(&sorting, &sorting.time);
        flush(&sorting, &sorting.tab);
        buf_add(out, sorting.body + message.offset, message.length);
    }
    return messages;
}
