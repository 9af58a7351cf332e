/* openreplay_scan.c - each text of a recording to the scanner, and what it finds to its place.
 * SPDX-License-Identifier: MIT
 *
 * How a text is read, what could have masked it and what would, follow from the message and field
 * it stands in: rows of the table of messages (openreplay_table.c) and of places[] below.
 *
 * Three things are not judged where they stand. Values of attributes come in dictionaries, before
 * the attribute that uses them; a suspicious entry waits until its attribute is known, since
 * numbers in `d` are a drawing. A value that is being typed comes again with each key; it waits for
 * the next one and is dropped when that only goes on with it. And an element is described when its
 * page load or the body ends, since its id may be sent behind the attribute that was found. Waiting
 * texts point into the body, so nothing of it is kept.
 *
 * What is told of a finding besides the value - element, page - may itself hold some; it is
 * scrubbed. */
#include "config.h"

#include "domain/openreplay_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "domain/openreplay_nodes.h"
#include "domain/pii_selector.h"

#define TABS_MAX     32    /* of one session that have nodes of their own */
#define FINDINGS_MAX 10000 /* of one session */
#define WAITING_MAX  1024  /* hits before their elements are described */
#define TYPED_MAX    64    /* fields whose value may go on */
#define ENTRIES_MAX  20000 /* suspicious ones of the dictionaries, in one body */
#define MEMO_FIRST   1024  /* ids of nodes for which a verdict is kept */
#define MEMO_MAX     65536
#define DEPTH_MAX    200 /* of an element, for selectors */
#define PAGE_MOST    512

struct tab {
    char *id;
    uint64_t page_no;
    struct openreplay_nodes *nodes;
    uint8_t *memo; /* by node: 0 not known, 1 no selector, 2 and more: its number */
    size_t memo_size;
};

/* Where something was found. */
struct place {
    struct tab *tab;
    const struct openreplay_layout *layout;
    const char *field;
    int64_t time_ms;
    struct openreplay_text page;
    uint64_t node;
    bool has_node;
    struct openreplay_text attribute; /* its name; empty: none */
    enum openreplay_privacy privacy;
    size_t selector; /* number of the one that matches, plus one; 0: none */
};

struct waiting {
    struct pii_hit hit;
    struct place place;
};

struct typed {
    struct place place;
    struct openreplay_text value;
};

struct entry {
    struct place place;
    struct openreplay_text value;
    bool is_done;
};

struct openreplay_scan {
    const struct pii_rules *rules;
    const struct pii_selector *const *selectors;
    size_t selector_count;
    struct pii_scanner *scanner;
    char *session;
    struct tab tabs[TABS_MAX];
    size_t tab_count;
    struct arena *arena; /* texts of findings */
    struct table by_key; /* struct pii_finding * */
    struct pii_finding **findings;
    size_t finding_count, finding_room, told;
    /* --- of the body that is taken --- */
    const struct openreplay_reader *reader;
    struct openreplay_scanned *out;
    struct tab *tab;
    struct waiting *waiting;
    size_t waiting_count, waiting_room;
    struct typed typed[TYPED_MAX];
    size_t typed_count;
    struct table entries;
    struct entry **entry_list;
    size_t entry_room;
    const struct place *place; /* of the text that is scanned */
    unsigned hits;             /* in it */
};

/* Room for one more. */
static void *
grow(void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return items;
    *room = *room == 0 ? 32 : 2 * *room;
    return xreallocarray(items, *room, size);
}

struct openreplay_scan *
openreplay_scan_new(const struct pii_rules *rules, const uint8_t key[PII_KEY_BYTES],
                    const char *session)
{
    struct openreplay_scan *scan = xcalloc(1, sizeof *scan);

    scan->rules = rules;
    scan->selectors = pii_rules_selectors(rules, &scan->selector_count);
    scan->scanner = pii_scanner_new(rules, key);
    scan->session = session == NULL ? NULL : xstrdup(session);
    scan->arena = arena_new();
    table_init(&scan->by_key, sizeof(struct pii_finding *));
    table_init(&scan->entries, sizeof(struct entry));
    return scan;
}

