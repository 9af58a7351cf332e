/* recording_file.c - keys of the recordings bucket, and the lines of obsview.full.
 * SPDX-License-Identifier: MIT
 *
 * The lines have a fixed size, so that where a body begins can be reckoned and what is there
 * already never moves. A session's line may change (the page may say later who the user is), its
 * size does not. Numbers that JSON readers would round are texts. */
#include "config.h"

#include "domain/recording_file.h"

#include "base/buf.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FORMAT 1
/* Texts are cut to this, so that seven of them fit however they are escaped (six bytes for one):
 * the first two are ids, the last two may be long. */
#define SHORT_BYTES 48
#define LONG_BYTES  1000

enum openreplay_file
recording_openreplay_file(enum recording_file file)
{
    static const enum openreplay_file files[RECORDING_FILES] = {
        [RECORDING_DEVTOOLS] = OPENREPLAY_DEVTOOLS_FILE,
        [RECORDING_REST] = OPENREPLAY_DOM_REST,
        [RECORDING_BEGIN] = OPENREPLAY_DOM_START,
        [RECORDING_FULL] = OPENREPLAY_FULL,
    };

    return files[file];
}

const char *
recording_file_name(enum recording_file file)
{
    return openreplay_file_name(recording_openreplay_file(file));
}

void
recording_key(char key[RECORDING_KEY_TEXT], uint64_t session, enum recording_file file)
{
    snprintf(key, RECORDING_KEY_TEXT, "%" PRIu64 "/%s", session, recording_file_name(file));
}

bool
recording_session_read(uint64_t *session, const char *text, size_t length)
{
    uint64_t number = 0;

    if (length == 0 || length > 20 || text[0] == '0')
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)(text[i] - '0');

        if (text[i] < '0' || text[i] > '9' || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *session = number;
    return true;
}

bool
recording_key_read(uint64_t *session, enum recording_file *file, const char *key)
{
    size_t length = strcspn(key, "/");

    if (key[length] == '\0' || !recording_session_read(session, key, length))
        return false;
    for (int i = 0; i < RECORDING_FILES; i++) {
        if (strcmp(key + length + 1, recording_file_name((enum recording_file)i)) == 0) {
            *file = (enum recording_file)i;
            return true;
        }
    }
    return false;
}

/* --- obsview.full --- */

/* The text as JSON, cut so that it takes at most `max` bytes with its quotes. */
static void
add_text(struct buf *b, const char *name, const char *text, size_t max)
{
    size_t len = text == NULL ? 0 : strlen(text);

    while (len > 0 && json_string_bytes(text, len) > max)
        len = len > 2 * max ? max : len - 1;
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--; /* not within a character */
    buf_addf(b, ",\"%s\":", name);
    json_print_string(b, text == NULL ? "" : text, len);
}

static void
fill_line(char *out, size_t size, const struct buf *b)
{
    memset(out, ' ', size);
    memcpy(out, b->data, b->len);
    out[size - 1] = '\n';
}

void
recording_head_write(char out[RECORDING_HEAD_BYTES], const struct recording_head *head)
{
    struct buf b;

    buf_init(&b, RECORDING_HEAD_BYTES - 1);
    buf_addf(&b, "{\"obsview\":%d,\"session\":\"%" PRIu64 "\",\"start\":%" PRId64, FORMAT,
             head->session, head->start_ms);
    buf_addf(&b, ",\"width\":%u,\"height\":%u", head->width, head->height);
    add_text(&b, "userUuid", head->user_uuid, SHORT_BYTES);
    add_text(&b, "projectKey", head->project_key, SHORT_BYTES);
    add_text(&b, "trackerVersion", head->tracker_version, SHORT_BYTES);
    add_text(&b, "timezone", head->timezone, SHORT_BYTES);
    add_text(&b, "userId", head->user_id, LONG_BYTES);
    add_text(&b, "userAgent", head->user_agent, LONG_BYTES);
    add_text(&b, "referrer", head->referrer, LONG_BYTES);
    buf_addc(&b, '}');
    fill_line(out, RECORDING_HEAD_BYTES, &b);
    buf_fini(&b);
}

