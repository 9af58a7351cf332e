/* umami_send.c - a table of fields, each with what the validator of its time says of it.
 * SPDX-License-Identifier: MIT
 *
 * Both dialects take the same fields but a few; they differ in how they complain. Version 3 answers
 * a tree of errors with a text each, version 2 one line per field of the body itself, so that
 * whatever is wrong inside the payload reads "payload: ". The texts are kept for both: the screen
 * shows them. */
#include "config.h"

#include "domain/umami_send.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/url.h"

#define SAFE_INTEGER 9007199254740991.0

enum kind { TEXT, ADDRESS_URL, UUID, IP, OBJECT, SECONDS, MEASURE };

struct field {
    const char *name;
    size_t offset;
    enum kind kind;
    int max; /* of TEXT in UTF-16 units, 0 for any; of MEASURE its value */
    bool newer;
};

#define AT(member)   offsetof(struct umami_send, member)
#define VITAL(which) (AT(vitals) + sizeof(double) * (which))

/* clang-format off */
static const struct field fields[] = {
    { "data",      AT(data),          OBJECT,      0,     false },
    { "hostname",  AT(hostname),      TEXT,        100,   false },
    { "language",  AT(language),      TEXT,        35,    false },
    { "referrer",  AT(referrer),      ADDRESS_URL, 0,     false },
    { "screen",    AT(screen),        TEXT,        11,    false },
    { "title",     AT(title),         TEXT,        0,     false },
    { "url",       AT(url),           ADDRESS_URL, 0,     false },
    { "name",      AT(name),          TEXT,        50,    false },
    { "tag",       AT(tag),           TEXT,        50,    false },
    { "ip",        AT(ip),            IP,          0,     false },
    { "userAgent", AT(user_agent),    TEXT,        0,     false },
    { "timestamp", AT(timestamp),     SECONDS,     0,     false },
    { "id",        AT(id),            TEXT,        0,     false },
    { "browser",   AT(browser),       TEXT,        0,     true },
    { "os",        AT(os),            TEXT,        0,     true },
    { "device",    AT(device),        TEXT,        0,     true },
    { "lcp",       VITAL(UMAMI_LCP),  MEASURE,     60000, true },
    { "inp",       VITAL(UMAMI_INP),  MEASURE,     60000, true },
    { "cls",       VITAL(UMAMI_CLS),  MEASURE,     100,   true },
    { "fcp",       VITAL(UMAMI_FCP),  MEASURE,     60000, true },
    { "ttfb",      VITAL(UMAMI_TTFB), MEASURE,     60000, true },
};
/* clang-format on */
#define FIELDS (sizeof fields / sizeof fields[0])

struct reading {
    struct umami_send *out;
    struct arena *arena;
    enum umami_dialect dialect;
    struct umami_faults *faults;
    bool has_type_fault; /* inside the payload: later checks are not made then */
};

/* --- complaints ------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 4, 5)))
complain(struct umami_faults *faults, const char *parent, const char *field, const char *fmt, ...)
{
    struct umami_fault *fault;
    va_list ap;

    if (faults->count == UMAMI_FAULTS_MAX)
        return;
    fault = &faults->list[faults->count++];
    fault->index = 0;
    fault->parent = parent;
    fault->field = field;
    va_start(ap, fmt);
    vsnprintf(fault->text, sizeof fault->text, fmt, ap);
    va_end(ap);
}

static const char *
type_of(const cJSON *value)
{
    if (value == NULL)
        return "undefined";
    if (cJSON_IsNull(value))
        return "null";
    if (cJSON_IsString(value))
        return "string";
    if (cJSON_IsNumber(value))
        return "number";
    if (cJSON_IsBool(value))
        return "boolean";
    return cJSON_IsArray(value) ? "array" : "object";
}

static void
complain_type(struct reading *r, const char *field, const char *expected, const cJSON *got)
{
    r->has_type_fault = true;
    complain(r->faults, "payload", field, "Invalid input: expected %s, received %s", expected,
             type_of(got));
}

/* Of members of one name the last counts, as in JSON.parse(). */
static const cJSON *
member(const cJSON *object, const char *name)
{
    const cJSON *found = NULL;

    for (const cJSON *c = object->child; c != NULL; c = c->next) {
        if (c->string[0] == name[0] && strcmp(c->string, name) == 0)
            found = c;
    }
    return found;
}

/* --- fields ----------------------------------------------------------------------------------- */

static bool
is_hex_group(const char *text, size_t len)
{
    return strspn(text, "0123456789abcdefABCDEF") >= len;
}

