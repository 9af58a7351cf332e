/* sessions_ls.c - the sessions of a bucket.
 * SPDX-License-Identifier: MIT
 *
 * What only the bodies session_tell (pages, errors, device) is read where reading is free, beside
 * an emulator. */
#include "config.h"

#include "cli/sessions/sessions_own.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/iso8601.h"
#include "domain/openreplay_token.h"
#include "tui/format.h"

#define READ_MAX ((uint64_t)8 * 1024 * 1024) /* of a session whose bodies a list looks into */

struct session_rows {
    struct sessions *asker;
    struct session_row *list;
    size_t count, room;
    bool partial;
};

static struct session_row *
row_of(struct session_rows *rows, uint64_t session)
{
    if (rows->count > 0 && rows->list[rows->count - 1].session == session)
        return &rows->list[rows->count - 1]; /* keys come in order */
    rows->list = arena_grow(rows->asker->arena, rows->list, rows->count, &rows->room, 64,
                            sizeof *rows->list);
    rows->list[rows->count] = (struct session_row){ .session = session,
                                                    .start_ms = openreplay_session_ms(session),
                                                    .user_id = "" };
    return &rows->list[rows->count++];
}

static void
on_keys(void *arg, const struct s3_key *keys, size_t count, bool partial, const struct err *err)
{
    struct session_rows *rows = arg;
    enum recording_file file;
    uint64_t session;

    for (size_t i = 0; i < count; i++) {
        struct session_row *row;

        if (!recording_key_read(&session, &file, keys[i].key))
            continue;
        row = row_of(rows, session);
        if (file == RECORDING_FULL || row->size == 0) /* which has it all */
            row->size = keys[i].size;
        else
            row->size += keys[i].size;
        if (keys[i].modified_ms > row->last_ms)
            row->last_ms = keys[i].modified_ms;
    }
    rows->partial = partial;
    sessions_note_end(rows->asker, err);
}

static enum status
read_details(struct sessions *a, struct session_row *row, struct err *err)
{
    struct session_told t;
    size_t count;
    enum status st = session_tell(&t, a, row->session, false, err);

    if (st == OK) {
        (void)openreplay_story_lines(t.story, &count);
        openreplay_story_summary(t.story, &row->summary);
        row->is_read = true;
        if (t.has_head) {
            row->start_ms = t.head.start_ms;
            recording_device(row->device, t.head.user_agent);
        }
    }
    openreplay_story_free(t.story);
    return st;
}

static void
print_rows(const struct session_rows *rows, FILE *to)
{
    fprintf(to, "%-20s  %-19s  %-19s  %7s  %5s  %6s  %9s  %s\n", "SESSION", "START", "LAST BATCH",
            "LENGTH", "PAGES", "ERRORS", "BYTES", "DEVICE");
    for (size_t i = rows->count; i-- > 0;) {
        const struct session_row *row = &rows->list[i];
        char start[ISO8601_TEXT], last[ISO8601_TEXT], length[FORMAT_TEXT], pages[16], errors[16];

        iso8601_format_s(row->start_ms, start);
        iso8601_format_s(row->last_ms, last);
        format_span(length, row->last_ms > row->start_ms ? row->last_ms - row->start_ms : 0);
        snprintf(pages, sizeof pages, "%u", row->summary.pages);
        snprintf(errors, sizeof errors, "%u", row->summary.errors);
        fprintf(to, "%-20" PRIu64 "  %.19s  %.19s  %7s  %5s  %6s  %9" PRIu64 "  %s\n", row->session,
                start, last, length, row->is_read ? pages : "-", row->is_read ? errors : "-",
                row->size, row->is_read ? row->device : "-");
    }
}

cJSON *
session_row_json(const struct session_row *row)
{
    cJSON *out = cJSON_CreateObject();
    char text[ISO8601_TEXT], id[24];

    snprintf(id, sizeof id, "%" PRIu64, row->session);
    cJSON_AddStringToObject(out, "session", id);
    iso8601_format_ms(row->start_ms, text);
    cJSON_AddStringToObject(out, "start", text);
    iso8601_format_ms(row->last_ms, text);
    cJSON_AddStringToObject(out, "lastBatch", text);
    cJSON_AddNumberToObject(out, "bytes", (double)row->size);
    if (!row->is_read)
        return out;
    cJSON_AddNumberToObject(out, "pages", row->summary.pages);
    cJSON_AddNumberToObject(out, "clicks", row->summary.clicks);
    cJSON_AddNumberToObject(out, "errors", row->summary.errors);
    cJSON_AddNumberToObject(out, "failedRequests", row->summary.failed_requests);
    cJSON_AddNumberToObject(out, "faults", row->summary.faults);
    cJSON_AddStringToObject(out, "device", row->device);
    return out;
}

static enum status
list_sessions(struct sessions *a, struct session_rows *rows, struct err *err)
{
    struct s3_job *job = s3_list(
        a->client, a->arena,
        &(struct s3_list_request){
            .bucket = a->bucket, .prefix = "", .delimiter = "", .after = "", .max = S3_KEYS_MAX },
        &a->use, on_keys, rows);
    enum status st = sessions_finish(a, err);

    if (st == E_IO && a->err.code == OK)
        s3_cancel(job);
    return st;
}

enum status
sessions_ls(struct sessions *a, const char *id, struct err *err)
{
    struct session_rows rows = { .asker = a };
    enum status st = list_sessions(a, &rows, err);

    (void)id;
    for (size_t i = 0; st == OK && a->target.is_emulator && i < rows.count; i++) {
        if (rows.list[i].size <= READ_MAX)
            st = read_details(a, &rows.list[i], err);
        if (st == E_NOTFOUND)
            st = OK; /* it has gone meanwhile */
    }
    if (st != OK)
        return st;
    if (sessions_want_json(a->settings)) {
        cJSON *out = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(out, "sessions");

        for (size_t i = rows.count; i-- > 0;)
            cJSON_AddItemToArray(list, session_row_json(&rows.list[i]));
        cJSON_AddBoolToObject(out, "partial", rows.partial);
        sessions_print_json(out);
        cJSON_Delete(out);
    } else {
        print_rows(&rows, stdout);
    }
    if (rows.partial)
        fprintf(stderr, "obsview: the bucket has more sessions; these are the first %zu\n",
                rows.count);
    if (!a->target.is_emulator && rows.count > 0)
        fprintf(stderr, "obsview: pages, errors and device: obsview sessions show ID\n");
    return OK;
}