void
openreplay_scan_free(struct openreplay_scan *scan)
{
    if (scan == NULL)
        return;
    for (size_t i = 0; i < scan->tab_count; i++) {
        free(scan->tabs[i].id);
        free(scan->tabs[i].memo);
        openreplay_nodes_free(scan->tabs[i].nodes);
    }
    table_fini(&scan->by_key);
    table_fini(&scan->entries);
    pii_scanner_free(scan->scanner);
    arena_free(scan->arena);
    free(scan->entry_list);
    free(scan->waiting);
    free(scan->findings);
    free(scan->session);
    free(scan);
}

/* --- where, and what would have masked it ----------------------------------------------------- */

/* The first row that fits wins; NULL fits any. */
static const struct {
    const char *message, *field;
    enum pii_way way;
    const char *advice;
} places[] = {
    { "SelectionChange", NULL, PII_WAY_NONE, "user-select: none on what must not be selected" },
    { "BatchMetadata", NULL, PII_WAY_NONE, "keep it out of the page's URL" },
    { NULL, "baseURL", PII_WAY_NONE, "keep it out of the page's URL" },
    { "SetPageLocation", "documentTitle", PII_WAY_TEXT, "urls.titleSanitizer" },
    { "SetPageLocation", NULL, PII_WAY_URL, "urls.urlSanitizer" },
    { "ResourceTiming", NULL, PII_WAY_URL, "resourceNameSanitizer" },
    { "ResourceTimingDeprecated", NULL, PII_WAY_URL, "resourceNameSanitizer" },
    { "NetworkRequest", "url", PII_WAY_URL, "network.sanitizer" },
    { "NetworkRequest", NULL, PII_WAY_PAYLOAD,
      "network.capturePayload: false, or network.sanitizer" },
    { "GraphQL", NULL, PII_WAY_PAYLOAD, "the sanitizer of the GraphQL plugin" },
    { "ConsoleLog", NULL, PII_WAY_PAYLOAD, "do not log it, or consoleMethods: null" },
    { "JSException", NULL, PII_WAY_PAYLOAD, "keep it out of error messages" },
    { "UserID", NULL, PII_WAY_PAYLOAD, "an id that names nobody" },
    { "UserAnonymousID", NULL, PII_WAY_PAYLOAD, "an id that names nobody" },
    { "Metadata", NULL, PII_WAY_PAYLOAD, "keep it out of setMetadata()" },
    { "SetInputValue", NULL, PII_WAY_INPUT, "data-openreplay-obscured" },
    { "InputChange", "value", PII_WAY_INPUT, "data-openreplay-obscured" },
    { "InputChange", "label", PII_WAY_TEXT, "data-openreplay-label" },
    { "SetInputTarget", NULL, PII_WAY_TEXT, "data-openreplay-label" },
    { "MouseClick", NULL, PII_WAY_TEXT, "data-openreplay-label" },
    { "SetNodeData", NULL, PII_WAY_TEXT, "data-openreplay-obscured" },
    { "IssueEvent", "url", PII_WAY_URL, "urls.urlSanitizer" },
    { "IssueEvent", NULL, PII_WAY_TEXT, "data-openreplay-label" },
    { NULL, NULL, PII_WAY_PAYLOAD, "do not send it" },
};

static size_t
row_of(const struct place *place)
{
    size_t i = 0;

    while ((places[i].message != NULL && strcmp(places[i].message, place->layout->name) != 0) ||
           (places[i].field != NULL && strcmp(places[i].field, place->field) != 0))
        i++;
    return i;
}

static enum pii_way
way_of(const struct place *place)
{
    enum pii_way way = places[row_of(place)].way;

    if (way == PII_WAY_NONE)
        return way;
    if (place->selector > 0)
        return PII_WAY_SELECTOR;
    if (place->privacy == OPENREPLAY_ATTRIBUTE)
        return PII_WAY_ATTRIBUTE;
    return way == PII_WAY_PAYLOAD && place->privacy == OPENREPLAY_URL ? PII_WAY_URL : way;
}