/* The newer validator looks at version and variant. */
static bool
is_uuid(const char *text, enum umami_dialect dialect)
{
    uint8_t bytes[16];

    if (!uuid_parse(bytes, text))
        return false;
    if (dialect == UMAMI_V2)
        return true;
    if (strspn(text, "0-") == 36 || (strspn(text, "fF-") == 36))
        return true;
    return text[14] >= '1' && text[14] <= '8' && strchr("89abAB", text[19]) != NULL;
}

static bool
is_address(const char *text)
{
    struct in6_addr v6;
    struct in_addr v4;

    return inet_pton(AF_INET, text, &v4) == 1 || inet_pton(AF_INET6, text, &v6) == 1;
}

/* "https://shop.example/...": nothing in the host that could be wrong. */
static bool
is_plain_address(const char *text)
{
    size_t scheme = strncmp(text, "https://", 8) == 0  ? 8
                    : strncmp(text, "http://", 7) == 0 ? 7
                                                       : 0;
    size_t host = strspn(text + scheme, "abcdefghijklmnopqrstuvwxyz-."), end = scheme + host;

    return scheme > 0 && host > 0 && (text[end] == '/' || text[end] == '?' || text[end] == '\0');
}

static bool
is_url(struct arena *arena, const char *text)
{
    static const struct url localhost = { .scheme = "https",
                                          .is_special = true,
                                          .host = "localhost",
                                          .path = "/",
                                          .query = "",
                                          .hash = "" };
    struct url url;

    /* most of what comes is a plain path, or an address without anything odd */
    if (text[0] == '/' && text[1] != '/' && text[1] != '\\')
        return true;
    if (is_plain_address(text))
        return true;
    return url_parse(&url, arena, text, &localhost);
}

static void
read_text(struct reading *r, const struct field *f, const char **to, const cJSON *value)
{
    if (!cJSON_IsString(value)) {
        complain_type(r, f->name, "string", value);
        return;
    }
    *to = value->valuestring;
    if (f->max > 0 && text_utf16_units(*to) > (size_t)f->max)
        complain(r->faults, "payload", f->name, "Too big: expected string to have <=%d characters",
                 f->max);
    if (f->kind == ADDRESS_URL && !is_url(r->arena, *to))
        complain(r->faults, "payload", f->name, "Invalid URL.");
    if (f->kind == IP && r->dialect == UMAMI_V2 && !is_address(*to))
        complain(r->faults, "payload", f->name, "Invalid ip");
}

/* What Number() makes of a value. */
static double
coerce(const cJSON *value)
{
    const char *text;
    double number;
    char *end;

    if (cJSON_IsNumber(value))
        return value->valuedouble;
    if (cJSON_IsBool(value))
        return cJSON_IsTrue(value) ? 1 : 0;
    if (cJSON_IsNull(value))
        return 0;
    if (!cJSON_IsString(value))
        return NAN;
    text = value->valuestring + strspn(value->valuestring, " \t\r\n");
    if (*text == '\0')
        return 0;
    if (is_hex_group(text, 1) == false && strchr("+-.", *text) == NULL)
        return NAN; /* words that strtod() would take */
    number = strtod(text, &end);
    end += strspn(end, " \t\r\n");
    return *end == '\0' ? number : (double)NAN;
}

static void
read_seconds(struct reading *r, const struct field *f, double *to, const cJSON *value)
{
    double number = coerce(value);

    if (isnan(number)) {
        r->has_type_fault = true;
        complain(r->faults, "payload", f->name, "Invalid input: expected number, received NaN");
    } else if (isinf(number) || number != trunc(number)) {
        r->has_type_fault = true;
        complain(r->faults, "payload", f->name, "Invalid input: expected int, received number");
    } else if (fabs(number) > SAFE_INTEGER) {
        complain(r->faults, "payload", f->name, "Too %s: expected int to be %s%.0f",
                 number > 0 ? "big" : "small", number > 0 ? "<" : ">",
                 number > 0 ? SAFE_INTEGER : -SAFE_INTEGER);
    } else {
        *to = number;
    }
}

static void
read_measure(struct reading *r, const struct field *f, double *to, const cJSON *value)
{
    if (!cJSON_IsNumber(value))
        complain_type(r, f->name, "number", value);
    else if (value->valuedouble < 0)
        complain(r->faults, "payload", f->name, "Too small: expected number to be >=0");
    else if (value->valuedouble > f->max)
        complain(r->faults, "payload", f->name, "Too big: expected number to be <=%d", f->max);
    else
        *to = value->valuedouble;
}

