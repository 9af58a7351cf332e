/* openreplay_batch.c - bodies and files, message by message.
 * SPDX-License-Identifier: MIT
 *
 * The header of a segment is read in one place (take_header()), as later trackers may have another
 * one. Three layouts share one reader; which of them a file without a header has is not written
 * anywhere, so each is tried on the first messages, and the one that understands most of them is
 * taken.
 *
 * A body whose first message is not BatchMetadata is a fault, but if that message can be read, so
 * can the rest: trackers with a known defect (OpenReplay issue 4836) sent such bodies, and what is
 * in them may be what somebody is looking for. */
#include "config.h"

#include "domain/openreplay_batch.h"

#include <stdio.h>
#include <string.h>

#include "domain/openreplay_decode.h"

#define FILE_HEADER 8
#define INDEX_BYTES 8
#define SIZE_BYTES  3
/* So many messages are tried with each layout of a file that does not say which it has. */
#define TRIAL_MESSAGES 100
/* The largest integer of JavaScript; as a time it is far beyond any. */
#define TIME_MAX (INT64_C(1) << 53)

void
openreplay_fault_describe(char *text, size_t size, const struct openreplay_fault *fault)
{
    static const char *const sentences[] = {
        [OPENREPLAY_NO_FAULT] = "no fault",
        [OPENREPLAY_TRUNCATED] = "what begins at byte %zu goes beyond the end",
        [OPENREPLAY_OVERLONG] = "the number at byte %zu has more than 64 bits",
        [OPENREPLAY_NO_HEADER] = "expected BatchMetadata (81) at byte %zu",
        [OPENREPLAY_BAD_VERSION] = "BatchMetadata at byte %zu has version 0, expected 1 to 5: the "
                                   "tracker is older than 6.0",
        [OPENREPLAY_TEXT_TOO_LONG] = "the text at byte %zu is longer than 10000000 bytes",
        [OPENREPLAY_UNKNOWN_ID] = "the message at byte %zu is not known, and this layout has no "
                                  "sizes to step over it",
    };

    snprintf(text, size, sentences[fault->kind], fault->offset);
}

/* --- what a message says of those that follow --------------------------------------------------
 */

static int64_t
time_of(uint64_t value)
{
    return value > (uint64_t)TIME_MAX ? TIME_MAX : (int64_t)value;
}

static void
take_header(struct openreplay_reader *reader, const struct openreplay_message *header)
{
    if (reader->begun)
        reader->segment++;
    reader->begun = true;
    reader->version = (unsigned)(header->values[0].u > UINT8_MAX ? UINT8_MAX : header->values[0].u);
    reader->page_no = header->values[1].u;
    reader->first_index = header->values[2].u;
    reader->now_ms = header->values[3].i < 0 ? 0 : time_of((uint64_t)header->values[3].i);
    reader->page = header->values[4].text;
    reader->tab = (struct openreplay_text){ "", 0 };
}

static void
take_in(struct openreplay_reader *reader, const struct openreplay_message *message)
{
    switch (message->id) {
    case OPENREPLAY_TIMESTAMP:
        reader->now_ms = time_of(message->values[0].u);
        break;
    case OPENREPLAY_TAB_DATA:
        reader->tab = message->values[0].text;
        break;
    case OPENREPLAY_SET_PAGE_LOCATION_OLD:
    case OPENREPLAY_SET_PAGE_LOCATION:
        reader->page = message->values[0].text;
        break;
    case OPENREPLAY_BATCH_METADATA:
        take_header(reader, message);
        break;
    default:
        break;
    }
}

/* --- one message -------------------------------------------------------------------------------
 */

static bool
stop(struct openreplay_reader *reader, enum openreplay_fault_kind kind, size_t offset)
{
    if (reader->fault.kind == OPENREPLAY_NO_FAULT)
        reader->fault = (struct openreplay_fault){ .kind = kind, .offset = offset };
    reader->ended = true;
    return false;
}

static bool
read_size(struct openreplay_cursor *cursor, size_t *size)
{
    if (cursor->end - cursor->at < SIZE_BYTES)
        return false;
    *size = (size_t)cursor->at[0] | (size_t)cursor->at[1] << 8 | (size_t)cursor->at[2] << 16;
    cursor->at += SIZE_BYTES;
    return *size <= (size_t)(cursor->end - cursor->at);
}

/* The id is read. `exact`: the fields filled the size. */
static bool
read_sized(struct openreplay_reader *reader, struct openreplay_cursor *cursor,
           struct openreplay_message *out, bool *exact)
{
    struct openreplay_cursor fields;
    struct openreplay_fault fault;
    size_t begin = (size_t)(cursor->at - cursor->start), size;

    if (!read_size(cursor, &size))
        return stop(reader, OPENREPLAY_TRUNCATED, begin);
    fields = (struct openreplay_cursor){ cursor->start, cursor->at, cursor->at + size };
    cursor->at += size;
    *exact = false;
    if (out->layout == NULL)
        return true;
    if (!openreplay_decode_fields(&fields, out, true, &fault))
        return stop(reader, fault.kind, fault.offset);
    *exact = fields.at == fields.end;
    return true;
}

/* Messages without a size: BatchMetadata, and all of the older layout. */
static bool
read_unsized(struct openreplay_reader *reader, struct openreplay_cursor *cursor,
             struct openreplay_message *out)
{
    struct openreplay_fault fault;

    if (out->layout == NULL)
        return stop(reader, OPENREPLAY_UNKNOWN_ID, out->offset);
    if (!openreplay_decode_fields(cursor, out, false, &fault))
        return stop(reader, fault.kind, fault.offset);
    if (out->id == OPENREPLAY_BATCH_METADATA && out->values[0].u == 0)
        return stop(reader, OPENREPLAY_BAD_VERSION, out->offset);
    return true;
}

