/* openreplay_findings.c - hits to findings: described, scrubbed, counted.
 * SPDX-License-Identifier: MIT
 *
 * What is told of a finding besides the value - element, page - may itself hold some; it is
 * scrubbed. Hits that are settled together mostly are of one element and of one page, so the last
 * ones stay at hand. */
#include "config.h"

#include "domain/openreplay_findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/table.h"
#include "base/text.h"
#include "domain/pii_selector.h"

#define FINDINGS_MAX 10000 /* of one session */
#define PAGE_MOST    512

struct waiting {
    struct pii_hit hit;
    struct openreplay_place place;
};

struct openreplay_findings {
    struct pii_scanner *scanner;
    char *session;
    struct arena *arena; /* texts of findings */
    struct table by_key; /* struct pii_finding * */
    struct pii_finding **items;
    size_t count, room;
    struct waiting *waiting;
    size_t waiting_count, waiting_room;
    struct buf raw, scrubbed, key; /* scratch */
    /* --- the last ones of those that are settled --- */
    struct buf element;
    const struct openreplay_nodes *element_nodes; /* NULL: none is at hand */
    uint64_t element_node;
    const char *page;
    struct openreplay_text page_raw; /* at NULL: none is at hand */
};

struct openreplay_findings *
openreplay_findings_new(struct pii_scanner *scanner, const char *session)
{
    struct openreplay_findings *findings = xcalloc(1, sizeof *findings);

    findings->scanner = scanner;
    findings->session = session == NULL ? NULL : xstrdup(session);
    findings->arena = arena_new();
    table_init(&findings->by_key, sizeof(struct pii_finding *));
    buf_init(&findings->raw, PAGE_MOST);
    buf_init(&findings->scrubbed, 4 * PAGE_MOST);
    buf_init(&findings->element, 16 * PAGE_MOST);
    buf_init(&findings->key, 32 * PAGE_MOST);
    return findings;
}

void
openreplay_findings_free(struct openreplay_findings *findings)
{
    if (findings == NULL)
        return;
    buf_fini(&findings->raw);
    buf_fini(&findings->scrubbed);
    buf_fini(&findings->element);
    buf_fini(&findings->key);
    table_fini(&findings->by_key);
    arena_free(findings->arena);
    free(findings->waiting);
    free(findings->items);
    free(findings->session);
    free(findings);
}

/* Room for one more. */
static void *
grow(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room == 0 ? 32 : 2 * *room;
    return xreallocarray(items, *room, size);
}

void
openreplay_findings_add(struct openreplay_findings *findings, const struct pii_hit *hit,
                        const struct openreplay_place *place)
{
    findings->waiting = grow(findings->waiting, findings->waiting_count, &findings->waiting_room,
                             sizeof *findings->waiting);
    findings->waiting[findings->waiting_count++] = (struct waiting){ .hit = *hit, .place = *place };
}

size_t
openreplay_findings_waiting(const struct openreplay_findings *findings)
{
    return findings->waiting_count;
}

/* --- what is told ----------------------------------------------------------------------------- */

/* At most PAGE_MOST bytes of it, without what must not be told. */
static void
scrub(struct openreplay_findings *findings, const char *text, size_t length, struct buf *out)
{
    buf_clear(&findings->scrubbed);
    (void)pii_scrub(findings->scanner, PII_URL, text, length < PAGE_MOST ? length : PAGE_MOST,
                    &findings->scrubbed);
    text_clean(out, findings->scrubbed.data, findings->scrubbed.len);
}

/* The element of the place in `element`, which is empty when there is none. */
static void
describe(struct openreplay_findings *findings, const struct openreplay_place *place)
{
    if (place->has_node && place->nodes != NULL && place->nodes == findings->element_nodes &&
        place->node == findings->element_node)
        return;
    buf_clear(&findings->element);
    findings->element_nodes = NULL;
    if (!place->has_node || place->nodes == NULL)
        return;
    buf_clear(&findings->raw);
    openreplay_nodes_describe(place->nodes, place->node, &findings->raw);
    scrub(findings, findings->raw.data, findings->raw.len, &findings->element);
    findings->element_nodes = place->nodes;
    findings->element_node = place->node;
}

