/* openreplay_scan.c - each text of a recording to the scanner, and what it finds to its place.
 * SPDX-License-Identifier: MIT
 *
 * How a text is read follows from the message and field it stands in, a row of the table of
 * messages (openreplay_table.c); so does what would mask it (openreplay_place.c).
 *
 * Three things are not judged where they stand. Values of attributes come in dictionaries, before
 * the attribute that uses them; a suspicious entry waits until its attribute is known, since
 * numbers in `d` are a drawing. A value that is being typed comes again with each key; it waits for
 * the next one and is dropped when that only goes on with it. And an element is described when its
 * page load or the body ends, since its id may be sent behind the attribute that was found. Waiting
 * texts point into the body, so nothing of it is kept. */
#include "config.h"

#include "domain/openreplay_scan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "domain/openreplay_findings.h"
#include "domain/openreplay_keys.h"
#include "domain/openreplay_masks.h"

#define TABS_MAX    32    /* of one session that have nodes of their own */
#define WAITING_MAX 1024  /* hits before their elements are described */
#define TYPED_MAX   64    /* fields whose value may go on */
#define PLANS       128   /* ids of all messages are smaller */
#define ENTRIES_MAX 20000 /* suspicious ones of the dictionaries, in one body */

struct tab {
    char *id;
    size_t id_length;
    uint64_t page_no;
    struct openreplay_nodes *nodes;
    struct openreplay_masks masks;
};

/* A value that is being typed. */
struct typed {
    struct openreplay_place place;
    struct openreplay_text value;
};

/* A suspicious one of a dictionary. */
struct entry {
    struct openreplay_place place;
    struct openreplay_text value;
    struct pii_sight sight;
    struct entry *next;
    bool is_done;
};

/* What of a message is searched. */
struct plan {
    bool is_made;
    bool is_idle;    /* nothing is, and nothing waits for it */
    bool is_of_node; /* its first field is the id of one */
    uint32_t fields; /* a bit for each text that may hold something */
};

struct openreplay_scan {
    const struct pii_rules *rules;
    struct pii_scanner *scanner;
    struct openreplay_findings *findings;
    size_t told;
    struct plan plans[PLANS]; /* by id, each made when one comes */
    struct tab *tabs;         /* room for all that there may be */
    size_t tab_count;
    /* --- of the body that is taken --- */
    const struct openreplay_reader *reader;
    struct openreplay_scanned *out;
    struct tab *tab;
    struct typed *typed; /* room for all that there may be */
    size_t typed_count;
    struct openreplay_keys entries;
    struct arena *entry_arena;
    struct entry *entry_list, **entry_end;
    size_t entry_count;
    const struct openreplay_place *place; /* of the text that is scanned */
    unsigned hits;                        /* in it */
};

struct openreplay_scan *
openreplay_scan_new(const struct pii_rules *rules, const uint8_t key[PII_KEY_BYTES],
                    const char *session)
{
    struct openreplay_scan *scan = xcalloc(1, sizeof *scan);

    scan->rules = rules;
    scan->scanner = pii_scanner_new(rules, key);
    scan->findings = openreplay_findings_new(scan->scanner, session);
    scan->tabs = xmalloc(TABS_MAX * sizeof *scan->tabs);
    scan->typed = xmalloc(TYPED_MAX * sizeof *scan->typed);
    scan->entry_arena = arena_new();
    scan->entry_end = &scan->entry_list;
    return scan;
}

void
openreplay_scan_free(struct openreplay_scan *scan)
{
    if (scan == NULL)
        return;
    for (size_t i = 0; i < scan->tab_count; i++) {
        free(scan->tabs[i].id);
        openreplay_masks_fini(&scan->tabs[i].masks);
        openreplay_nodes_free(scan->tabs[i].nodes);
    }
    openreplay_findings_free(scan->findings);
    openreplay_keys_fini(&scan->entries);
    arena_free(scan->entry_arena);
    pii_scanner_free(scan->scanner);
    free(scan->typed);
    free(scan->tabs);
    free(scan);
}

static void
settle(struct openreplay_scan *scan)
{
    scan->out->unjudged += openreplay_findings_settle(scan->findings);
}

/* --- texts ------------------------------------------------------------------------------------ */

static bool
is_blank(struct openreplay_text text)
{
    size_t i = 0;

    while (i < text.length && (text.at[i] == ' ' || (text.at[i] >= '\t' && text.at[i] <= '\r')))
        i++;
    return i == text.length;
}

static void
add_hit(void *arg, const struct pii_hit *hit)
{
    struct openreplay_scan *scan = arg;

    openreplay_findings_add(scan->findings, hit, scan->place);
    scan->hits++;
}