/* What to do, in which element. */
static const char *
advise(struct openreplay_scan *scan, const struct place *place, const char *element)
{
    const char *advice = places[row_of(place)].advice;

    if (place->privacy == OPENREPLAY_ATTRIBUTE)
        return arena_printf(scan->arena, "keep it out of attribute %.*s, which is always sent",
                            place->attribute.length > 0 ? (int)place->attribute.length : 8,
                            place->attribute.length > 0 ? place->attribute.at : "of a node");
    if (element == NULL || strncmp(advice, "data-", 5) != 0)
        return advice;
    return arena_printf(scan->arena, "%s on %.*s", advice, (int)strcspn(element, " "), element);
}

/* --- findings --------------------------------------------------------------------------------- */

/* At most `most` bytes of it, without what must not be told. */
static const char *
scrub(struct openreplay_scan *scan, const char *text, size_t length, size_t most)
{
    struct buf scrubbed, clean;
    const char *kept;

    buf_init(&scrubbed, 4 * PAGE_MOST);
    buf_init(&clean, 16 * PAGE_MOST);
    (void)pii_scrub(scan->scanner, PII_URL, text, length < most ? length : most, &scrubbed);
    text_clean(&clean, scrubbed.data, scrubbed.len);
    kept = clean.len == 0 ? NULL : arena_strdup(scan->arena, clean.data);
    buf_fini(&clean);
    buf_fini(&scrubbed);
    return kept;
}

static const char *
describe(struct openreplay_scan *scan, const struct place *place)
{
    struct buf text;
    const char *kept;

    if (!place->has_node || place->tab == NULL)
        return NULL;
    buf_init(&text, PAGE_MOST);
    openreplay_nodes_describe(place->tab->nodes, place->node, &text);
    kept = scrub(scan, text.data, text.len, PAGE_MOST);
    buf_fini(&text);
    return kept;
}

static const char *
page_of(struct openreplay_scan *scan, struct openreplay_text page)
{
    size_t length = 0;

    while (length < page.length && page.at[length] != '?' && page.at[length] != '#')
        length++;
    return scrub(scan, page.at, length, PAGE_MOST);
}

static void
add_key(struct buf *key, const char *text)
{
    buf_adds(key, text == NULL ? "" : text);
    buf_addc(key, '\n');
}

static enum pii_severity
severity_of(const struct waiting *w)
{
    enum pii_severity high;

    for (enum pii_kind kind = 0; kind < PII_KINDS; kind++) {
        if (w->hit.kind == pii_kind_name(kind))
            return w->hit.severity;
    }
    high = w->hit.severity;
    /* Who somebody is was told on purpose. */
    return w->place.privacy == OPENREPLAY_IDENTITY ? PII_LOW : high;
}

static struct pii_finding *
new_finding(struct openreplay_scan *scan, const struct waiting *w, const char *element)
{
    struct pii_finding *f = arena_alloc(scan->arena, sizeof *f);
    const struct place *place = &w->place;

    *f = (struct pii_finding){
        .source = "openreplay",
        .time_ms = place->time_ms,
        .session = scan->session,
        .message = place->layout->name,
        .message_id = place->layout->id,
        .field = place->field,
        .kind = w->hit.kind,
        .rule =
            place->selector > 0 ? pii_selector_text(scan->selectors[place->selector - 1]) : NULL,
        .severity = severity_of(w),
        .way = way_of(place),
        .element = element,
        .page = page_of(scan, place->page),
        .shape = arena_strdup(scan->arena, w->hit.shape),
        .advice = advise(scan, place, element),
    };
    memcpy(f->hash, w->hit.hash, sizeof f->hash);
    return f;
}

