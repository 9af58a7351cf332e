/* emf_mend.c - undoes what the faults of a document tell, one rule a row.
 * SPDX-License-Identifier: MIT
 *
 * The reader says what is wrong and where; here each rule has a function that changes the document
 * at that place, and the reader judges again, until it has nothing to say. So whatever is printed
 * was judged by the same rules as everything else. What only its author can know (another name,
 * another namespace, values to leave out) has no row.
 *
 * Faults are undone from the last to the first: what is taken out of a list then moves nothing that
 * an earlier fault points to. One place may have several faults (a root member that two metrics
 * point to): who finds nothing left to do is content. */
#include "config.h"

#include "domain/emf_mend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/emf_own.h"
#include "domain/limits.h"

#define ROUNDS   16
#define NAME_MAX 1024 /* of a step of a pointer */

struct mending {
    cJSON *root;
    cJSON *parent, *item; /* at the fault's pointer; NULL: there is nothing there */
    char name[NAME_MAX];  /* its last step */
    int64_t now_ms;
};

/* false: it cannot be undone without somebody who decides. */
typedef bool mender(struct mending *m);

/* --- places ----------------------------------------------------------------------------------- */

/* One step of a pointer, with ~1 and ~0 undone; returns what follows. */
static const char *
read_step(char step[NAME_MAX], const char *at)
{
    size_t used = 0;

    for (; *at != '\0' && *at != '/'; at++) {
        char c = *at;

        if (c == '~' && (at[1] == '0' || at[1] == '1'))
            c = *++at == '0' ? '~' : '/';
        if (used + 1 < NAME_MAX)
            step[used++] = c;
    }
    step[used] = '\0';
    return at;
}

static void
go_to(struct mending *m, const char *pointer)
{
    m->parent = NULL;
    m->item = m->root;
    m->name[0] = '\0';
    while (*pointer == '/' && m->item != NULL) {
        pointer = read_step(m->name, pointer + 1);
        m->parent = m->item;
        m->item = cJSON_IsArray(m->parent)
                      ? cJSON_GetArrayItem(m->parent, (int)strtol(m->name, NULL, 10))
                      : cJSON_GetObjectItemCaseSensitive(m->parent, m->name);
    }
}

static void
take_out(cJSON *parent, cJSON *item)
{
    cJSON_Delete(cJSON_DetachItemViaPointer(parent, item));
}

static void
replace(cJSON *parent, cJSON *item, cJSON *with)
{
    if (item->string != NULL)
        cJSON_ReplaceItemInObjectCaseSensitive(parent, item->string, with);
    else
        cJSON_ReplaceItemViaPointer(parent, item, with);
}

static cJSON *
list_of(cJSON *only)
{
    cJSON *list = cJSON_CreateArray();

    cJSON_AddItemToArray(list, only);
    return list;
}

/* A member that is there in another case gets the right one. */
static bool
respell(cJSON *object, const char *name)
{
    cJSON *near = cJSON_GetObjectItem(object, name); /* this one ignores case */

    if (near == NULL || !cJSON_IsObject(object))
        return false;
    near = cJSON_DetachItemViaPointer(object, near);
    return cJSON_AddItemToObject(object, name, near);
}

static cJSON *
directives_of(struct mending *m)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(m->root, "_aws"),
                                            "CloudWatchMetrics");
}

/* --- the document ----------------------------------------------------------------------------- */

static bool
stand_alone(struct mending *m)
{
    (void)m; /* the text before it was left behind when it was parsed */
    return true;
}

static bool
come_out(struct mending *m)
{
    cJSON *inner = NULL;

    if (cJSON_IsObject(m->item))
        inner = cJSON_DetachItemViaPointer(m->parent, m->item);
    else if (!cJSON_IsString(m->item) ||
             json_parse(&inner, m->item->valuestring, strlen(m->item->valuestring), NULL) != OK)
        return false;
    cJSON_Delete(m->root);
    m->root = inner;
    return true;
}

static bool
respell_directives(struct mending *m)
{
    return respell(m->item, "CloudWatchMetrics");
}

/* Of a list with one member, or of a set with one name, the brackets are forgotten. */
static bool
wrap_object(struct mending *m)
{
    if (!cJSON_IsObject(m->item))
        return false;
    replace(m->parent, m->item, list_of(cJSON_Duplicate(m->item, true)));
    return true;
}

static bool
leave_out(struct mending *m)
{
    if (m->item != NULL && m->parent != NULL)
        take_out(m->parent, m->item);
    return true;
}

