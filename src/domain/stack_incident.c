/* stack_incident.c - what goes wrong in a stack, when, and to whom.
 * SPDX-License-Identifier: MIT
 *
 * Everybody who makes a number asks for effects, often once a minute of a long span: so each
 * resource has a list of its own, the latest first, and most resources have none. */
#include "config.h"

#include "domain/stack_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "domain/stack_type.h"

#define MINUTES_MAX 527040 /* 366 days */
#define AFTER_MAX   5270400
#define EFFECTS_MAX 100
#define MINUTE_MS   60000

enum { NAME, TEXT, AT, AFTER, MINUTES, EFFECT_LIST, MEMBERS };
static const char *const names[MEMBERS] = { "name", "text", "at", "after", "minutes", "effects" };

enum { RESOURCE, TAG, KIND, EFFECT_MEMBERS = KIND + STACK_EFFECTS };
static const char *const effect_names[EFFECT_MEMBERS] = {
    [RESOURCE] = "resource",
    [TAG] = "tag",
    [KIND + STACK_SET_CPU] = "cpu",
    [KIND + STACK_SET_CONNECTIONS] = "connections",
    [KIND + STACK_STOP_TASKS] = "stopTasks",
    [KIND + STACK_SCALE_COST] = "scaleCost",
    [KIND + STACK_SCALE_REQUESTS] = "scaleRequests",
    [KIND + STACK_FAIL_REQUESTS] = "failRequests",
    [KIND + STACK_RESTART] = "restart",
};

/* What a kind of effect may be, and which resources can have it. */
#define ON(type) (1u << (type))
#define WITH_REQUESTS \
    (ON(STACK_LOAD_BALANCER) | ON(STACK_DISTRIBUTION) | ON(STACK_API) | ON(STACK_FUNCTION))
static const struct {
    double least, most;
    unsigned types;
} kinds[STACK_EFFECTS] = {
    [STACK_SET_CPU] = { 0, 100, ON(STACK_DB_INSTANCE) | ON(STACK_ECS_SERVICE) },
    [STACK_SET_CONNECTIONS] = { 0, 262143, ON(STACK_DB_INSTANCE) },
    [STACK_STOP_TASKS] = { 1, 5000, ON(STACK_ECS_SERVICE) },
    [STACK_SCALE_COST] = { 0, 1000, ~0u },
    [STACK_SCALE_REQUESTS] = { 0, 1000, WITH_REQUESTS | ON(STACK_BUCKET) },
    [STACK_FAIL_REQUESTS] = { 0, 100, WITH_REQUESTS },
    [STACK_RESTART] = { 1, 1, ON(STACK_DB_INSTANCE) },
};

/* The effects of an incident while they are gathered. */
struct effects {
    struct stack_effect *list;
    size_t count, room;
};

static void
add_effect(struct stack_reader *r, struct effects *effects, enum stack_effect_kind kind,
           const struct stack_resource *resource, double value)
{
    if (r->effects++ >= STACK_EFFECTS_MAX)
        return;
    effects->list = arena_grow(r->arena, effects->list, effects->count, &effects->room, 8,
                               sizeof *effects->list);
    effects->list[effects->count++] =
        (struct stack_effect){ .kind = kind, .resource = resource, .value = value };
}

static bool
has_tags(const struct stack_resource *resource, const struct stack_tag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = stack_resource_tag(resource, tags[i].key);

        if (value == NULL || strcmp(value, tags[i].value) != 0)
            return false;
    }
    return true;
}

/* By "tag": whoever has the tags and can have the effect. */
static void
add_by_tag(struct stack_reader *r, const struct stack_place *place, const cJSON *value,
           struct effects *effects, enum stack_effect_kind kind, double much)
{
    size_t tag_count, before = effects->count;
    const struct stack_tag *tags = stack_take_tags(r, place, "tag", value, &tag_count);

    r->looks += r->stack->resource_count;
    if (tag_count == 0 || r->looks > STACK_LOOKS_MAX)
        return;
    for (size_t i = 0; i < r->stack->resource_count; i++) {
        const struct stack_resource *resource = &r->stack->resources[i];

        if ((kinds[kind].types & ON(resource->type)) != 0 && has_tags(resource, tags, tag_count))
            add_effect(r, effects, kind, resource, much);
    }
    if (effects->count == before)
        stack_fault_at(r, place, "tag", "no resource with that tag can have %s",
                       effect_names[KIND + kind]);
}