/* Once for each value, message, field and element. */
static void
keep_finding(struct openreplay_scan *scan, const struct waiting *w)
{
    const char *element = describe(scan, &w->place);
    struct pii_finding **found;
    struct buf key;

    buf_init(&key, 4 * PAGE_MOST);
    buf_add(&key, w->hit.hash, sizeof w->hit.hash);
    add_key(&key, w->hit.kind);
    add_key(&key, w->place.layout->name);
    add_key(&key, w->place.field);
    add_key(&key, element);
    found = table_find(&scan->by_key, key.data, key.len);
    if (found != NULL) {
        (*found)->count++;
    } else if (scan->finding_count == FINDINGS_MAX) {
        scan->out->unjudged++;
    } else {
        found = table_add(&scan->by_key, key.data, key.len);
        *found = new_finding(scan, w, element);
        (*found)->count = 1;
        scan->findings = grow(scan->findings, scan->finding_count, &scan->finding_room,
                              sizeof(struct pii_finding *));
        scan->findings[scan->finding_count++] = *found;
    }
    buf_fini(&key);
}

static void
flush_waiting(struct openreplay_scan *scan)
{
    for (size_t i = 0; i < scan->waiting_count; i++)
        keep_finding(scan, &scan->waiting[i]);
    scan->waiting_count = 0;
}

static void
add_hit(void *arg, const struct pii_hit *hit)
{
    struct openreplay_scan *scan = arg;

    scan->waiting =
        grow(scan->waiting, scan->waiting_count, &scan->waiting_room, sizeof *scan->waiting);
    scan->waiting[scan->waiting_count++] = (struct waiting){ .hit = *hit, .place = *scan->place };
    scan->hits++;
}

/* --- selectors -------------------------------------------------------------------------------- */

/* The nodes of a tab as selectors ask about them, the last one at hand. */
struct looking {
    const struct openreplay_nodes *nodes;
    struct openreplay_node node;
    bool is_there;
};

static bool
look_at(struct looking *l, uint64_t element)
{
    if (!l->is_there || l->node.id != element)
        l->is_there = openreplay_nodes_find(l->nodes, element, &l->node);
    return l->is_there;
}

static const char *
read_tag(void *arg, uint64_t element)
{
    struct looking *l = arg;

    return look_at(l, element) ? l->node.tag : NULL;
}

static const char *
read_attribute(void *arg, uint64_t element, const char *name)
{
    struct looking *l = arg;

    return look_at(l, element) ? openreplay_node_attribute(&l->node, name) : NULL;
}

static bool
read_parent(void *arg, uint64_t element, uint64_t *out)
{
    struct looking *l = arg;

    if (!look_at(l, element) || l->node.parent == element)
        return false;
    *out = l->node.parent;
    return true;
}

static size_t
own_selector(const struct openreplay_scan *scan, struct looking *looking, uint64_t element)
{
    const struct pii_element_reader reader = { looking, read_tag, read_attribute, read_parent };

    for (size_t i = 0; i < scan->selector_count; i++) {
        if (pii_selector_matches(scan->selectors[i], &reader, element))
            return i + 1;
    }
    return 0;
}

/* A byte for the node, or NULL: its id is too large for one. */
static uint8_t *
verdict_of(struct tab *tab, uint64_t node)
{
    if (node >= MEMO_MAX)
        return NULL;
    if (node >= tab->memo_size) {
        size_t size = tab->memo_size == 0 ? MEMO_FIRST : tab->memo_size;

        while (size <= node)
            size *= 2;
        tab->memo = xreallocarray(tab->memo, size, 1);
        memset(tab->memo + tab->memo_size, 0, size - tab->memo_size);
        tab->memo_size = size;
    }
    return &tab->memo[node];
}

static void
forget_verdicts(struct tab *tab)
{
    if (tab->memo_size > 0)
        memset(tab->memo, 0, tab->memo_size);
}

/* Number of the selector that matches the node or one above it, plus one; 0: none does. */
static size_t
selector_of(const struct openreplay_scan *scan, struct tab *tab, uint64_t node, unsigned depth)
{
    struct looking looking = { .nodes = tab == NULL ? NULL : tab->nodes };
    const uint8_t *known;
    uint8_t *verdict;
    uint64_t parent;
    size_t found;

    if (tab == NULL || scan->selector_count == 0 || depth == DEPTH_MAX)
        return 0;
    known = verdict_of(tab, node);
    if (known != NULL && *known != 0)
        return *known - 1U;
    found = own_selector(scan, &looking, node);
    if (found == 0 && read_parent(&looking, node, &parent))
        found = selector_of(scan, tab, parent, depth + 1);
    verdict = verdict_of(tab, node); /* the one before may have moved */
    if (verdict != NULL)
        *verdict = (uint8_t)(found + 1);
    return found;
}