static void
read_field(struct reading *r, const struct field *f, const cJSON *value)
{
    char *at = (char *)r->out + f->offset;

    switch (f->kind) {
    case OBJECT:
        if (cJSON_IsObject(value))
            memcpy(at, &value, sizeof value);
        else
            complain_type(r, f->name, "record", value);
        return;
    case SECONDS:
        read_seconds(r, f, (double *)(void *)at, value);
        return;
    case MEASURE:
        read_measure(r, f, (double *)(void *)at, value);
        return;
    case TEXT:
    case ADDRESS_URL:
    case IP:
    case UUID:
        read_text(r, f, (const char **)(void *)at, value);
        return;
    }
}

/* --- whom it is for --------------------------------------------------------------------------- */

static const char *
read_id(struct reading *r, const cJSON *payload, const char *name)
{
    const cJSON *value = member(payload, name);

    if (value == NULL)
        return NULL;
    if (!cJSON_IsString(value)) {
        complain_type(r, name, "string", value);
        return "";
    }
    if (!is_uuid(value->valuestring, r->dialect))
        complain(r->faults, "payload", name, "Invalid UUID");
    return value->valuestring;
}

static void
read_target(struct reading *r, const cJSON *payload)
{
    static const char *const names[] = { "website", "link", "pixel" };
    size_t kinds = r->dialect == UMAMI_V2 ? 1 : 3;

    for (size_t i = 0; i < kinds; i++) {
        const char *id = read_id(r, payload, names[i]);

        if (id == NULL)
            continue;
        r->out->target_id = r->out->target_id == NULL ? id : "";
        r->out->target = (enum umami_target_kind)i;
    }
}

/* Made last, and not when something has the wrong type. */
static void
check_target(struct reading *r)
{
    const char *id = r->out->target_id;

    if (r->dialect == UMAMI_V2 && id == NULL)
        complain(r->faults, "payload", "website", "Required");
    else if (r->dialect == UMAMI_V3 && !r->has_type_fault && (id == NULL || *id == '\0'))
        complain(r->faults, "payload", "website",
                 "Exactly one of website, link, or pixel must be provided");
}

/* --- the whole -------------------------------------------------------------------------------- */

static void
read_type(struct reading *r, const cJSON *body)
{
    static const char *const names[] = { "event", "identify", "performance" };
    const cJSON *type = member(body, "type");
    size_t kinds = r->dialect == UMAMI_V2 ? 2 : 3;

    for (size_t i = 0; cJSON_IsString(type) && i < kinds; i++) {
        if (strcmp(type->valuestring, names[i]) == 0) {
            r->out->type = (enum umami_type)i;
            return;
        }
    }
    if (r->dialect == UMAMI_V3)
        complain(r->faults, "", "type",
                 "Invalid option: expected one of \"event\"|\"identify\"|\"performance\"");
    else if (type == NULL)
        complain(r->faults, "", "type", "Required");
    else if (cJSON_IsString(type))
        complain(r->faults, "", "type",
                 "Invalid enum value. Expected 'event' | 'identify', received '%.24s'",
                 type->valuestring);
    else
        complain(r->faults, "", "type", "Expected 'event' | 'identify', received %s",
                 type_of(type));
}

static void
read_payload(struct reading *r, const cJSON *body)
{
    const cJSON *payload = member(body, "payload");

    if (!cJSON_IsObject(payload)) {
        if (r->dialect == UMAMI_V3)
            complain(r->faults, "payload", "", "Invalid input: expected object, received %s",
                     type_of(payload));
        else if (payload == NULL)
            complain(r->faults, "payload", "", "Required");
        else
            complain(r->faults, "payload", "", "Expected object, received %s", type_of(payload));
        return;
    }
    read_target(r, payload);
    for (size_t i = 0; i < FIELDS; i++) {
        const cJSON *value = member(payload, fields[i].name);

        if (value != NULL && (r->dialect == UMAMI_V3 || !fields[i].newer))
            read_field(r, &fields[i], value);
    }
    check_target(r);
}

bool
umami_send_read(struct umami_send *out, struct arena *arena, enum umami_dialect dialect,
                const cJSON *body, struct umami_faults *faults)
{
    struct reading r = { .out = out, .arena = arena, .dialect = dialect, .faults = faults };

    *out = (struct umami_send){ .type = UMAMI_EVENT };
    for (int i = 0; i < UMAMI_VITALS; i++)
        out->vitals[i] = (double)NAN;
    if (!cJSON_IsObject(body)) {
        complain(faults, "", "", "Invalid input: expected object, received %s", type_of(body));
        return false;
    }
    read_type(&r, body);
    read_payload(&r, body);
    return faults->count == 0;
}