static bool
add_time(struct mending *m)
{
    return respell(m->item, "Timestamp") ||
           cJSON_AddNumberToObject(m->item, "Timestamp", (double)m->now_ms) != NULL;
}

static bool
read_time(struct mending *m)
{
    double number;
    int64_t ms;

    if (cJSON_IsString(m->item) && text_parse_double(&number, m->item->valuestring))
        replace(m->parent, m->item, cJSON_CreateNumber(number));
    else if (cJSON_IsString(m->item) && iso8601_parse(&ms, m->item->valuestring))
        replace(m->parent, m->item, cJSON_CreateNumber((double)ms));
    else
        return false;
    return true;
}

static bool
round_time(struct mending *m)
{
    if (!cJSON_IsNumber(m->item) || !isfinite(m->item->valuedouble))
        return false;
    cJSON_SetNumberValue(m->item, floor(m->item->valuedouble));
    return true;
}

/* Seconds, microseconds and nanoseconds are told by their size. */
static bool
scale_time(struct mending *m)
{
    static const double factors[] = { 1e3, 1e-3, 1e-6 };

    for (size_t i = 0; i < sizeof factors / sizeof factors[0] && cJSON_IsNumber(m->item); i++) {
        double ms = floor(m->item->valuedouble * factors[i]);

        if (ms >= (double)(m->now_ms - LIMIT_PAST_MS) &&
            ms <= (double)(m->now_ms + LIMIT_FUTURE_MS)) {
            cJSON_SetNumberValue(m->item, ms);
            return true;
        }
    }
    return false;
}

static bool
respell_namespace(struct mending *m)
{
    return respell(m->item, "Namespace");
}

/* --- dimensions ------------------------------------------------------------------------------- */

static bool
respell_dimensions(struct mending *m)
{
    return respell(m->item, "Dimensions");
}

static bool
wrap_dimensions(struct mending *m)
{
    if (!cJSON_IsString(m->item))
        return false;
    replace(m->parent, m->item, list_of(list_of(cJSON_CreateString(m->item->valuestring))));
    return true;
}

static bool
are_strings(const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return false;
    }
    return true;
}

/* ["a", "b"] was meant for one set; what is no name at all for none. */
static bool
wrap_set(struct mending *m)
{
    cJSON *set;

    if (cJSON_IsArray(m->item))
        return true;
    if (m->item == NULL || !are_strings(m->parent)) {
        leave_out(m);
        return cJSON_GetArraySize(m->parent) > 0;
    }
    set = cJSON_CreateArray();
    while (m->parent->child != NULL)
        cJSON_AddItemToArray(set, cJSON_DetachItemViaPointer(m->parent, m->parent->child));
    cJSON_AddItemToArray(m->parent, set);
    return true;
}

/* A set without the name is another one, and there must be one. */
static bool
forget_name(cJSON *sets, cJSON *set, cJSON *name)
{
    if (cJSON_GetArraySize(set) > 1)
        take_out(set, name);
    else if (cJSON_GetArraySize(sets) > 1)
        take_out(sets, set);
    else
        return false;
    return true;
}

/* At "/_aws/CloudWatchMetrics/0/Dimensions/1/2": the list of sets around it. */
static bool
forget_here(struct mending *m)
{
    cJSON *directive, *sets, *set;

    cJSON_ArrayForEach(directive, directives_of(m))
    {
        sets = cJSON_GetObjectItemCaseSensitive(directive, "Dimensions");
        cJSON_ArrayForEach(set, sets)
        {
            if (set == m->parent)
                return forget_name(sets, set, m->item);
        }
    }
    return false;
}

/* {"route": "/a"} instead of its name. */
static bool
name_dimension(struct mending *m)
{
    const cJSON *only = cJSON_IsObject(m->item) ? m->item->child : NULL;
    cJSON *name;

    if (only == NULL || only->next != NULL || !cJSON_IsString(only))
        return forget_here(m);
    if (!cJSON_HasObjectItem(m->root, only->string))
        cJSON_AddStringToObject(m->root, only->string, only->valuestring);
    name = cJSON_CreateString(only->string);
    replace(m->parent, m->item, name);
    return true;
}

static bool
name_once(struct mending *m)
{
    for (cJSON *at = m->item == NULL ? NULL : m->item->child, *next; at != NULL; at = next) {
        next = at->next;
        for (cJSON *before = m->item->child; before != at; before = before->next) {
            if (cJSON_Compare(before, at, true)) {
                take_out(m->item, at);
                break;
            }
        }
    }
    return true;
}