void
recording_line_write(char out[RECORDING_LINE_BYTES], const struct recording_line *line)
{
    struct buf b;

    buf_init(&b, RECORDING_LINE_BYTES - 1);
    buf_addf(&b, "{\"body\":%" PRIu64 ",\"received\":%" PRId64 ",\"stream\":%u,\"length\":%zu",
             line->number, line->received_ms, line->stream, line->length);
    if (line->fault != 0)
        buf_addf(&b, ",\"fault\":%u,\"at\":%" PRIu64, line->fault, line->fault_at);
    buf_addc(&b, '}');
    fill_line(out, RECORDING_LINE_BYTES, &b);
    buf_fini(&b);
}

uint64_t
recording_full_size(uint64_t bodies, uint64_t raw_bytes)
{
    return RECORDING_HEAD_BYTES + bodies * RECORDING_LINE_BYTES + raw_bytes;
}

static enum status
read_json(const cJSON **out, struct arena *arena, const char *bytes, size_t size, const char *what,
          struct err *err)
{
    struct err why = { 0 };

    if (bytes[size - 1] != '\n' || json_parse_in(out, arena, bytes, size, &why) != OK ||
        !cJSON_IsObject(*out))
        return err_set(err, E_INVALID, "expected %s of %zu bytes of JSON%s%s", what, size,
                       why.text[0] == '\0' ? "" : ": ", why.text);
    return OK;
}

static const char *
text_of(struct arena *arena, const cJSON *line, const char *name)
{
    return arena_strdup(arena, json_get_string(line, name, ""));
}

static unsigned
small(const cJSON *line, const char *name)
{
    int64_t n = json_get_int(line, name, 0);

    return n < 0 || n > 1000000 ? 0 : (unsigned)n;
}

enum status
recording_head_read(struct recording_head *out, struct arena *arena,
                    const char bytes[RECORDING_HEAD_BYTES], struct err *err)
{
    const cJSON *line = NULL;
    const char *session;
    uint64_t number;
    enum status st = read_json(&line, arena, bytes, RECORDING_HEAD_BYTES, "a first line", err);

    if (st != OK)
        return st;
    if (json_get_int(line, "obsview", 0) != FORMAT)
        return err_set(err, E_INVALID, "obsview: expected version %d", FORMAT);
    session = json_get_string(line, "session", "");
    if (!recording_session_read(&number, session, strlen(session)))
        return err_set(err, E_INVALID, "session: expected a number as text, got \"%.40s\"",
                       session);
    *out = (struct recording_head){
        .session = number,
        .start_ms = json_get_int(line, "start", 0),
        .user_uuid = text_of(arena, line, "userUuid"),
        .project_key = text_of(arena, line, "projectKey"),
        .tracker_version = text_of(arena, line, "trackerVersion"),
        .user_agent = text_of(arena, line, "userAgent"),
        .user_id = text_of(arena, line, "userId"),
        .timezone = text_of(arena, line, "timezone"),
        .referrer = text_of(arena, line, "referrer"),
        .width = small(line, "width"),
        .height = small(line, "height"),
    };
    return OK;
}

enum status
recording_line_read(struct recording_line *out, const char bytes[RECORDING_LINE_BYTES],
                    struct err *err)
{
    struct arena *arena = arena_new();
    const cJSON *line = NULL;
    int64_t length = -1, number = 0, fault_at = 0;
    enum status st = read_json(&line, arena, bytes, RECORDING_LINE_BYTES, "a body's line", err);

    if (st == OK) {
        length = json_get_int(line, "length", -1);
        number = json_get_int(line, "body", 0);
        fault_at = json_get_int(line, "at", 0);
        if (length < 0 || length > (int64_t)RECORDING_BODY_MAX)
            st = err_set(err, E_INVALID, "length: expected 0 to %zu", RECORDING_BODY_MAX);
    }
    if (st == OK)
        *out = (struct recording_line){
            .number = number < 0 ? 0 : (uint64_t)number,
            .received_ms = json_get_int(line, "received", 0),
            .stream = small(line, "stream"),
            .length = (size_t)length,
            .fault = small(line, "fault"),
            .fault_at = fault_at < 0 ? 0 : (uint64_t)fault_at,
        };
    arena_free(arena);
    return st;
}
