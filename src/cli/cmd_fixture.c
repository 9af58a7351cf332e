/* cmd_fixture.c - what is in recorded traffic, whether it may be shown to others, and how it can
 * be. SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "cli/findings.h"
#include "cli/redaction.h"
#include "cli/signals.h"
#include "domain/limits.h"
#include "fixture/redact_batch.h"
#include "fixture/redact_cbor.h"
#include "fixture/writer.h"
#include "wire/inflate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOORS_MAX      10000 /* told apart: method and path, or the source */
#define BROKEN_MAX     20    /* of a file, told one by one */
#define RULE_BROKEN    "fixture.line"
#define RULE_SECRET    "fixture.secret"
#define RULE_REDACTION "fixture.redaction"

/* --- stat --------------------------------------------------------------------------------------
 */

struct door {
    const char *name;
    uint64_t events;
};

struct tally {
    struct arena *arena;
    struct table doors;
    struct door **list;
    size_t room;
    uint64_t events, broken;
    int64_t length_ms; /* until the last event, or as long as the header says */
};

static void
count_event(struct tally *t, const struct fixture_event *e)
{
    const char *name = fixture_source_name(e->source);
    struct door **place;

    if (e->source == FIXTURE_HTTP)
        name = arena_printf(t->arena, "%s %.*s", e->method, (int)strcspn(e->path, "?"), e->path);
    else if (e->source == FIXTURE_AWS)
        name = arena_printf(t->arena, "%s %s", e->service, e->operation);
    t->events++;
    if (e->t_ms > t->length_ms)
        t->length_ms = e->t_ms;
    place = table_find(&t->doors, name, strlen(name));
    if (place == NULL) {
        if (t->doors.count == DOORS_MAX)
            return;
        t->list = arena_grow(t->arena, t->list, t->doors.count, &t->room, 32, sizeof *t->list);
        place = table_add(&t->doors, name, strlen(name));
        *place = arena_alloc(t->arena, sizeof **place);
        (*place)->name = name;
        t->list[t->doors.count - 1] = *place;
    }
    (*place)->events++;
}

static int
by_events(const void *a, const void *b)
{
    const struct door *x = *(struct door *const *)a, *y = *(struct door *const *)b;

    if (x->events != y->events)
        return x->events < y->events ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void
print_tally(const char *path, const struct fixture *f, const struct tally *t, bool as_json)
{
    char start[ISO8601_TEXT];
    struct buf b;

    iso8601_format_ms(fixture_start_ms(f), start);
    buf_init(&b, (size_t)16 << 20);
    if (!as_json) {
        const char *key = fixture_redaction(f);

        text_clean(&b, path, strlen(path));
        buf_addf(&b, ": from %s, %.1f s, %" PRIu64 " event%s, %s", start,
                 (double)t->length_ms / 1000, t->events, text_s(t->events),
                 key == NULL ? "not redacted" : "redacted with ");
        text_clean(&b, key == NULL ? "" : key, key == NULL ? 0 : strlen(key));
    } else {
        buf_adds(&b, "{\"file\":");
        json_print_string(&b, path, strlen(path));
        buf_addf(&b,
                 ",\"start\":\"%s\",\"lengthMs\":%" PRId64 ",\"events\":%" PRIu64
                 ",\"broken\":%" PRIu64 ",\"redaction\":",
                 start, t->length_ms, t->events, t->broken);
        if (fixture_redaction(f) == NULL)
            buf_adds(&b, "null");
        else
            json_print_string(&b, fixture_redaction(f), strlen(fixture_redaction(f)));
        buf_adds(&b, ",\"doors\":{");
    }
    if (!as_json && t->broken > 0)
        buf_addf(&b, ", %" PRIu64 " broken line%s", t->broken, text_s(t->broken));
    for (size_t i = 0; i < t->doors.count; i++) {
        const struct door *d = t->list[i];

        if (as_json) {
            buf_adds(&b, i == 0 ? "" : ",");
            json_print_string(&b, d->name, strlen(d->name));
            buf_addf(&b, ":%" PRIu64, d->events);
        } else {
            buf_addf(&b, "\n  %8" PRIu64 "  ", d->events);
            text_clean(&b, d->name, strlen(d->name));
        }
    }
    puts(as_json ? (buf_adds(&b, "}}"), b.data) : b.data);
    buf_fini(&b);
}

static int
stat_file(const char *path, bool as_json)
{
    struct tally t = { .arena = arena_new() };
    struct fixture_event event;
    struct err err = { 0 };
    struct fixture *f;
    enum status st;

    if (fixture_open(&f, path, &err) != OK) {
        arena_free(t.arena);
        return command_fail(&err);
    }
    table_init(&t.doors, sizeof(struct door *));
    t.length_ms = fixture_told_length_ms(f);
    while ((st = fixture_next(f, &event, &err)) == OK || st == E_INVALID) {
        if (st == E_INVALID) {
            t.broken++;
            continue;
        }
        count_event(&t, &event);
        fixture_event_fini(&event);
    }
    if (t.doors.count > 1)
        qsort(t.list, t.doors.count, sizeof *t.list, by_events);
    if (st == E_NOTFOUND)
        print_tally(path, f, &t, as_json);
    fixture_close(f);
    table_fini(&t.doors);
    arena_free(t.arena);
    return st == E_NOTFOUND ? EXIT_OK : command_fail(&err);
}

static int
cmd_stat(struct invocation *inv, struct err *err)
{
    const char *format = settings_text(inv->settings, SET_FORMAT);
    bool as_json = strcmp(format, "json") == 0;
    int code = EXIT_OK;

    if (!as_json && strcmp(format, "text") != 0) {
        err_set(err, E_USAGE, "fixture stat --format %s: expected text or json", format);
        return command_fail(err);
    }
    for (size_t i = 1; i < inv->argument_count; i++) {
        int one = stat_file(inv->arguments[i], as_json);

        code = one > code ? one : code;
    }
    return code;
}

/* --- packed bodies -----------------------------------------------------------------------------
 */

static const char *
encoding_of(const struct fixture_record *record)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i].name, "content-encoding") == 0)
            return record->headers[i].value;
    }
    return NULL;
}

