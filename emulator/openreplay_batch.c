/* openreplay_batch.c - POST /v1/web/i: a batch is kept, whatever is in it.
 * SPDX-License-Identifier: MIT
 *
 * Everything but the token is looked at on a reader thread: inflating, one pass of decoding, which
 * gives what tells the batch apart, and compressing. A batch that cannot be decoded is answered
 * like any other, because the tracker would send the same bytes again ten times and then stop for
 * good; what is wrong with it stands in the Intake view and in a log line. */
#include "config.h"

#include "emulator/openreplay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/limits.h"
#include "emulator/exchange_own.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"
#include "emulator/service_metrics.h"
#include "store/link.h"
#include "store/recording.h"
#include "wire/inflate.h"

#define TAB_MAX    64 /* a tracker's has 12 */
#define IDENTITIES 8  /* of a batch */

/* Whom the application says its visitor is, or a session of its own. */
struct identity {
    enum link_kind kind;
    const char *id;
};

struct batch {
    struct recording_body row;
    struct buf inflated;
    char tab[TAB_MAX + 1];
    uint64_t messages;
    char reason[400]; /* of a fault; "": there is none */
    struct arena *arena;
    struct identity identities[IDENTITIES]; /* the last ones */
    unsigned identity_count;
};

/* --- what is in it ---------------------------------------------------------------------------- */

static enum openreplay_stream
stream_of(const char *type)
{
    static const struct {
        const char *name;
        enum openreplay_stream stream;
    } streams[] = { { "player", OPENREPLAY_PLAYER },
                    { "visual", OPENREPLAY_PLAYER },
                    { "assets", OPENREPLAY_ASSETS },
                    { "devtools", OPENREPLAY_DEVTOOLS },
                    { "analytics", OPENREPLAY_ANALYTICS } };

    for (size_t i = 0; type != NULL && i < sizeof streams / sizeof streams[0]; i++) {
        if (strcasecmp(type, streams[i].name) == 0)
            return streams[i].stream;
    }
    return OPENREPLAY_HEADER;
}

/* Where the first segment begins, and the first tab; those of a second one are not looked at. */
static void
note_place(struct batch *b, const struct openreplay_reader *reader,
           const struct openreplay_message *message)
{
    if (message->id == OPENREPLAY_BATCH_METADATA && reader->segment == 0) {
        b->row.page_no = reader->page_no;
        b->row.first_index = reader->first_index;
    }
    if (b->tab[0] == '\0' && reader->tab.length > 0) {
        size_t len = reader->tab.length < TAB_MAX ? reader->tab.length : TAB_MAX;

        memcpy(b->tab, reader->tab.at, len);
    }
}

static bool
is_text(const struct openreplay_text *text, const char *word)
{
    return text->length == strlen(word) && memcmp(text->at, word, text->length) == 0;
}

static void
note_identity(struct batch *b, enum link_kind kind, const struct openreplay_text *text)
{
    if (text->length == 0 || text->length > STORE_LINK_ID_MAX ||
        memchr(text->at, '\0', text->length) != NULL)
        return;
    b->identities[b->identity_count++ % IDENTITIES] =
        (struct identity){ kind, arena_strndup(b->arena, text->at, text->length) };
}

/* Metadata are what an application likes; its session is known by its key, or by being a UUID. */
static void
note_identities(struct batch *b, const struct openreplay_message *message)
{
    const struct openreplay_text *first = &message->values[0].text,
                                 *second = &message->values[1].text;
    char text[UUID_TEXT];
    uint8_t uuid[16];

    if (message->id == OPENREPLAY_USER_ID)
        note_identity(b, LINK_VISITOR, first);
    if (message->id != OPENREPLAY_METADATA)
        return;
    snprintf(text, sizeof text, "%.*s", second->length == UUID_TEXT - 1 ? UUID_TEXT - 1 : 0,
             second->length == 0 ? "" : second->at);
    if (is_text(first, "sessionId") || is_text(first, "session_id") || uuid_parse(uuid, text))
        note_identity(b, LINK_APP_SESSION, second);
}