/* A reference to a root member that is there in another case, or not at all. */
static bool
respell_reference(struct mending *m)
{
    const cJSON *near =
        cJSON_IsString(m->item) ? cJSON_GetObjectItem(m->root, m->item->valuestring) : NULL;

    if (near == NULL)
        return false;
    replace(m->parent, m->item, cJSON_CreateString(near->string));
    return true;
}

static bool
find_dimension(struct mending *m)
{
    return respell_reference(m) || forget_here(m);
}

/* The member stays as a property. */
static bool
make_property(struct mending *m)
{
    cJSON *directive, *sets, *name;

    cJSON_ArrayForEach(directive, directives_of(m))
    {
        sets = cJSON_GetObjectItemCaseSensitive(directive, "Dimensions");
        for (cJSON *set = sets == NULL ? NULL : sets->child, *next; set != NULL; set = next) {
            next = set->next;
            cJSON_ArrayForEach(name, set)
            {
                if (cJSON_IsString(name) && strcmp(name->valuestring, m->name) == 0)
                    break;
            }
            if (name != NULL && !forget_name(sets, set, name))
                return false;
        }
    }
    return true;
}

static bool
quote_dimension(struct mending *m)
{
    char *text;

    if (m->item == NULL || cJSON_IsString(m->item))
        return true;
    if (!cJSON_IsNumber(m->item) && !cJSON_IsBool(m->item))
        return make_property(m);
    text = cJSON_PrintUnformatted(m->item);
    replace(m->parent, m->item, cJSON_CreateString(text));
    cJSON_free(text);
    return true;
}

static bool
say_none(struct mending *m)
{
    if (m->item != NULL)
        replace(m->parent, m->item, cJSON_CreateString("none"));
    return true;
}

/* --- metrics ---------------------------------------------------------------------------------- */

static bool
respell_metrics(struct mending *m)
{
    return respell(m->item, "Metrics");
}

/* The list at hand has too many: the rest goes into directives of its own. */
static bool
spread_metrics(struct mending *m)
{
    cJSON *list = m->item, *directive = m->parent, *rest = NULL;
    int count = 0;

    for (cJSON *at = list == NULL ? NULL : list->child, *next; at != NULL; at = next, count++) {
        next = at->next;
        if (count < LIMIT_EMF_METRICS)
            continue;
        if (count % LIMIT_EMF_METRICS == 0) {
            cJSON *more = cJSON_Duplicate(directive, true);

            rest = cJSON_CreateArray();
            cJSON_ReplaceItemInObjectCaseSensitive(more, "Metrics", rest);
            cJSON_AddItemToArray(directives_of(m), more);
        }
        cJSON_AddItemToArray(rest, cJSON_DetachItemViaPointer(list, at));
    }
    return true;
}

static bool
name_metric(struct mending *m)
{
    cJSON *definition;

    if (!cJSON_IsString(m->item))
        return leave_out(m);
    definition = cJSON_CreateObject();
    cJSON_AddStringToObject(definition, "Name", m->item->valuestring);
    replace(m->parent, m->item, definition);
    return true;
}

static bool
respell_name(struct mending *m)
{
    return respell(m->item, "Name") || leave_out(m);
}

/* The fault is at a member of the definition, which goes as a whole. */
static bool
leave_out_definition(struct mending *m)
{
    cJSON *directive, *list, *definition;

    cJSON_ArrayForEach(directive, directives_of(m))
    {
        list = cJSON_GetObjectItemCaseSensitive(directive, "Metrics");
        cJSON_ArrayForEach(definition, list)
        {
            if (definition == m->parent) {
                take_out(list, definition);
                return true;
            }
        }
    }
    return true;
}

static bool
find_metric(struct mending *m)
{
    return respell_reference(m) || leave_out_definition(m);
}

/* Takes out what defines the metric of that name. */
static void
forget_metric(struct mending *m, const char *name)
{
    cJSON *directive, *list;

    cJSON_ArrayForEach(directive, directives_of(m))
    {
        list = cJSON_GetObjectItemCaseSensitive(directive, "Metrics");
        for (cJSON *at = list == NULL ? NULL : list->child, *next; at != NULL; at = next) {
            next = at->next;
            if (strcmp(json_get_string(at, "Name", ""), name) == 0)
                take_out(list, at);
        }
    }
}

static bool
leave_out_value(struct mending *m)
{
    if (m->item == NULL)
        return true;
    if (cJSON_IsArray(m->parent))
        take_out(m->parent, m->item);
    else
        forget_metric(m, m->name);
    return true;
}

static bool
read_value(struct mending *m)
{
    double number;

    if (!cJSON_IsString(m->item) || !text_parse_double(&number, m->item->valuestring))
        return cJSON_IsNumber(m->item) || leave_out_value(m);
    replace(m->parent, m->item, cJSON_CreateNumber(number));
    return true;
}

