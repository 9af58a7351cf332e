/* pii_finding.c - a finding as a line of log group /obsview/privacy, and back.
 * SPDX-License-Identifier: MIT
 *
 * The line is one of the stack's structured log lines (document, "Logging Standards"): timestamp,
 * level, message, functionName and requestId, so that every reader of logs understands it; the
 * members of the finding stand beside them. The name of the message it was found in is `record`,
 * since `message` is a sentence for people. What is not known is left out. */
#include "config.h"

#include "domain/pii_finding.h"

#include <string.h>

#include "base/hex.h"
#include "base/iso8601.h"
#include "base/json.h"

#define LINE_MOST 65536
#define TIME_MAX  INT64_C(253402300799999) /* the last millisecond of the year 9999 */
#define HASH_TEXT 33

/* clang-format off */
static const char *const ways[] = {
    [PII_WAY_NONE] = "none",
    [PII_WAY_INPUT] = "input",
    [PII_WAY_TEXT] = "text",
    [PII_WAY_ATTRIBUTE] = "attribute",
    [PII_WAY_URL] = "url",
    [PII_WAY_SELECTOR] = "selector",
    [PII_WAY_PAYLOAD] = "payload",
};
/* clang-format on */
#define WAYS (sizeof ways / sizeof ways[0])

const char *
pii_way_name(enum pii_way way)
{
    return ways[way];
}

static void
print_member(struct buf *b, const char *name, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    buf_addf(b, ",\"%s\":", name);
    json_print_string(b, value, strlen(value));
}

static const char *
given(const char *text, const char *otherwise)
{
    return text == NULL || *text == '\0' ? otherwise : text;
}

/* "email in selection of SelectionChange, in clear: ****@*******.***" */
static void
print_sentence(struct buf *b, const struct pii_finding *f)
{
    struct buf text;

    buf_init(&text, 1024);
    buf_addf(&text, "%s in %s of %s: %s", f->kind, given(f->field, "a text"),
             given(f->message, f->source), given(f->shape, "no shape"));
    json_print_string(b, text.data, text.len);
    buf_fini(&text);
}

/* A browser's clock may say anything; a year of five digits would not read back. */
static void
format_time(const struct pii_finding *f, char time[ISO8601_TEXT])
{
    iso8601_format_ms(f->time_ms < TIME_MAX ? f->time_ms : TIME_MAX, time);
}

static void
print_head(struct buf *b, const struct pii_finding *f)
{
    char time[ISO8601_TEXT];

    format_time(f, time);
    buf_addf(b, "{\"timestamp\":\"%s\",\"level\":\"WARN\",\"message\":", time);
    print_sentence(b, f);
    print_member(b, "functionName", PII_FUNCTION);
    print_member(b, "requestId", given(f->session, "none"));
}

static void
print_members(struct buf *b, const struct pii_finding *f)
{
    char hash[HASH_TEXT];

    hex_format(hash, f->hash, sizeof f->hash);
    buf_addf(b, "\"kind\":\"%s\"", f->kind); /* letters, digits and dashes */
    print_member(b, "severity", pii_severity_name(f->severity));
    print_member(b, "source", f->source);
    print_member(b, "session", f->session);
    print_member(b, "record", f->message);
    if (f->message_id != 0)
        buf_addf(b, ",\"recordId\":%u", f->message_id);
    print_member(b, "field", f->field);
    print_member(b, "selector", f->rule);
    print_member(b, "way", pii_way_name(f->way));
    print_member(b, "element", f->element);
    print_member(b, "page", f->page);
    print_member(b, "shape", f->shape);
    print_member(b, "hash", hash);
    buf_addf(b, ",\"count\":%u", f->count);
    if (f->is_scrubbed)
        buf_adds(b, ",\"scrubbed\":true");
    print_member(b, "advice", f->advice);
}

void
pii_finding_print(struct buf *b, const struct pii_finding *f)
{
    print_head(b, f);
    buf_addc(b, ',');
    print_members(b, f);
    buf_addc(b, '}');
}

void
pii_finding_print_bare(struct buf *b, const struct pii_finding *f)
{
    char time[ISO8601_TEXT];

    format_time(f, time);
    buf_addc(b, '{');
    print_members(b, f);
    if (f->time_ms > 0)
        print_member(b, "time", time);
    buf_addc(b, '}');
}

static const char *
keep(struct arena *arena, const cJSON *line, const char *name)
{
    const char *text = json_get_string(line, name, NULL);

    return text == NULL ? NULL : arena_strdup(arena, text);
}

static bool
read_way(enum pii_way *out, const char *name)
{
    for (size_t i = 0; i < WAYS; i++) {
        if (strcmp(ways[i], name) == 0) {
            *out = (enum pii_way)i;
            return true;
        }
    }
    return false;
}

static bool
read_finding(struct pii_finding *out, struct arena *arena, const cJSON *line)
{
    const char *hash = json_get_string(line, "hash", "");
    struct pii_finding f = {
        .source = keep(arena, line, "source"),
        .session = keep(arena, line, "session"),
        .message = keep(arena, line, "record"),
        .field = keep(arena, line, "field"),
        .kind = keep(arena, line, "kind"),
        .rule = keep(arena, line, "selector"),
        .element = keep(arena, line, "element"),
        .page = keep(arena, line, "page"),
        .shape = keep(arena, line, "shape"),
        .advice = keep(arena, line, "advice"),
        .is_scrubbed = json_get_bool(line, "scrubbed", false),
    };
    int64_t id = json_get_int(line, "recordId", 0), count = json_get_int(line, "count", 1);

    f.message_id = id > 0 && id <= UINT16_MAX ? (unsigned)id : 0;
    f.count = count > 0 && count <= UINT32_MAX ? (unsigned)count : 1;
    if (f.kind == NULL || f.source == NULL || strlen(hash) != HASH_TEXT - 1 ||
        !hex_parse(f.hash, hash, sizeof f.hash) ||
        !iso8601_parse(&f.time_ms, json_get_string(line, "timestamp", "")) ||
        !pii_severity_parse(json_get_string(line, "severity", ""), &f.severity) ||
        !read_way(&f.way, json_get_string(line, "way", "")))
        return false;
    *out = f;
    return true;
}

bool
pii_finding_read(struct pii_finding *out, struct arena *arena, const char *line, size_t length)
{
    cJSON *parsed = NULL;
    struct err err;
    bool is_finding;

    if (length > LINE_MOST || json_parse(&parsed, line, length, &err) != OK)
        return false;
    is_finding = read_finding(out, arena, parsed);
    cJSON_Delete(parsed);
    return is_finding;
}