static void
note_time(struct batch *b, int64_t now_ms)
{
    if (now_ms <= 0)
        return;
    if (b->row.first_ms == 0 || now_ms < b->row.first_ms)
        b->row.first_ms = now_ms;
    if (now_ms > b->row.last_ms)
        b->row.last_ms = now_ms;
}

static void
decode(struct batch *b)
{
    struct openreplay_reader reader;
    struct openreplay_message message;

    openreplay_reader_init(&reader, b->row.bytes, b->row.length);
    while (openreplay_reader_next(&reader, &message)) {
        b->messages++;
        note_place(b, &reader, &message);
        note_time(b, reader.now_ms);
        note_identities(b, &message);
    }
    b->row.tab = b->tab;
    b->row.fault = reader.fault;
    if (reader.fault.kind != OPENREPLAY_NO_FAULT)
        openreplay_fault_describe(b->reason, sizeof b->reason, &reader.fault);
}

/* false: it was refused. What cannot be unpacked is kept as it came. */
static bool
unpack(struct exchange *x, struct batch *b)
{
    const char *encoding = exchange_header(x, "Content-Encoding");
    struct err err = { 0 };
    enum status st;

    b->row.bytes = exchange_body(x, &b->row.length);
    if (!inflate_is_needed(encoding))
        return true;
    st = inflate_body(&b->inflated, encoding, b->row.bytes, b->row.length, &err);
    if (st == E_LIMIT) {
        openreplay_refuse(x, REFUSAL_SIZE, 413, "batch of %zu bytes: %s", b->row.length, err.text);
        return false;
    }
    if (st != OK) {
        b->row.fault = (struct openreplay_fault){ .kind = OPENREPLAY_NO_HEADER };
        b->row.tab = "";
        snprintf(b->reason, sizeof b->reason, "Content-Encoding %.20s, byte 0: %s", encoding,
                 err.text);
        return true;
    }
    b->row.bytes = b->inflated.data;
    b->row.length = b->inflated.len;
    return true;
}

/* --- what is told of it ----------------------------------------------------------------------- */

/* A line a person and a metric filter can find. It says nothing of what is in the batch. */
static void
write_warning(struct exchange *x, struct store_write *write, const struct batch *b)
{
    char time[ISO8601_TEXT];
    struct log_event event = { .time_ms = x->now_ms };
    struct buf line;

    buf_init(&line, 4096);
    iso8601_format_ms(x->now_ms, time);
    buf_addf(&line,
             "{\"timestamp\":\"%s\",\"level\":\"WARN\",\"message\":\"a recorded batch cannot be "
             "decoded\",\"session\":\"%" PRIu64 "\",\"bytes\":%zu,\"offset\":%zu,\"reason\":",
             time, b->row.session, b->row.length, b->row.fault.offset);
    json_print_string(&line, b->reason, strlen(b->reason));
    buf_addc(&line, '}');
    event.message = line.data;
    event.message_len = line.len;
    store_write_logs(write, OPENREPLAY_LOG_GROUP, "ingest", &event, 1, x->now_ms);
    if (metric_filters_apply(emulator_metric_filters(x->em), write, OPENREPLAY_LOG_GROUP, &event,
                             1))
        service_metrics_wake(emulator_service_metrics(x->em));
    buf_fini(&line);
}