static void
drop_encoding(struct fixture_record *record, struct arena *arena)
{
    struct fixture_header *list = arena_alloc(arena, (record->header_count + 1) * sizeof *list);
    size_t count = 0;

    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i].name, "content-encoding") != 0)
            list[count++] = record->headers[i];
    }
    record->headers = list;
    record->header_count = count;
}

/* As a recorder does: what is packed cannot be redacted. The plain bytes live in `plain`. */
static enum status
unpack(struct fixture_record *record, struct arena *arena, struct buf *plain, struct err *err)
{
    const char *encoding = encoding_of(record);
    enum status st;

    buf_clear(plain);
    if (record->body_length == 0 || encoding == NULL || !inflate_is_needed(encoding))
        return OK;
    st = inflate_body(plain, encoding, record->body, record->body_length, err);
    if (st != OK)
        return st;
    record->body = plain->data;
    record->body_length = plain->len;
    drop_encoding(record, arena);
    return OK;
}

/* --- verify ------------------------------------------------------------------------------------
 */

struct verifying {
    struct redactor *redactor;
    struct findings found;
    const char *path;
    size_t line;
    uint64_t events, broken;
};

static void
on_secret(void *arg, const char *kind, size_t offset)
{
    struct verifying *v = arg;
    char subject[256];

    (void)offset;
    snprintf(subject, sizeof subject, "%s:%zu", v->path, v->line);
    findings_put(&v->found, &(struct finding){ .level = FINDING_FAIL,
                                               .rule = RULE_SECRET,
                                               .subject = subject,
                                               .evidence = kind,
                                               .where = subject,
                                               .expected = "a pseudonym",
                                               .fix = "obsview fixture redact IN OUT" });
}

/* What is written as base64 is searched as it reads; batches by their messages, CBOR as JSON. */
static bool
verify_bytes(struct verifying *v, const struct fixture_record *record)
{
    bool is_judged = redact_search(v->redactor, record->line, record->line_length, on_secret, v);

    if (record->body == NULL || record->path == NULL)
        return is_judged;
    if (redact_batch_is_one(record->path))
        return redact_batch_search(v->redactor, record->body, record->body_length, on_secret, v);
    if (record->body_length > 0 && redact_cbor_is_one(record))
        return redact_cbor_search(v->redactor, record->body, record->body_length, on_secret, v);
    return redact_search(v->redactor, record->body, record->body_length, on_secret, v);
}

/* `keep` is searched by its places, and what is written as base64 as it reads: as a batch, as CBOR,
 * or as text. */
static void
print_rest(struct buf *b, const struct fixture_event *event)
{
    const bool has_bytes = cJSON_GetArraySize(event->body) == 1 &&
                           json_get_string(event->body, "base64", NULL) != NULL;
    const bool has_line = event->decoded != NULL;
    cJSON *copy;

    if (event->keep == NULL && !has_bytes && !has_line) {
        json_print(b, event->json);
        return;
    }
    copy = cJSON_Duplicate(event->json, true);
    cJSON_DeleteItemFromObjectCaseSensitive(copy, "keep");
    if (has_bytes)
        cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(copy, "request"),
                                                "body");
    if (has_line)
        cJSON_DeleteItemFromObjectCaseSensitive(copy, "line");
    json_print(b, copy);
    cJSON_Delete(copy);
}