static bool
is_blank(struct openreplay_text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (memchr(" \t\r\n\f\v", text.at[i], 6) == NULL)
            return false;
    }
    return true;
}

/* --- texts ------------------------------------------------------------------------------------ */

static enum pii_reading
reading_of(const struct place *place, struct openreplay_text text)
{
    if (place->privacy == OPENREPLAY_URL)
        return PII_URL;
    if (place->privacy == OPENREPLAY_JSON || (*text.at == '{' || *text.at == '['))
        return PII_JSON;
    if (place->privacy == OPENREPLAY_ATTRIBUTE && memmem(text.at, text.length, "://", 3) != NULL)
        return PII_URL;
    return PII_PLAIN;
}

static void
scan_text(struct openreplay_scan *scan, const struct place *place, struct openreplay_text text)
{
    struct pii_hit hit;

    if (text.length == 0)
        return;
    if (scan->waiting_count >= WAITING_MAX)
        flush_waiting(scan);
    scan->place = place;
    scan->hits = 0;
    if (!pii_scan(scan->scanner, reading_of(place, text), text.at, text.length, add_hit, scan))
        scan->out->unjudged++;
    if (place->selector > 0 && scan->hits == 0 && !is_blank(text) &&
        pii_judge(scan->scanner, PII_UNMASKED, text.at, text.length, &hit))
        add_hit(scan, &hit);
}

static struct place
place_of(const struct openreplay_scan *scan, const struct openreplay_message *message,
         unsigned field)
{
    const struct openreplay_field *first = &message->layout->fields[0];
    struct place place = { .tab = scan->tab,
                           .layout = message->layout,
                           .field = message->layout->fields[field].name,
                           .time_ms = scan->reader->now_ms,
                           .page = scan->reader->page,
                           .privacy = message->layout->fields[field].privacy };

    if ((first->type == OPENREPLAY_UINT && strcmp(first->name, "id") == 0 &&
         place.privacy != OPENREPLAY_URL) ||
        message->id == OPENREPLAY_SELECTION_CHANGE) {
        place.node = message->values[0].u;
        place.has_node = true;
    }
    return place;
}

/* --- attributes ------------------------------------------------------------------------------- */

/* Numbers that are drawings, sizes and sums; none is shown to anybody as a text. */
static const char *const harmless[] = { "d",         "points",    "viewBox",
                                        "style",     "class",     "srcset",
                                        "transform", "integrity", "gradientTransform" };

static bool
is_harmless(struct openreplay_text name)
{
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        if (strlen(harmless[i]) == name.length && memcmp(harmless[i], name.at, name.length) == 0)
            return true;
    }
    return false;
}

/* An entry that nobody has used yet. */
static void
scan_entry(struct openreplay_scan *scan, struct entry *entry)
{
    if (!entry->is_done)
        scan_text(scan, &entry->place, entry->value);
    entry->is_done = true;
}

static const void *
entry_key(enum openreplay_type type, const union openreplay_value *value, size_t *length)
{
    *length = type == OPENREPLAY_TEXT ? value->text.length : sizeof value->u;
    return type == OPENREPLAY_TEXT ? (const void *)value->text.at : &value->u;
}

static void
take_entry(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    struct openreplay_text value = message->values[1].text;
    struct entry *entry;
    const void *key;
    size_t length;

    if (!pii_is_suspect(scan->scanner, value.at, value.length))
        return;
    key = entry_key(message->layout->fields[0].type, &message->values[0], &length);
    entry = table_find(&scan->entries, key, length);
    if (entry != NULL) {
        scan_entry(scan, entry);
    } else if (scan->entries.count == ENTRIES_MAX) {
        struct place place = place_of(scan, message, 1);

        scan_text(scan, &place, value);
        return;
    } else {
        entry = table_add(&scan->entries, key, length);
        scan->entry_list = grow(scan->entry_list, scan->entries.count - 1, &scan->entry_room,
                                sizeof(struct entry *));
        scan->entry_list[scan->entries.count - 1] = entry;
    }
    *entry = (struct entry){ .place = place_of(scan, message, 1), .value = value };
}