bool
umami_batch_read(const cJSON *body, enum umami_dialect dialect, struct umami_faults *faults)
{
    size_t i = 0;

    if (!cJSON_IsArray(body)) {
        if (dialect == UMAMI_V3)
            complain(faults, "", "", "Invalid input: expected array, received %s", type_of(body));
        else
            complain(faults, "", "", "Expected array, received %s", type_of(body));
        return false;
    }
    for (const cJSON *c = body->child; c != NULL; c = c->next, i++) {
        if (cJSON_IsObject(c))
            continue;
        if (dialect == UMAMI_V3)
            complain(faults, "items", "", "Invalid input: expected record, received %s",
                     type_of(c));
        else
            complain(faults, "items", "", "Expected object, received %s", type_of(c));
        faults->list[faults->count - 1].index = i;
        return false;
    }
    return true;
}

/* --- recordings ------------------------------------------------------------------------------- */

#define EVENTS_MAX 200 /* of a recording, in one message */

static void
read_events(struct reading *r, struct umami_record *out, const cJSON *payload)
{
    const cJSON *events = member(payload, "events");

    if (!cJSON_IsArray(events)) {
        complain_type(r, "events", "array", events);
        return;
    }
    for (const cJSON *c = events->child; c != NULL; c = c->next)
        out->events++;
    if (out->events > EVENTS_MAX)
        complain(r->faults, "payload", "events", "Too big: expected array to have <=%d items",
                 EVENTS_MAX);
}

static void
read_recording(struct reading *r, struct umami_record *out, const cJSON *payload)
{
    static const struct field timestamp = { .name = "timestamp" };
    const cJSON *at = member(payload, timestamp.name);
    double unused;

    out->website = read_id(r, payload, "website");
    if (out->website == NULL)
        complain_type(r, "website", "string", NULL);
    read_events(r, out, payload);
    if (at != NULL)
        read_seconds(r, &timestamp, &unused, at);
}

bool
umami_record_read(struct umami_record *out, struct arena *arena, const cJSON *body,
                  struct umami_faults *faults)
{
    struct reading r = { .arena = arena, .dialect = UMAMI_V3, .faults = faults };
    const cJSON *type, *payload;

    *out = (struct umami_record){ .website = "" };
    if (!cJSON_IsObject(body)) {
        complain(faults, "", "", "Invalid input: expected object, received %s", type_of(body));
        return false;
    }
    type = member(body, "type");
    payload = member(body, "payload");
    if (!cJSON_IsString(type) || strcmp(type->valuestring, "record") != 0)
        complain(faults, "", "type", "Invalid input: expected \"record\"");
    if (cJSON_IsObject(payload))
        read_recording(&r, out, payload);
    else
        complain(faults, "payload", "", "Invalid input: expected object, received %s",
                 type_of(payload));
    return faults->count == 0;
}

/* --- answers ---------------------------------------------------------------------------------- */

static void
print_string(struct buf *b, const char *text)
{
    json_print_string(b, text, strlen(text));
}

/* ["text",...] of those that are at one place. */
static void
print_errors(struct buf *b, const struct umami_faults *faults, const char *parent,
             const char *field)
{
    size_t n = 0;

    buf_adds(b, "\"errors\":[");
    for (size_t i = 0; i < faults->count; i++) {
        const struct umami_fault *f = &faults->list[i];

        if (strcmp(f->parent, parent) != 0 || strcmp(f->field, field) != 0)
            continue;
        if (n++ > 0)
            buf_addc(b, ',');
        print_string(b, f->text);
    }
    buf_addc(b, ']');
}

static bool
is_first_of(const struct umami_faults *faults, size_t at)
{
    const struct umami_fault *f = &faults->list[at];

    for (size_t i = 0; i < at; i++) {
        if (strcmp(faults->list[i].parent, f->parent) == 0 &&
            strcmp(faults->list[i].field, f->field) == 0)
            return false;
    }
    return true;
}

static bool
has_below(const struct umami_faults *faults, const char *parent)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (strcmp(faults->list[i].parent, parent) == 0 && faults->list[i].field[0] != '\0')
            return true;
    }
    return false;
}

static bool
has_parent(const struct umami_faults *faults, const char *parent)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (strcmp(faults->list[i].parent, parent) == 0)
            return true;
    }
    return false;
}

