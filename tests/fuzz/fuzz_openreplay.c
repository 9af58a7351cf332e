/* fuzz_openreplay.c - any bytes as a body of a tracker and as a file of a bucket.
 * SPDX-License-Identifier: MIT
 *
 * They are read, told as a story, sorted into files, and those files read again. The seeds are what
 * real trackers sent (fixtures/openreplay). */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "domain/openreplay_mob.h"
#include "domain/openreplay_story.h"

#define LINES_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_fields(const struct openreplay_message *message, const uint8_t *data, size_t size)
{
    const struct openreplay_layout *layout = message->layout;

    for (unsigned i = 0; layout != NULL && i < layout->field_count; i++) {
        const struct openreplay_text *text = &message->values[i].text;

        if (layout->fields[i].type != OPENREPLAY_TEXT || text->length == 0)
            continue;
        assert((const uint8_t *)text->at >= data);
        assert((const uint8_t *)text->at + text->length <= data + size);
    }
}

/* How many messages there are. */
static size_t
read_all(struct openreplay_reader *reader, const uint8_t *data, size_t size)
{
    struct openreplay_message message;
    size_t messages = 0, end = 0;
    char sentence[160];

    while (openreplay_reader_next(reader, &message)) {
        assert(message.offset >= end && message.length > 0);
        end = message.offset + message.length;
        assert(end <= size && reader->now_ms >= 0);
        check_fields(&message, data, size);
        messages++;
    }
    assert(reader->fault.offset <= size);
    openreplay_fault_describe(sentence, sizeof sentence, &reader->fault);
    assert(sentence[0] != '\0');
    return messages;
}

static void
check_line(const struct openreplay_line *line, size_t size)
{
    assert(line->kind > OPENREPLAY_NOISE && line->kind < OPENREPLAY_KINDS);
    assert(line->body == 0 && line->offset < size && line->repeated > 0);
    assert(line->page != NULL && line->tab != NULL);
    assert(text_utf8_end(line->text, strlen(line->text)) == strlen(line->text));
    if (line->element != NULL)
        assert(text_utf8_end(line->element, strlen(line->element)) == strlen(line->element));
    for (const char *c = line->text; *c != '\0'; c++)
        assert((unsigned char)*c >= ' ');
}

static void
tell(const uint8_t *data, size_t size, bool is_file, bool reveal)
{
    struct arena *arena = arena_new();
    struct openreplay_story *story = openreplay_story_new(arena, LINES_MAX, reveal);
    const struct openreplay_line *lines;
    struct openreplay_summary summary;
    size_t count;

    openreplay_story_take(story, data, size, is_file);
    lines = openreplay_story_lines(story, &count);
    openreplay_story_summary(story, &summary);
    openreplay_story_free(story);
    assert(count <= LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        check_line(&lines[i], size);
        assert(i == 0 || lines[i - 1].time_ms <= lines[i].time_ms);
    }
    arena_free(arena);
}

/* What is written can be read, and is as many messages as were said to be. */
static void
sort_into_files(const uint8_t *data, size_t size, size_t messages)
{
    for (enum openreplay_file file = 0; file < OPENREPLAY_FILES; file++) {
        struct openreplay_reader reader;
        struct buf out;
        size_t added;

        buf_init(&out, 4 * size + 100);
        openreplay_mob_begin(&out);
        added = openreplay_mob_add(&out, file, 1000, data, size);
        assert(!buf_failed(&out) && added <= messages);
        openreplay_reader_init_file(&reader, out.data, out.len);
        assert(read_all(&reader, (const uint8_t *)out.data, out.len) >= added);
        assert(reader.fault.kind == OPENREPLAY_NO_FAULT);
        buf_fini(&out);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct openreplay_reader reader;
    size_t messages;

    openreplay_reader_init_file(&reader, data, size);
    read_all(&reader, data, size);
    openreplay_reader_init(&reader, data, size);
    messages = read_all(&reader, data, size);
    sort_into_files(data, size, messages);
    tell(data, size, false, size % 2 == 1);
    tell(data, size, true, false);
    return 0;
}