/* Without query and fragment. */
static const char *
page_of(struct openreplay_findings *findings, struct openreplay_text page)
{
    struct buf clean;
    size_t length = 0;

    if (findings->page_raw.at == page.at && findings->page_raw.length == page.length)
        return findings->page;
    while (length < page.length && page.at[length] != '?' && page.at[length] != '#')
        length++;
    buf_init(&clean, 16 * PAGE_MOST);
    scrub(findings, page.at, length, &clean);
    findings->page = clean.len == 0 ? NULL : arena_strdup(findings->arena, clean.data);
    findings->page_raw = page;
    buf_fini(&clean);
    return findings->page;
}

static enum pii_severity
severity_of(const struct waiting *w)
{
    for (enum pii_kind kind = 0; kind < PII_KINDS; kind++) {
        if (w->hit.kind == pii_kind_name(kind))
            return w->hit.severity;
    }
    /* Who somebody is was told on purpose. */
    return w->place.privacy == OPENREPLAY_IDENTITY ? PII_LOW : w->hit.severity;
}

static struct pii_finding *
new_finding(struct openreplay_findings *findings, const struct waiting *w)
{
    struct pii_finding *f = arena_alloc(findings->arena, sizeof *f);
    const struct openreplay_place *place = &w->place;
    const char *element =
        findings->element.len == 0 ? NULL : arena_strdup(findings->arena, findings->element.data);

    *f = (struct pii_finding){
        .source = "openreplay",
        .time_ms = place->time_ms,
        .session = findings->session,
        .message = place->layout->name,
        .message_id = place->layout->id,
        .field = place->field,
        .kind = w->hit.kind,
        .rule = place->selector == NULL ? NULL : pii_selector_text(place->selector),
        .severity = severity_of(w),
        .way = openreplay_place_way(place),
        .element = element,
        .page = page_of(findings, place->page),
        .shape = arena_strdup(findings->arena, w->hit.shape),
        .advice = openreplay_place_advice(place, element, findings->arena),
    };
    memcpy(f->hash, w->hit.hash, sizeof f->hash);
    return f;
}

/* --- each once -------------------------------------------------------------------------------- */

static void
make_key(struct openreplay_findings *findings, const struct waiting *w)
{
    struct buf *key = &findings->key;

    buf_clear(key);
    buf_add(key, w->hit.hash, sizeof w->hit.hash);
    buf_add(key, &w->place.layout, sizeof w->place.layout);
    buf_add(key, &w->place.field, sizeof w->place.field);
    buf_adds(key, w->hit.kind);
    buf_addc(key, '\n');
    buf_add(key, findings->element.data, findings->element.len);
}

/* Once for each value, message, field and element. false: too many. */
static bool
settle_one(struct openreplay_findings *findings, const struct waiting *w)
{
    struct pii_finding **found;

    describe(findings, &w->place);
    make_key(findings, w);
    found = table_find(&findings->by_key, findings->key.data, findings->key.len);
    if (found == NULL) {
        if (findings->count == FINDINGS_MAX)
            return false;
        found = table_add(&findings->by_key, findings->key.data, findings->key.len);
        *found = new_finding(findings, w);
        findings->items =
            grow(findings->items, findings->count, &findings->room, sizeof(struct pii_finding *));
        findings->items[findings->count++] = *found;
    }
    (*found)->count++;
    return true;
}

unsigned
openreplay_findings_settle(struct openreplay_findings *findings)
{
    unsigned dropped = 0;

    findings->element_nodes = NULL;
    findings->page_raw.at = NULL;
    for (size_t i = 0; i < findings->waiting_count; i++)
        dropped += !settle_one(findings, &findings->waiting[i]);
    findings->waiting_count = 0;
    return dropped;
}

size_t
openreplay_findings_count(const struct openreplay_findings *findings)
{
    return findings->count;
}

const struct pii_finding *
openreplay_findings_at(const struct openreplay_findings *findings, size_t i)
{
    return findings->items[i];
}