/* "properties":{"name":{"errors":[...]}} */
static void
print_properties(struct buf *b, const struct umami_faults *faults, const char *parent)
{
    size_t n = 0;

    buf_adds(b, ",\"properties\":{");
    for (size_t i = 0; i < faults->count; i++) {
        const struct umami_fault *f = &faults->list[i];

        if (strcmp(f->parent, parent) != 0 || f->field[0] == '\0' || !is_first_of(faults, i))
            continue;
        if (n++ > 0)
            buf_addc(b, ',');
        print_string(b, f->field);
        buf_adds(b, ":{");
        print_errors(b, faults, parent, f->field);
        buf_addc(b, '}');
    }
    if (*parent == '\0' && has_parent(faults, "payload")) {
        buf_adds(b, n > 0 ? ",\"payload\":{" : "\"payload\":{");
        print_errors(b, faults, "payload", "");
        if (has_below(faults, "payload"))
            print_properties(b, faults, "payload");
        buf_addc(b, '}');
    }
    buf_addc(b, '}');
}

/* "items":[null,{"errors":[...]}] */
static void
print_items(struct buf *b, const struct umami_faults *faults)
{
    buf_adds(b, ",\"items\":[");
    for (size_t i = 0; i < faults->list[0].index && !buf_failed(b); i++)
        buf_adds(b, "null,");
    buf_addc(b, '{');
    print_errors(b, faults, "items", "");
    buf_adds(b, "}]");
}

static void
print_tree(struct buf *b, const struct umami_faults *faults)
{
    buf_adds(b, "{\"error\":{\"message\":\"Bad request\",\"code\":\"bad-request\",\"status\":400,");
    print_errors(b, faults, "", "");
    if (has_below(faults, "") || has_parent(faults, "payload"))
        print_properties(b, faults, "");
    if (has_parent(faults, "items"))
        print_items(b, faults);
    buf_adds(b, "}}");
}

/* One line per field of the body; what is wrong with the body itself has none. */
static void
print_lines(struct buf *b, const struct umami_faults *faults)
{
    size_t n = 0;

    buf_adds(b, "{\"error\":[");
    for (size_t i = 0; i < faults->count; i++) {
        const struct umami_fault *f = &faults->list[i];
        bool is_payload = strcmp(f->parent, "payload") == 0;
        char line[160];

        if (*f->parent == '\0' && *f->field == '\0')
            continue;
        if (strcmp(f->parent, "items") == 0)
            snprintf(line, sizeof line, "%zu: %s", f->index, f->text);
        else
            snprintf(line, sizeof line, "%s: %s", is_payload ? "payload" : f->field,
                     is_payload && *f->field != '\0' ? "" : f->text);
        if (n++ > 0)
            buf_addc(b, ',');
        print_string(b, line);
        if (is_payload)
            break;
    }
    buf_adds(b, "]}");
}

void
umami_faults_print(struct buf *b, enum umami_dialect dialect, const struct umami_faults *faults)
{
    if (dialect == UMAMI_V3)
        print_tree(b, faults);
    else
        print_lines(b, faults);
}

void
umami_error_print(struct buf *b, enum umami_dialect dialect, unsigned status, const char *message)
{
    static const struct {
        unsigned status;
        const char *code;
    } codes[] = { { 400, "bad-request" },
                  { 401, "unauthorized" },
                  { 403, "forbidden" },
                  { 404, "not-found" },
                  { 0, "server-error" } };
    size_t i = 0;

    buf_adds(b, dialect == UMAMI_V3 ? "{\"error\":{\"message\":" : "{\"error\":");
    print_string(b, message);
    while (codes[i].status != 0 && codes[i].status != status)
        i++;
    if (dialect == UMAMI_V3)
        buf_addf(b, ",\"code\":\"%s\",\"status\":%u}", codes[i].code, status);
    buf_addc(b, '}');
}

void
umami_faults_describe(char *text, size_t size, const struct umami_faults *faults)
{
    const struct umami_fault *f = &faults->list[0];
    const char *dot = *f->parent != '\0' && *f->field != '\0' ? "." : "";

    if (strcmp(f->parent, "items") == 0)
        snprintf(text, size, "[%zu]: %s", f->index, f->text);
    else if (*f->parent == '\0' && *f->field == '\0')
        snprintf(text, size, "body: %s", f->text);
    else
        snprintf(text, size, "%s%s%s: %s", f->parent, dot, f->field, f->text);
}
