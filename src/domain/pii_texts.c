/* pii_texts.c - the scanner's hits, gathered over the texts of one message.
 * SPDX-License-Identifier: MIT
 *
 * Hits are gathered before any is told, so that equal ones become one finding, and so that page and
 * field names, which may hold such values too, can be scrubbed by the same scanner. */
#include "config.h"

#include "domain/pii_texts.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define HITS_MAX  256 /* different ones of one message; with more it is not judged */
#define FIELD_MAX 128
#define PAGE_MAX  512

/* clang-format off */
static const struct {
    const char *source, *advice;
} advices[] = {
    { "error", "keep it out of error messages and URLs" },
    { "umami", "remove it in data-before-send, or do not send it" },
    { "web-vitals", "report the path without its query" },
    { "log", "do not log it" },
    { NULL, "do not send it" },
};
/* clang-format on */

struct gathered {
    struct pii_hit hit;
    const char *field;
    enum pii_way way;
    unsigned count;
};

struct gathering {
    struct pii_scanner *scanner;
    struct arena *arena;
    struct gathered *hits; /* HITS_MAX */
    size_t count;
    const char *field; /* of the text that is scanned */
    enum pii_way way;
    unsigned unjudged;
    bool is_full;
};

static void
gathering_init(struct gathering *g, struct pii_scanner *scanner)
{
    *g = (struct gathering){ .scanner = scanner, .arena = arena_new() };
}

static void
gather(void *arg, const struct pii_hit *hit)
{
    struct gathering *g = arg;

    for (size_t i = 0; i < g->count; i++) {
        if (g->hits[i].hit.kind == hit->kind && strcmp(g->hits[i].field, g->field) == 0 &&
            memcmp(g->hits[i].hit.hash, hit->hash, sizeof hit->hash) == 0) {
            g->hits[i].count++;
            return;
        }
    }
    g->is_full = g->is_full || g->count == HITS_MAX;
    if (g->is_full)
        return;
    if (g->hits == NULL)
        g->hits = arena_alloc(g->arena, HITS_MAX * sizeof *g->hits);
    g->hits[g->count++] =
        (struct gathered){ .hit = *hit, .field = g->field, .way = g->way, .count = 1 };
}

static void
gather_text(struct gathering *g, const char *field, enum pii_reading reading, const char *text,
            size_t length)
{
    g->field = field;
    g->way = reading == PII_URL ? PII_WAY_URL : PII_WAY_PAYLOAD;
    if (!pii_scan(g->scanner, reading, text, length, gather, g))
        g->unjudged++;
}

static const char *
scrubbed(struct gathering *g, const char *text, size_t length)
{
    struct buf out;
    const char *kept;

    buf_init(&out, 4 * PAGE_MAX);
    (void)pii_scrub(g->scanner, PII_URL, text, length < PAGE_MAX ? length : PAGE_MAX, &out);
    kept = out.len == 0 ? NULL : arena_strdup(g->arena, out.data);
    buf_fini(&out);
    return kept;
}

static const char *
advice_of(const struct pii_origin *origin)
{
    size_t i = 0;

    if (origin->advice != NULL)
        return origin->advice;
    while (advices[i].source != NULL && strcmp(advices[i].source, origin->source) != 0)
        i++;
    return advices[i].advice;
}

static unsigned
tell(struct gathering *g, const struct pii_origin *origin, pii_texts_found *found, void *arg)
{
    unsigned unjudged = g->unjudged + g->is_full;
    const char *page = origin->page == NULL || g->count == 0
                           ? NULL
                           : scrubbed(g, origin->page, strcspn(origin->page, "?#"));

    for (size_t i = 0; i < g->count; i++) {
        const struct gathered *at = &g->hits[i];
        struct pii_finding finding = {
            .source = origin->source,
            .time_ms = origin->time_ms,
            .session = origin->session,
            .message = origin->message,
            .field = scrubbed(g, at->field, strlen(at->field)),
            .kind = at->hit.kind,
            .severity = at->hit.severity,
            .way = at->way,
            .page = page,
            .shape = at->hit.shape,
            .count = at->count,
            .advice = advice_of(origin),
        };

        memcpy(finding.hash, at->hit.hash, sizeof finding.hash);
        found(arg, &finding);
    }
    arena_free(g->arena);
    return unjudged;
}

unsigned
pii_texts_scan(struct pii_scanner *scanner, const struct pii_origin *origin,
               const struct pii_text *texts, size_t count, pii_texts_found *found, void *arg)
{
    struct gathering g;

    gathering_init(&g, scanner);
    for (size_t i = 0; i < count; i++) {
        if (texts[i].text != NULL)
            gather_text(&g, texts[i].field, texts[i].reading, texts[i].text, texts[i].length);
    }
    return tell(&g, origin, found, arg);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static bool
is_url(const char *text)
{
    return strstr(text, "://") != NULL || *text == '/' || *text == '?';
}

static void
gather_string(struct gathering *g, const cJSON *value, const char *path)
{
    const char *text = value->valuestring;
    const char *kept = arena_strdup(g->arena, path);
    enum pii_reading reading = is_url(text)                   ? PII_URL
                               : *text == '{' || *text == '[' ? PII_JSON
                                                              : PII_PLAIN;
    size_t before = g->count;
    enum pii_kind kind;
    struct pii_hit hit;

    gather_text(g, kept, reading, text, strlen(text));
    if (g->count == before && value->string != NULL && pii_names_secret(value->string, &kind) &&
        pii_judge(g->scanner, kind, text, strlen(text), &hit))
        gather(g, &hit);
}

static void
gather_json(struct gathering *g, const cJSON *value, const char *path)
{
    char below[FIELD_MAX];
    const cJSON *at;
    unsigned i = 0;

    if (cJSON_IsString(value) && value->valuestring != NULL)
        gather_string(g, value, path);
    if (!cJSON_IsObject(value) && !cJSON_IsArray(value))
        return;
    cJSON_ArrayForEach(at, value)
    {
        if (cJSON_IsObject(value))
            snprintf(below, sizeof below, "%s%s%s", path, *path == '\0' ? "" : ".", at->string);
        else
            snprintf(below, sizeof below, "%s[%u]", path, i++);
        gather_json(g, at, below);
    }
}

unsigned
pii_texts_scan_json(struct pii_scanner *scanner, const struct pii_origin *origin,
                    const cJSON *value, pii_texts_found *found, void *arg)
{
    struct gathering g;

    gathering_init(&g, scanner);
    gather_json(&g, value, "");
    return tell(&g, origin, found, arg);
}

/* --- what the product takes in ---------------------------------------------------------------- */

/* A structured line is searched by its members, which then have names; one of our own findings has
 * nothing but shapes. */
unsigned
pii_texts_scan_line(struct pii_scanner *scanner, const struct pii_origin *origin, const char *line,
                    size_t length, pii_texts_found *found, void *arg)
{
    const struct pii_text text = { "line", PII_JSON, line, length };
    struct arena *arena = arena_new();
    const cJSON *parsed = NULL;
    struct err err;
    unsigned unjudged;

    if (length > 0 && *line == '{' && json_parse_in(&parsed, arena, line, length, &err) == OK)
        unjudged = pii_texts_scan_json(scanner, origin, parsed, found, arg);
    else
        unjudged = pii_texts_scan(scanner, origin, &text, 1, found, arg);
    arena_free(arena);
    return unjudged;
}