static void
read_kind(struct stack_reader *r, const struct stack_place *place, const cJSON **found,
          struct effects *effects, enum stack_effect_kind kind,
          const struct stack_resource *resource)
{
    const char *key = effect_names[KIND + kind];
    const cJSON *value = found[KIND + kind];
    double much = 1;
    bool restarts = false;

    if (kind == STACK_RESTART) {
        if (!stack_take_bool(r, place, key, value, &restarts) || !restarts)
            return;
    } else if (!stack_take_number(r, place, key, value, kinds[kind].least, kinds[kind].most,
                                  &much)) {
        return;
    }
    if (found[TAG] != NULL)
        add_by_tag(r, place, found[TAG], effects, kind, much);
    else if (resource != NULL && (kinds[kind].types & ON(resource->type)) == 0)
        stack_fault_at(r, place, key, "a resource of type %.40s cannot have it",
                       resource->type_name);
    else if (resource != NULL)
        add_effect(r, effects, kind, resource, much);
}

static void
read_effect(struct stack_reader *r, const struct stack_item *item, struct effects *effects)
{
    const struct stack_place *place = &item->place;
    const struct stack_resource *resource = NULL;
    const cJSON *found[EFFECT_MEMBERS];
    const char *name = NULL;
    bool has_kind = false;

    stack_members(r, item, effect_names, EFFECT_MEMBERS, found);
    if ((found[RESOURCE] == NULL) == (found[TAG] == NULL))
        stack_fault(r, place, "expected \"resource\" or \"tag\", one of them");
    if (stack_take_text(r, place, "resource", found[RESOURCE], STACK_NAME_MAX, &name)) {
        resource = stack_find(r->stack, name);
        if (resource == NULL)
            stack_fault_at(r, place, "resource", "there is no resource \"%.80s\"", name);
    }
    for (enum stack_effect_kind k = 0; k < STACK_EFFECTS; k++) {
        has_kind |= found[KIND + k] != NULL;
        read_kind(r, place, found, effects, k, resource);
    }
    if (!has_kind)
        stack_fault(r, place,
                    "has no effect: expected \"cpu\", \"connections\", \"stopTasks\", "
                    "\"scaleCost\", \"scaleRequests\", \"failRequests\" or \"restart\"");
}

static void
read_effects(struct stack_reader *r, const struct stack_place *incident, const cJSON *value,
             struct stack_incident *out)
{
    const struct stack_place place = { .up = incident, .key = "effects" };
    struct effects effects = { 0 };
    const cJSON *element;
    size_t index = 0;

    if (value == NULL || cJSON_GetArraySize(value) == 0)
        stack_fault(r, incident, "has no \"effects\"");
    if (!stack_is_array(r, incident, "effects", value))
        return;
    if (cJSON_GetArraySize(value) > EFFECTS_MAX) {
        stack_fault(r, &place, "more than %d effects", EFFECTS_MAX);
        return;
    }
    cJSON_ArrayForEach(element, value)
    {
        const struct stack_item item = { .own = element,
                                         .place = { .up = &place, .index = index++ } };

        if (cJSON_IsObject(element))
            read_effect(r, &item, &effects);
        else
            stack_fault(r, &item.place, "expected an object, got %s", stack_kind(element));
    }
    out->effects = effects.list;
    out->effect_count = effects.count;
}

static void
read_incident(struct stack_reader *r, const struct stack_item *item, struct stack_incident *out)
{
    const struct stack_place *place = &item->place;
    const cJSON *found[MEMBERS];
    double after = 0, minutes = 0;

    stack_members(r, item, names, MEMBERS, found);
    out->name = out->text = "";
    stack_take_text(r, place, "name", found[NAME], STACK_NAME_MAX, &out->name);
    stack_take_text(r, place, "text", found[TEXT], STACK_TEXT_MAX, &out->text);
    if ((found[AT] == NULL) == (found[AFTER] == NULL))
        stack_fault(r, place,
                    "expected \"at\" (a time) or \"after\" (minutes from the start), one "
                    "of them");
    stack_take_time(r, place, "at", found[AT], &out->from_ms);
    if (stack_take_number(r, place, "after", found[AFTER], -AFTER_MAX, AFTER_MAX, &after))
        out->from_ms = r->world->start_ms + (int64_t)(after * MINUTE_MS);
    if (found[MINUTES] == NULL)
        stack_fault(r, place, "has no \"minutes\": how long it lasts");
    stack_take_number(r, place, "minutes", found[MINUTES], 1, MINUTES_MAX, &minutes);
    out->to_ms = out->from_ms + (int64_t)(minutes * MINUTE_MS);
    read_effects(r, place, found[EFFECT_LIST], out);
}