/* The attribute that an entry waited for. */
static void
take_attribute(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    struct openreplay_text name, value;
    struct entry *entry;
    const void *key;
    size_t length;
    uint64_t node;

    if (scan->tab != NULL && message->values[0].u < scan->tab->memo_size &&
        scan->tab->memo[message->values[0].u] != 0)
        forget_verdicts(scan->tab);
    if (scan->entries.count == 0)
        return;
    key = entry_key(message->layout->fields[2].type, &message->values[2], &length);
    entry = table_find(&scan->entries, key, length);
    if (entry == NULL || entry->is_done || scan->tab == NULL ||
        !openreplay_nodes_attribute(scan->tab->nodes, message, &node, &name, &value))
        return;
    entry->place.node = node;
    entry->place.has_node = true;
    entry->place.attribute = name;
    entry->is_done = is_harmless(name);
    scan_entry(scan, entry);
}

/* Those that no attribute of this body used. */
static void
flush_entries(struct openreplay_scan *scan)
{
    for (size_t i = 0; i < scan->entries.count; i++)
        scan_entry(scan, scan->entry_list[i]);
    if (scan->entries.count > 0)
        table_clear(&scan->entries);
}

/* --- values that are being typed -------------------------------------------------------------- */

static bool
goes_on(struct openreplay_text before, struct openreplay_text after)
{
    return after.length > before.length && memcmp(before.at, after.at, before.length) == 0;
}

static void
scan_typed(struct openreplay_scan *scan, size_t i)
{
    scan_text(scan, &scan->typed[i].place, scan->typed[i].value);
    scan->typed[i] = scan->typed[--scan->typed_count];
}

static void
take_value(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    struct typed now = { .place = place_of(scan, message, 1), .value = message->values[1].text };

    if (message->values[2].i != 0)
        now.value.length = 0; /* masked */
    for (size_t i = 0; i < scan->typed_count; i++) {
        struct typed *before = &scan->typed[i];

        if (before->place.node != now.place.node || before->place.tab != now.place.tab)
            continue;
        if (goes_on(before->value, now.value)) {
            before->value = now.value;
            return;
        }
        scan_typed(scan, i);
        break;
    }
    if (now.value.length == 0)
        return;
    if (scan->typed_count == TYPED_MAX)
        scan_typed(scan, 0);
    now.place.selector = selector_of(scan, now.place.tab, now.place.node, 0);
    scan->typed[scan->typed_count++] = now;
}

static void
flush_typed(struct openreplay_scan *scan)
{
    while (scan->typed_count > 0)
        scan_typed(scan, 0);
}

/* --- bodies ----------------------------------------------------------------------------------- */

static void
flush(struct openreplay_scan *scan)
{
    flush_entries(scan);
    flush_typed(scan);
    flush_waiting(scan);
}

static struct tab *
find_tab(struct openreplay_scan *scan, struct openreplay_text id)
{
    struct tab *tab;

    for (size_t i = 0; i < scan->tab_count; i++) {
        tab = &scan->tabs[i];
        if (strlen(tab->id) == id.length && memcmp(tab->id, id.at, id.length) == 0)
            return tab;
    }
    if (scan->tab_count == TABS_MAX || id.length > 64 ||
        (id.length > 0 && memchr(id.at, '\0', id.length) != NULL))
        return NULL;
    tab = &scan->tabs[scan->tab_count++];
    *tab = (struct tab){ .id = xstrndup(id.at, id.length),
                         .page_no = scan->reader->page_no,
                         .nodes = openreplay_nodes_new() };
    return tab;
}