/* The line itself, with members that nobody knows and headers that no recording has. */
static bool
verify_line(struct verifying *v, const struct fixture_event *event)
{
    const cJSON *header;
    struct buf line;
    bool is_judged;

    buf_init(&line, 2 * FIXTURE_LINE_MAX);
    print_rest(&line, event);
    is_judged = redact_search(v->redactor, line.data, line.len, on_secret, v) &&
                redact_search_keep(v->redactor, event->keep, on_secret, v);
    cJSON_ArrayForEach(header, event->headers)
    {
        if (cJSON_IsString(header) && fixture_is_credential(header->string, header->valuestring))
            on_secret(v, header->string, 0);
    }
    buf_fini(&line);
    return is_judged;
}

/* Whether some of it does not stand in the line as it reads. */
static bool
is_hidden(const struct fixture_event *event)
{
    return json_get_string(event->headers, "content-encoding", NULL) != NULL ||
           event->decoded != NULL ||
           (event->body != NULL && json_get_string(event->body, "base64", NULL) != NULL);
}

static void
verify_event(struct verifying *v, const struct fixture_event *event)
{
    struct arena *arena = arena_new();
    struct fixture_record record;
    struct buf plain;
    bool is_judged;

    v->events++;
    v->line = event->line_number;
    is_judged = verify_line(v, event);
    if (is_hidden(event)) {
        buf_init(&plain, LIMIT_RECORDING_INFLATED_BYTES);
        fixture_record_of(&record, arena, event);
        is_judged &= unpack(&record, arena, &plain, NULL) == OK && verify_bytes(v, &record);
        buf_fini(&plain);
    }
    if (!is_judged)
        findings_add(&v->found, FINDING_UNKNOWN, RULE_SECRET, NULL,
                     "%s:%zu met a limit and could not be judged", v->path, v->line);
    arena_free(arena);
}

/* Settings, and members that nobody knows. */
static void
verify_header(struct verifying *v, const struct fixture *f)
{
    struct buf line;

    v->line = 1;
    buf_init(&line, 2 * FIXTURE_LINE_MAX);
    json_print(&line, fixture_header(f));
    if (!redact_search(v->redactor, line.data, line.len, on_secret, v))
        findings_add(&v->found, FINDING_UNKNOWN, RULE_SECRET, NULL,
                     "%s:1 met a limit and could not be judged", v->path);
    buf_fini(&line);
}

static void
verify_broken(struct verifying *v, const struct err *err)
{
    v->broken++;
    if (v->broken <= BROKEN_MAX)
        findings_add(&v->found, FINDING_FAIL, RULE_BROKEN, NULL, "%s", err->text);
    else if (v->broken == BROKEN_MAX + 1)
        findings_note(&v->found, "%s has more broken lines", v->path);
}

static enum status
verify_file(struct verifying *v, const char *path, struct err *err)
{
    struct fixture_event event;
    struct fixture *f;
    enum status st = fixture_open(&f, path, err);

    if (st != OK)
        return st;
    v->path = path;
    v->events = v->broken = 0;
    verify_header(v, f);
    while ((st = fixture_next(f, &event, err)) == OK || st == E_INVALID) {
        if (st == E_INVALID) {
            verify_broken(v, err);
            continue;
        }
        verify_event(v, &event);
        fixture_event_fini(&event);
    }
    if (v->broken == 0 && v->events == 0)
        findings_add(&v->found, FINDING_UNKNOWN, RULE_BROKEN, NULL,
                     "%s: not enough data: there is no event in it", path);
    else if (v->broken == 0)
        findings_add(&v->found, FINDING_OK, RULE_BROKEN, NULL,
                     "%s: %" PRIu64 " event%s can be read", path, v->events, text_s(v->events));
    fixture_close(f);
    return st == E_NOTFOUND ? OK : st;
}

static int
cmd_verify(struct invocation *inv, struct err *err)
{
    static const uint8_t no_key[PII_KEY_BYTES] = { 0 }; /* nothing is replaced here */
    struct findings_print how = { .title = "obsview fixture verify" };
    struct pii_rules *rules = pii_rules_default();
    struct verifying v = { .redactor = redactor_new(rules, no_key) };
    enum status st = findings_format_parse(&how.format, settings_text(inv->settings, SET_FORMAT),
                                           "fixture", err);
    int code;

    findings_init(&v.found);
    for (size_t i = 1; st == OK && i < inv->argument_count; i++)
        st = verify_file(&v, inv->arguments[i], err);
    if (st == OK)
        st = findings_show(&v.found, &how, err);
    code = st != OK                              ? command_fail(err)
           : v.found.levels[FINDING_FAIL] > 0    ? EXIT_FINDING
           : v.found.levels[FINDING_UNKNOWN] > 0 ? EXIT_UNREACHABLE
                                                 : EXIT_OK;
    findings_fini(&v.found);
    redactor_free(v.redactor);
    pii_rules_free(rules);
    return code;
}