/* Each message of the older layout may have its number before it. */
static bool
read_index(struct openreplay_reader *reader, uint64_t *index)
{
    *index = 0;
    if (reader->layout != OPENREPLAY_INDEXED)
        return true;
    if (reader->length - reader->at < INDEX_BYTES)
        return stop(reader, OPENREPLAY_TRUNCATED, reader->at);
    for (unsigned i = 0; i < INDEX_BYTES; i++)
        *index |= (uint64_t)reader->body[reader->at + i] << (8 * i);
    reader->at += INDEX_BYTES;
    return true;
}

static bool
read_message(struct openreplay_reader *reader, struct openreplay_message *out)
{
    struct openreplay_cursor cursor = { reader->body, reader->body + reader->at,
                                        reader->body + reader->length };
    struct openreplay_fault fault;
    bool is_first = reader->at == 0 && !reader->is_file, exact = true;

    out->offset = reader->at;
    if (!openreplay_decode_varint(&cursor, &out->id, &fault))
        return stop(reader, fault.kind, fault.offset);
    out->layout = openreplay_layout(out->id);
    if (reader->layout != OPENREPLAY_SIZED || out->id == OPENREPLAY_BATCH_METADATA) {
        if (!read_unsized(reader, &cursor, out))
            return false;
    } else {
        if (is_first)
            reader->fault = (struct openreplay_fault){ .kind = OPENREPLAY_NO_HEADER };
        if (!read_sized(reader, &cursor, out, &exact))
            return false;
        if (is_first && !exact)
            return stop(reader, OPENREPLAY_NO_HEADER, 0);
    }
    reader->at = (size_t)(cursor.at - reader->body);
    out->length = reader->at - out->offset;
    return true;
}

/* --- files -------------------------------------------------------------------------------------
 */

/* Seven 0xff, then 0xff, 0xfe or 0xfd. */
static bool
is_file_header(const uint8_t *at, size_t length)
{
    static const uint8_t ones[FILE_HEADER - 1] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

    return length >= FILE_HEADER && memcmp(at, ones, sizeof ones) == 0 &&
           at[FILE_HEADER - 1] >= 0xfd;
}

/* The second file of a session may have been joined to the first with its header. */
static void
step_over_file_header(struct openreplay_reader *reader)
{
    if (reader->is_file && is_file_header(reader->body + reader->at, reader->length - reader->at))
        reader->at += FILE_HEADER;
}

bool
openreplay_reader_next(struct openreplay_reader *reader, struct openreplay_message *out)
{
    uint64_t index;

    do {
        step_over_file_header(reader);
        if (reader->ended || reader->at == reader->length)
            return false;
        if (!read_index(reader, &index) || !read_message(reader, out))
            return false;
    } while (index < reader->index); /* a repeat: OpenReplay's player drops it, too */
    reader->index = index;
    take_in(reader, out);
    return true;
}

/* How many of the first messages make sense in that layout; all, if the end comes without a fault.
 */
static unsigned
try_layout(const struct openreplay_reader *reader, enum openreplay_layout_kind layout)
{
    struct openreplay_reader trial = *reader;
    struct openreplay_message message;
    unsigned understood = 0;

    trial.layout = layout;
    while (understood < TRIAL_MESSAGES && openreplay_reader_next(&trial, &message)) {
        if (message.layout == NULL)
            return understood;
        understood++;
    }
    return trial.at == trial.length && !trial.ended ? TRIAL_MESSAGES : understood;
}

/* A number before each message is a count: its upper two bytes are zero, and a known id follows. A
 * file without numbers begins with a time, which has no zero there. */
static bool
looks_indexed(const struct openreplay_reader *reader)
{
    size_t at = reader->at;

    if (is_file_header(reader->body, reader->length))
        at += FILE_HEADER;
    return reader->length - at > INDEX_BYTES && reader->body[at + 6] == 0 &&
           reader->body[at + 7] == 0 && openreplay_layout(reader->body[at + INDEX_BYTES]) != NULL;
}

static enum openreplay_layout_kind
guess_layout(const struct openreplay_reader *reader, enum openreplay_layout_kind first)
{
    enum openreplay_layout_kind best = first, last = OPENREPLAY_BARE;
    unsigned most = 0;

    if (looks_indexed(reader))
        last = OPENREPLAY_INDEXED;
    for (enum openreplay_layout_kind layout = first; layout <= last; layout++) {
        unsigned understood = try_layout(reader, layout);

        if (understood > most) {
            most = understood;
            best = layout;
        }
    }
    return best;
}

void
openreplay_reader_init(struct openreplay_reader *reader, const void *body, size_t length)
{
    *reader = (struct openreplay_reader){
        .body = body, .length = length, .tab = { "", 0 }, .page = { "", 0 }
    };
    if (length == 0)
        stop(reader, OPENREPLAY_NO_HEADER, 0);
}

void
openreplay_reader_init_file(struct openreplay_reader *reader, const void *file, size_t length)
{
    const uint8_t *bytes = file;

    openreplay_reader_init(reader, length == 0 ? "" : file, length);
    reader->is_file = true;
    reader->ended = length == 0;
    reader->fault = (struct openreplay_fault){ .kind = OPENREPLAY_NO_FAULT };
    if (length == 0)
        return;
    if (!is_file_header(bytes, length))
        reader->layout = guess_layout(reader, OPENREPLAY_SIZED);
    else if (bytes[FILE_HEADER - 1] == 0xff)
        reader->layout = guess_layout(reader, OPENREPLAY_INDEXED);
}