/* The tab whose messages follow. What comes late from a page that was left has no nodes. */
static void
enter_tab(struct openreplay_scan *scan)
{
    const struct openreplay_reader *reader = scan->reader;
    struct tab *tab = find_tab(scan, reader->tab);

    if (tab != NULL && tab->page_no < reader->page_no) {
        flush(scan);
        openreplay_nodes_clear(tab->nodes);
        forget_verdicts(tab);
        tab->page_no = reader->page_no;
    }
    scan->tab = tab != NULL && tab->page_no > reader->page_no ? NULL : tab;
}

/* Of what is in clear: a value, a text, a selection. */
static void
find_selector(struct openreplay_scan *scan, const struct openreplay_message *message,
              struct place *place)
{
    struct openreplay_node node;

    if ((message->id != OPENREPLAY_SET_NODE_DATA && message->id != OPENREPLAY_INPUT_CHANGE &&
         message->id != OPENREPLAY_SELECTION_CHANGE) ||
        place->tab == NULL || strcmp(place->field, "label") == 0)
        return;
    if (openreplay_nodes_find(place->tab->nodes, place->node, &node))
        place->selector =
            selector_of(scan, place->tab, node.tag == NULL ? node.parent : node.id, 0);
}

static void
take_texts(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    for (unsigned i = 0; i < message->layout->field_count; i++) {
        const struct openreplay_field *field = &message->layout->fields[i];
        struct place place;

        if (field->type != OPENREPLAY_TEXT || field->privacy == OPENREPLAY_HARMLESS ||
            field->privacy == OPENREPLAY_CODE || message->values[i].text.length == 0)
            continue;
        place = place_of(scan, message, i);
        if (field->privacy == OPENREPLAY_ATTRIBUTE) {
            place.attribute = message->values[1].text;
            if (is_harmless(place.attribute))
                continue;
        }
        find_selector(scan, message, &place);
        scan_text(scan, &place, message->values[i].text);
    }
}

static void
take_message(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    if (message->id == OPENREPLAY_BATCH_METADATA)
        scan->tab = NULL;
    else if (message->id == OPENREPLAY_TAB_DATA ||
             (scan->tab == NULL && scan->reader->tab.length == 0))
        enter_tab(scan);
    if (message->id == OPENREPLAY_CREATE_DOCUMENT && scan->tab != NULL) {
        flush(scan);
        forget_verdicts(scan->tab);
    }
    if (scan->tab != NULL)
        openreplay_nodes_take(scan->tab->nodes, message);
    switch (message->id) {
    case OPENREPLAY_STRING_DICT_OLD:
    case OPENREPLAY_STRING_DICT:
    case OPENREPLAY_STRING_DICT_GLOBAL:
        take_entry(scan, message);
        break;
    case OPENREPLAY_SET_ATTRIBUTE_DICT_OLD:
    case OPENREPLAY_SET_ATTRIBUTE_DICT:
    case OPENREPLAY_SET_ATTRIBUTE_DICT_GLOBAL:
        take_attribute(scan, message);
        break;
    case OPENREPLAY_SET_INPUT_VALUE:
        take_value(scan, message);
        break;
    default:
        take_texts(scan, message);
    }
}

void
openreplay_scan_take(struct openreplay_scan *scan, const void *body, size_t length, bool is_file,
                     openreplay_scan_found *found, void *arg, struct openreplay_scanned *out)
{
    struct openreplay_reader reader;
    struct openreplay_message message;

    *out = (struct openreplay_scanned){ .bytes = length };
    if (is_file)
        openreplay_reader_init_file(&reader, body, length);
    else
        openreplay_reader_init(&reader, body, length);
    scan->reader = &reader;
    scan->out = out;
    scan->tab = NULL;
    while (openreplay_reader_next(&reader, &message)) {
        out->messages++;
        if (message.layout != NULL)
            take_message(scan, &message);
    }
    flush(scan);
    out->fault = reader.fault;
    for (; scan->told < scan->finding_count; scan->told++)
        found(arg, scan->findings[scan->told]);
    scan->reader = NULL;
    scan->out = NULL;
}

size_t
openreplay_scan_count(const struct openreplay_scan *scan)
{
    return scan->finding_count;
}

const struct pii_finding *
openreplay_scan_at(const struct openreplay_scan *scan, size_t i)
{
    return scan->findings[i];
}