/* --- redact ------------------------------------------------------------------------------------
 */

static enum status
copy_events(struct fixture *in, struct fixture_writer *out, struct err *err)
{
    struct arena *arena = arena_new();
    struct fixture_record record;
    struct fixture_event event;
    struct buf plain;
    enum status st;

    buf_init(&plain, LIMIT_RECORDING_INFLATED_BYTES);
    while ((st = fixture_next(in, &event, err)) == OK) {
        fixture_record_of(&record, arena, &event);
        st = unpack(&record, arena, &plain, err);
        if (st != OK)
            err_context(err, "line %zu: request: body", event.line_number);
        else
            st = fixture_write(out, &record, err);
        fixture_event_fini(&event);
        arena_clear(arena);
        if (st == OK && signals_noted() != 0)
            st = E_IO; /* cmd_redact() tells it */
        if (st != OK)
            break;
    }
    arena_free(arena);
    buf_fini(&plain);
    return st == E_NOTFOUND ? OK : st;
}

/* The one setting that is a secret stays behind. */
static cJSON *
settings_of(const struct fixture *f)
{
    cJSON *settings = cJSON_Duplicate(fixture_settings(f), true);

    cJSON_DeleteItemFromObjectCaseSensitive(settings, "umami-secret");
    return settings;
}

/* Half a copy would be taken for a whole one. A device or pipe is not ours to remove, nor a link to
 * the file. */
static void
remove_copy(const char *path)
{
    char *file = realpath(path, NULL);
    struct stat about;

    if (file != NULL && stat(file, &about) == 0 && S_ISREG(about.st_mode))
        unlink(file);
    free(file);
}

static enum status
redact_file(const char *from, const char *to, struct redactor *redactor, struct err *err)
{
    struct fixture_writer *out = NULL;
    struct fixture *in;
    enum status st = fixture_open(&in, from, err), closed;
    cJSON *settings;

    if (st != OK)
        return st;
    settings = settings_of(in);
    st = fixture_writer_open_with(&out, to, fixture_start_ms(in), settings, redactor, err);
    cJSON_Delete(settings);
    if (st == OK) {
        st = copy_events(in, out, err);
        closed = fixture_writer_close(out, st == OK ? err : NULL);
        st = st == OK ? closed : st;
        if (st != OK)
            remove_copy(to);
    }
    fixture_close(in);
    return st;
}

static int
cmd_redact(struct invocation *inv, struct err *err)
{
    struct pii_rules *rules = pii_rules_default();
    uint8_t key[PII_KEY_BYTES];
    struct redactor *redactor = NULL;
    enum status st = OK;
    int code;

    if (inv->argument_count != 3)
        st = err_set(err, E_USAGE, "expected obsview fixture redact IN OUT");
    if (st == OK)
        st = redaction_key(key, inv->settings, err);
    if (st == OK) {
        redactor = redactor_new(rules, key);
        (fixture_would_stream(inv->arguments[1]) ? signals_note_input : signals_note)();
        st = redact_file(inv->arguments[1], inv->arguments[2], redactor, err);
        if (st == E_IO && signals_noted() != 0) /* also while it waited for more to read */
            st = err_set(err, E_IO, "ended by a signal; there is no copy");
    }
    redactor_free(redactor);
    pii_rules_free(rules);
    code = st == OK ? EXIT_OK : command_fail(err);
    signals_end_as_noted();
    return code;
}

/* -----------------------------------------------------------------------------------------------
 */

int
cmd_fixture(struct invocation *inv)
{
    static const struct {
        const char *name;
        int (*run)(struct invocation *inv, struct err *err);
    } verbs[] = { { "stat", cmd_stat }, { "verify", cmd_verify }, { "redact", cmd_redact } };
    const char *verb = inv->argument_count > 0 ? inv->arguments[0] : "";
    struct err err = { 0 };

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, verb) == 0 && inv->argument_count > 1)
            return verbs[i].run(inv, &err);
    }
    err_set(&err, E_USAGE,
            "fixture: expected \"stat FILE...\", \"verify FILE...\" or \"redact IN OUT\"; see "
            "obsview help fixture");
    return command_fail(&err);
}