static void
tell(struct exchange *x, const struct batch *b)
{
    struct buf lines;

    exchange_note(x, b->reason[0] != '\0',
                  "session %" PRIu64 ": %" PRIu64 " message%s, %zu bytes%s%s", b->row.session,
                  b->messages, text_s(b->messages), b->row.length, b->reason[0] == '\0' ? "" : "; ",
                  b->reason);
    buf_init(&lines, 2048);
    buf_addf(&lines, "Replay-Session: %" PRIu64 "\n", b->row.session);
    intake_print_header(&lines, "Replay-Tab", b->tab);
    buf_addf(&lines, "Replay-Page: %" PRIu64 "\nReplay-Messages: %" PRIu64 "\nReplay-Bytes: %zu\n",
             b->row.page_no, b->messages, b->row.length);
    if (b->reason[0] != '\0') {
        buf_addf(&lines, "Replay-Fault-Offset: %zu\n", b->row.fault.offset);
        intake_print_header(&lines, "Replay-Fault", b->reason);
    }
    exchange_add_details(x, b->reason[0] == '\0' ? NULL : "undecodable", lines.data);
    buf_fini(&lines);
}

/* The last user that is named is whom the list of sessions shows. */
static void
write_identities(struct exchange *x, struct store_write *write, const struct batch *b)
{
    unsigned first = b->identity_count > IDENTITIES ? b->identity_count - IDENTITIES : 0;
    const char *session = arena_printf(x->arena, "%" PRIu64, b->row.session);

    for (unsigned i = first; i < b->identity_count; i++) {
        const struct identity *identity = &b->identities[i % IDENTITIES];

        openreplay_link(write, session, identity->kind, identity->id, x->now_ms);
        if (identity->kind == LINK_VISITOR)
            store_write_recording(write, &(struct recording_start){ .session = b->row.session,
                                                                    .user_id = identity->id,
                                                                    .again = true });
    }
}

/* --- the way of a batch ----------------------------------------------------------------------- */

/* false: refused. */
static bool
find_session(struct exchange *x, struct store_reader *reader, uint64_t session)
{
    struct recording found;
    struct err err = { 0 };
    enum status st = store_find_recording(reader, x->arena, session, &found, &err);

    if (st == OK)
        return true;
    if (st == E_NOTFOUND) {
        openreplay_refuse(x, REFUSAL_ANSWERED, 401, "session %" PRIu64 " is not here", session);
        return false;
    }
    exchange_set_header(x, "Retry-After", "1");
    openreplay_refuse(x, REFUSAL_STORAGE, 503, "%s", err.text);
    return false;
}

static void
keep(struct exchange *x, struct batch *b)
{
    struct store_write *write;

    if (!unpack(x, b))
        return;
    if (b->reason[0] == '\0')
        decode(b);
    tell(x, b);
    write = store_write_new(emulator_store(x->em));
    store_write_recording_body(write, &b->row);
    write_identities(x, write, b);
    if (b->reason[0] != '\0')
        write_warning(x, write, b);
    exchange_commit(x, write, 200, NULL, NULL, 0);
}

/* On a reader thread. */
static void
take(struct exchange *x, struct store_reader *reader, void *arg)
{
    const struct openreplay_token *token = arg;
    struct batch b = { .arena = x->arena,
                       .row = { .session = token->session,
                                .received_ms = x->now_ms,
                                .stream = stream_of(exchange_header(x, "DataType")) } };

    if (!find_session(x, reader, token->session))
        return;
    buf_init(&b.inflated, LIMIT_RECORDING_INFLATED_BYTES);
    keep(x, &b);
    buf_fini(&b.inflated);
}

static void
take_images(struct exchange *x, struct store_reader *reader, void *arg)
{
    const struct openreplay_token *token = arg;

    if (!find_session(x, reader, token->session))
        return;
    exchange_note(x, false, "session %" PRIu64 ": pictures of a canvas, taken and not kept",
                  token->session);
    exchange_reply(x, 200, NULL, NULL, 0);
}

static void
defer(struct exchange *x, exchange_work *work)
{
    struct openreplay_token *token = arena_alloc(x->arena, sizeof *token);

    exchange_hide_body(x);
    exchange_set_excuse(x, openreplay_excuse, NULL);
    if (openreplay_authorize(x, token))
        exchange_defer(x, work, token);
}

void
openreplay_batch_post(struct exchange *x)
{
    defer(x, take);
}

void
openreplay_images_post(struct exchange *x)
{
    defer(x, take_images);
}