static enum pii_reading
reading_of(const struct openreplay_place *place, struct openreplay_text text)
{
    if (place->privacy == OPENREPLAY_URL)
        return PII_URL;
    if (place->privacy == OPENREPLAY_JSON || (*text.at == '{' || *text.at == '['))
        return PII_JSON;
    if (place->privacy == OPENREPLAY_ATTRIBUTE && memmem(text.at, text.length, "://", 3) != NULL)
        return PII_URL;
    return PII_PLAIN;
}

/* `sight` NULL: the text is not suspect. */
static void
scan_text(struct openreplay_scan *scan, const struct openreplay_place *place,
          struct openreplay_text text, const struct pii_sight *sight)
{
    struct pii_hit hit;

    if (text.length == 0)
        return;
    if (openreplay_findings_waiting(scan->findings) >= WAITING_MAX)
        settle(scan);
    scan->place = place;
    scan->hits = 0;
    if (sight != NULL && !pii_search(scan->scanner, sight, reading_of(place, text), text.at,
                                     text.length, add_hit, scan))
        scan->out->unjudged++;
    if (place->selector != NULL && scan->hits == 0 && !is_blank(text) &&
        pii_judge(scan->scanner, PII_UNMASKED, text.at, text.length, &hit))
        add_hit(scan, &hit);
}

static bool
is_attribute_of_dictionary(unsigned id)
{
    return id == OPENREPLAY_SET_ATTRIBUTE_DICT_OLD || id == OPENREPLAY_SET_ATTRIBUTE_DICT ||
           id == OPENREPLAY_SET_ATTRIBUTE_DICT_GLOBAL;
}

static struct plan
make_plan(const struct openreplay_layout *layout)
{
    const struct openreplay_field *first = &layout->fields[0];
    struct plan plan = { .is_made = true };

    plan.is_of_node = (layout->field_count > 0 && first->type == OPENREPLAY_UINT &&
                       strcmp(first->name, "id") == 0) ||
                      layout->id == OPENREPLAY_SELECTION_CHANGE;
    for (unsigned i = 0; i < layout->field_count; i++) {
        const struct openreplay_field *field = &layout->fields[i];

        if (field->type == OPENREPLAY_TEXT && field->privacy != OPENREPLAY_HARMLESS &&
            field->privacy != OPENREPLAY_CODE)
            plan.fields |= UINT32_C(1) << i;
    }
    plan.is_idle = plan.fields == 0 && !is_attribute_of_dictionary(layout->id);
    return plan;
}

static inline const struct plan *
plan_of(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    struct plan *plan = &scan->plans[message->id];

    assert(message->id < PLANS);
    if (!plan->is_made)
        *plan = make_plan(message->layout);
    return plan;
}

static struct openreplay_place
place_of(struct openreplay_scan *scan, const struct openreplay_message *message, unsigned field)
{
    const struct openreplay_field *of = &message->layout->fields[field];
    struct openreplay_place place = { .nodes = scan->tab == NULL ? NULL : scan->tab->nodes,
                                      .layout = message->layout,
                                      .field = of->name,
                                      .time_ms = scan->reader->now_ms,
                                      .page = scan->reader->page,
                                      .privacy = of->privacy };

    if (plan_of(scan, message)->is_of_node &&
        (place.privacy != OPENREPLAY_URL || message->id == OPENREPLAY_SELECTION_CHANGE)) {
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
        scan_text(scan, &entry->place, entry->value, &entry->sight);
    entry->is_done = true;
}

static void
take_entry(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    enum openreplay_type type = message->layout->fields[0].type;
    struct openreplay_text value = message->values[1].text;
    struct pii_sight sight;
    struct entry *entry;

    if (!pii_look(scan->scanner, value.at, value.length, &sight))
        return;
    if (scan->entry_count == ENTRIES_MAX) {
        struct openreplay_place place = place_of(scan, message, 1);

        scan_text(scan, &place, value, &sight);
        return;
    }
    entry = openreplay_keys_find(&scan->entries, type, &message->values[0]);
    if (entry != NULL)
        scan_entry(scan, entry);
    entry = arena_room(scan->entry_arena, sizeof *entry);
    *entry = (struct entry){ .place = place_of(scan, message, 1), .value = value, .sight = sight };
    *scan->entry_end = entry;
    scan->entry_end = &entry->next;
    scan->entry_count++;
    (void)openreplay_keys_put(&scan->entries, type, &message->values[0], entry);
}

/* The attribute that an entry waited for. */
static void
take_attribute(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    struct openreplay_text name, value;
    struct entry *entry;
    uint64_t node;

    if (scan->tab != NULL)
        openreplay_masks_changed(&scan->tab->masks, message->values[0].u);
    if (scan->entry_count == 0)
        return;
    entry =
        openreplay_keys_find(&scan->entries, message->layout->fields[2].type, &message->values[2]);
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
    if (scan->entry_count == 0)
        return;
    for (struct entry *e = scan->entry_list; e != NULL; e = e->next)
        scan_entry(scan, e);
    openreplay_keys_clear(&scan->entries);
    arena_clear(scan->entry_arena);
    scan->entry_list = NULL;
    scan->entry_end = &scan->entry_list;
    scan->entry_count = 0;
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
    const struct openreplay_text value = scan->typed[i].value;
    struct pii_sight sight;

    scan_text(scan, &scan->typed[i].place, value,
              pii_look(scan->scanner, value.at, value.length, &sight) ? &sight : NULL);
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

        if (before->place.node != now.place.node || before->place.nodes != now.place.nodes)
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
    if (scan->tab != NULL)
        now.place.selector = openreplay_masks_find(&scan->tab->masks, now.place.node);
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
    settle(scan);
}

static struct tab *
find_tab(struct openreplay_scan *scan, struct openreplay_text id)
{
    struct tab *tab;

    for (size_t i = 0; i < scan->tab_count; i++) {
        tab = &scan->tabs[i];
        if (tab->id_length == id.length && memcmp(tab->id, id.at, id.length) == 0)
            return tab;
    }
    if (scan->tab_count == TABS_MAX || id.length > 64 ||
        (id.length > 0 && memchr(id.at, '\0', id.length) != NULL))
        return NULL;
    tab = &scan->tabs[scan->tab_count++];
    *tab = (struct tab){ .id = xstrndup(id.at, id.length),
                         .id_length = id.length,
                         .page_no = scan->reader->page_no,
                         .nodes = openreplay_nodes_new() };
    openreplay_masks_init(&tab->masks, scan->rules, tab->nodes);
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
        openreplay_masks_forget(&tab->masks);
        tab->page_no = reader->page_no;
    }
    scan->tab = tab != NULL && tab->page_no > reader->page_no ? NULL : tab;
}