static bool
find_unit(struct mending *m)
{
    const char *near = cJSON_IsString(m->item) ? emf_nearest_unit(m->item->valuestring) : NULL;

    if (near == NULL)
        return leave_out(m);
    replace(m->parent, m->item, cJSON_CreateString(near));
    return true;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct {
    const char *rule;
    mender *mend;
} menders[] = {
    { "document-behind-text", stand_alone },
    { "document-inside-text", come_out },
    { "document-inside-object", come_out },
    { "directives-missing", respell_directives },
    { "directives-type", wrap_object },
    { "directive-type", leave_out },
    { "timestamp-missing", add_time },
    { "timestamp-type", read_time },
    { "timestamp-not-whole", round_time },
    { "timestamp-too-old", scale_time },
    { "timestamp-too-new", scale_time },
    { "namespace-missing", respell_namespace },
    { "dimensions-missing", respell_dimensions },
    { "dimensions-type", wrap_dimensions },
    { "dimension-set-type", wrap_set },
    { "dimension-name-type", name_dimension },
    { "dimension-name-blank", forget_here },
    { "dimension-repeated", name_once },
    { "dimension-target-missing", find_dimension },
    { "dimension-target-type", quote_dimension },
    { "dimension-target-blank", say_none },
    { "dimension-target-too-long", make_property },
    { "dimension-target-characters", make_property },
    { "metrics-missing", respell_metrics },
    { "metrics-type", wrap_object },
    { "metrics-too-many", spread_metrics },
    { "metric-type", name_metric },
    { "metric-name-missing", respell_name },
    { "metric-name-type", leave_out_definition },
    { "metric-name-blank", leave_out_definition },
    { "metric-repeated", leave_out_definition },
    { "unit-type", leave_out },
    { "unit-unknown", find_unit },
    { "resolution-invalid", leave_out },
    { "metric-target-missing", find_metric },
    { "metric-target-type", read_value },
    { "values-empty", leave_out_value },
    { "value-range", leave_out_value },
};

static bool
mend_fault(struct mending *m, const struct emf_fault *fault)
{
    for (size_t i = 0; i < sizeof menders / sizeof menders[0]; i++) {
        if (strcmp(menders[i].rule, fault->rule) != 0)
            continue;
        go_to(m, fault->pointer);
        return menders[i].mend(m);
    }
    return false;
}

static bool
mend_all(struct mending *m, const struct emf_result *judged)
{
    for (size_t i = judged->fault_count; i > 0; i--) {
        if (!mend_fault(m, &judged->faults[i - 1]))
            return false;
    }
    return true;
}

/* The document alone, behind Lambda's prefix or another one; or what it is inside of. */
static bool
open_document(struct mending *m, const char *line, size_t len)
{
    const char *open = memchr(line, '{', len);

    if (len > 0 && (*line == '[' || *line == '"') && json_parse(&m->root, line, len, NULL) == OK)
        return true;
    return open != NULL && json_parse(&m->root, open, len - (size_t)(open - line), NULL) == OK;
}

/* Mends and judges in turn, until there is nothing to say. */
static bool
mend_until_sound(struct mending *m, struct buf *text)
{
    bool is_going = true, is_sound = false;

    for (int round = 0; is_going && !is_sound && round < ROUNDS; round++) {
        struct arena *arena = arena_new();
        struct emf_result judged;

        emf_read(&judged, arena, text->data, text->len, m->now_ms);
        is_sound = judged.fault_count == 0;
        is_going = is_sound ? judged.datum_count > 0 : mend_all(m, &judged);
        arena_free(arena);
        if (is_going && !is_sound) {
            buf_clear(text);
            json_print(text, m->root);
            is_going = !buf_failed(text);
        }
    }
    return is_sound && is_going;
}

bool
emf_mend(struct buf *out, const char *line, size_t len, int64_t now_ms)
{
    struct mending m = { .now_ms = now_ms };
    struct buf text;
    bool is_mended;

    if (len > LIMIT_LOG_EVENT_BYTES || !open_document(&m, line, len))
        return false;
    buf_init(&text, (size_t)2 * LIMIT_LOG_EVENT_BYTES);
    buf_add(&text, line, len);
    is_mended =
        mend_until_sound(&m, &text) && (text.len != len || memcmp(text.data, line, len) != 0);
    if (is_mended)
        buf_add(out, text.data, text.len);
    buf_fini(&text);
    cJSON_Delete(m.root);
    return is_mended;
}
