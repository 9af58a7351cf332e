/* recording.c - a recorded session, told, and looking one thing up in it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define IDS_MAX  64
#define ID_BYTES 128

void
recording_device(char text[RECORDING_DEVICE_TEXT], const char *agent)
{
    static const char *const browsers[][2] = { { "Edg/", "Edge" },
                                               { "OPR/", "Opera" },
                                               { "Firefox/", "Firefox" },
                                               { "Chrome/", "Chrome" },
                                               { "Safari/", "Safari" } };
    static const char *const systems[][2] = { { "Android", "Android" }, { "iPhone", "iPhone" },
                                              { "iPad", "iPad" },       { "Windows", "Windows" },
                                              { "Mac OS X", "macOS" },  { "Linux", "Linux" } };
    const char *browser = "", *system = "";

    for (size_t i = 0; i < sizeof browsers / sizeof browsers[0] && *browser == '\0'; i++)
        browser = strstr(agent, browsers[i][0]) != NULL ? browsers[i][1] : "";
    for (size_t i = 0; i < sizeof systems / sizeof systems[0] && *system == '\0'; i++)
        system = strstr(agent, systems[i][0]) != NULL ? systems[i][1] : "";
    snprintf(text, RECORDING_DEVICE_TEXT, "%s%s%s", browser, *browser && *system ? ", " : "",
             system);
}

/* --- telling --- */

static struct recording_seen
seen_of(const struct recording_read *read, struct arena *arena,
        const struct openreplay_summary *sum)
{
    const struct recording_head *head = read->head;
    char device[RECORDING_DEVICE_TEXT] = "";

    if (head != NULL)
        recording_device(device, head->user_agent);
    return (struct recording_seen){
        .id = arena_printf(arena, "%" PRIu64, read->session),
        .start_ms = head != NULL ? head->start_ms : sum->first_ms,
        .last_ms = read->last_ms > 0 ? read->last_ms : sum->last_ms,
        .bytes = read->bytes,
        .has_full = read->has_full,
        .is_read = true,
        .has_analytics = sum->has_analytics || read->has_full,
        .pages = sum->pages,
        .clicks = sum->clicks,
        .errors = sum->errors,
        .failed_requests = sum->failed_requests,
        .faults = sum->faults,
        .device = arena_strdup(arena, device),
        .zone = arena_strdup(arena, head != NULL ? head->timezone : ""),
    };
}

static void
add_id(struct recording_told *told, const char **ids, struct arena *arena, const char *text,
       size_t length)
{
    if (length == 0 || length > ID_BYTES || told->id_count == IDS_MAX)
        return;
    for (size_t i = 0; i < told->id_count; i++) {
        if (strlen(ids[i]) == length && memcmp(ids[i], text, length) == 0)
            return;
    }
    ids[told->id_count++] = arena_strndup(arena, text, length);
}

static void
begin_reading(struct openreplay_reader *reader, const struct recording_bytes *body)
{
    if (body->is_file)
        openreplay_reader_init_file(reader, body->at, body->length);
    else
        openreplay_reader_init(reader, body->at, body->length);
}

/* Who the application says it is, with setUserID and setMetadata: by these ids errors are found. */
static void
find_ids(struct recording_told *told, struct arena *arena, const struct recording_head *head)
{
    const char **ids = arena_alloc(arena, IDS_MAX * sizeof *ids);
    struct openreplay_message message;
    struct openreplay_reader reader;

    told->ids = ids;
    if (head != NULL)
        add_id(told, ids, arena, head->user_id, strlen(head->user_id));
    for (size_t i = 0; i < told->body_count; i++) {
        begin_reading(&reader, &told->bodies[i]);
        while (openreplay_reader_next(&reader, &message)) {
            const struct openreplay_text *user = &message.values[0].text,
                                         *value = &message.values[1].text;

            if (message.id == OPENREPLAY_USER_ID)
                add_id(told, ids, arena, user->at, user->length);
            else if (message.id == OPENREPLAY_METADATA)
                add_id(told, ids, arena, value->at, value->length);
        }
    }
}

static void
tell_story(struct recording_told *told, struct arena *arena)
{
    struct openreplay_story *story = openreplay_story_new(arena, RECORDING_LINES_MAX, false);

    for (size_t i = 0; i < told->body_count; i++)
        (void)openreplay_story_take(story, told->bodies[i].at, told->bodies[i].length,
                                    told->bodies[i].is_file); /* the story counts its faults */
    told->lines = openreplay_story_lines(story, &told->line_count);
    openreplay_story_summary(story, &told->summary);
    openreplay_story_free(story);
}

void
recording_tell(struct recording_told *told, struct arena *arena, const struct recording_read *read)
{
    struct recording_bytes *bodies = arena_alloc(arena, (read->body_count + 1) * sizeof *bodies);

    if (read->body_count > 0)
        memcpy(bodies, read->bodies, read->body_count * sizeof *bodies);
    *told = (struct recording_told){
        .bodies = bodies,
        .body_count = read->body_count,
        .has_head = read->head != NULL,
        .version = read->head != NULL ? arena_strdup(arena, read->head->tracker_version) : "",
        .user_agent = read->head != NULL ? arena_strdup(arena, read->head->user_agent) : "",
    };
    tell_story(told, arena);
    told->seen = seen_of(read, arena, &told->summary);
    find_ids(told, arena, read->head);
}

/* --- one message --- */

bool
recording_message(struct openreplay_message *out, const struct recording_told *told,
                  const struct openreplay_line *line)
{
    struct openreplay_reader reader;
    const struct recording_bytes *body;

    if (line->body >= told->body_count || line->offset >= told->bodies[line->body].length)
        return false;
    body = &told->bodies[line->body];
    begin_reading(&reader, body);
    reader.at = line->offset;
    reader.is_file = true; /* it need not begin with a header */
    return openreplay_reader_next(&reader, out) && out->offset == line->offset;
}