/* Of what is in clear: a value, a text, a selection. */
static void
find_selector(struct openreplay_scan *scan, struct openreplay_place *place)
{
    struct openreplay_node node;

    if (openreplay_nodes_find(scan->tab->nodes, place->node, &node))
        place->selector =
            openreplay_masks_find(&scan->tab->masks, node.tag == NULL ? node.parent : node.id);
}

static bool
may_have_selector(const struct openreplay_scan *scan, const struct openreplay_message *message,
                  unsigned field)
{
    return (message->id == OPENREPLAY_SET_NODE_DATA || message->id == OPENREPLAY_INPUT_CHANGE ||
            message->id == OPENREPLAY_SELECTION_CHANGE) &&
           scan->tab != NULL && strcmp(message->layout->fields[field].name, "label") != 0;
}

/* Most texts are of no interest at all, and nothing more is found out about them. */
static void
take_text(struct openreplay_scan *scan, const struct openreplay_message *message, unsigned field)
{
    struct openreplay_text text = message->values[field].text;
    struct pii_sight sight;
    bool is_suspect = pii_look(scan->scanner, text.at, text.length, &sight);
    bool has_selector = may_have_selector(scan, message, field) && !is_blank(text);
    struct openreplay_place place;

    if (!has_selector && !is_suspect)
        return;
    place = place_of(scan, message, field);
    if (place.privacy == OPENREPLAY_ATTRIBUTE) {
        place.attribute = message->values[1].text;
        if (is_harmless(place.attribute))
            return;
    }
    if (has_selector)
        find_selector(scan, &place);
    scan_text(scan, &place, text, is_suspect ? &sight : NULL);
}

static void
take_texts(struct openreplay_scan *scan, const struct openreplay_message *message)
{
    uint32_t fields = plan_of(scan, message)->fields;

    for (unsigned i = 0; fields >> i != 0; i++) {
        if ((fields >> i & 1) != 0 && message->values[i].text.length > 0)
            take_text(scan, message, i);
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
        openreplay_masks_forget(&scan->tab->masks);
    }
    if (scan->tab != NULL)
        openreplay_nodes_take(scan->tab->nodes, message);
    if (plan_of(scan, message)->is_idle)
        return;
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
    for (; scan->told < openreplay_findings_count(scan->findings); scan->told++)
        found(arg, openreplay_findings_at(scan->findings, scan->told));
    scan->reader = NULL;
    scan->out = NULL;
}

size_t
openreplay_scan_count(const struct openreplay_scan *scan)
{
    return openreplay_findings_count(scan->findings);
}

const struct pii_finding *
openreplay_scan_at(const struct openreplay_scan *scan, size_t i)
{
    return openreplay_findings_at(scan->findings, i);
}