/* --- who is affected --- */

static int
by_start(const void *a, const void *b)
{
    const struct stack_incident *left = a, *right = b;

    if (left->from_ms != right->from_ms)
        return left->from_ms < right->from_ms ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* Room for all lists is made in one go; then they are filled, the latest first. */
static void
make_lists(struct stack_reader *r)
{
    const struct stack *stack = r->stack;
    struct stack_effects *lists =
        arena_alloc(r->arena, (stack->resource_count + 1) * sizeof *lists);
    struct stack_timed *room = arena_alloc(r->arena, (r->effects + 1) * sizeof *room);

    r->whole->effects = lists;
    for (size_t i = 0; i < stack->incident_count; i++) {
        for (size_t e = 0; e < stack->incidents[i].effect_count; e++)
            lists[stack->incidents[i].effects[e].resource->number].count++;
    }
    for (size_t i = 0; i < stack->resource_count; i++) {
        lists[i].list = room;
        room += lists[i].count;
        lists[i].count = 0;
    }
    for (size_t i = stack->incident_count; i-- > 0;) {
        const struct stack_incident *incident = &stack->incidents[i];

        for (size_t e = 0; e < incident->effect_count; e++) {
            const struct stack_effect *effect = &incident->effects[e];
            struct stack_effects *list = &lists[effect->resource->number];

            list->list[list->count++] =
                (struct stack_timed){ incident->from_ms, incident->to_ms, effect };
        }
    }
}

void
stack_read_incidents(struct stack_reader *r, const cJSON *own, const cJSON *under)
{
    static const struct stack_place place = { .up = NULL, .key = "incidents" };
    struct stack_items items = stack_merge(r, &place, own, under, "name", STACK_THINGS_MAX);
    struct stack_incident *list = arena_alloc(r->arena, (items.count + 1) * sizeof *list);

    for (size_t i = 0; i < items.count; i++)
        read_incident(r, &items.list[i], &list[i]);
    if (items.count > 0)
        qsort(list, items.count, sizeof *list, by_start);
    if (r->looks > STACK_LOOKS_MAX || r->effects > STACK_EFFECTS_MAX)
        stack_fault(r, &place, "more than %d effects, or too many by tag", STACK_EFFECTS_MAX);
    r->stack->incidents = list;
    r->stack->incident_count = items.count;
    make_lists(r);
}

const struct stack_effect *
stack_effect_at(const struct stack *stack, const struct stack_resource *resource,
                enum stack_effect_kind kind, int64_t time_ms)
{
    const struct stack_whole *whole = (const struct stack_whole *)stack;
    const struct stack_effects *list = &whole->effects[resource->number];

    for (size_t i = 0; i < list->count; i++) {
        const struct stack_timed *timed = &list->list[i];

        if (timed->effect->kind == kind && time_ms >= timed->from_ms && time_ms < timed->to_ms)
            return timed->effect;
    }
    return NULL;
}

int64_t
stack_effect_turn(const struct stack *stack, const struct stack_resource *resource,
                  int64_t after_ms, int64_t until_ms)
{
    const struct stack_whole *whole = (const struct stack_whole *)stack;
    const struct stack_effects *list = &whole->effects[resource->number];

    for (size_t i = 0; i < list->count; i++) {
        const struct stack_timed *timed = &list->list[i];

        if (timed->from_ms > after_ms && timed->from_ms < until_ms)
            until_ms = timed->from_ms;
        if (timed->to_ms > after_ms && timed->to_ms < until_ms)
            until_ms = timed->to_ms;
    }
    return until_ms;
}
