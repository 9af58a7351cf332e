/* emf_dimensions.c - the dimension sets of a directive.
 * SPDX-License-Identifier: MIT
 *
 * A set names root members that hold texts. One name or text that does not fit takes its set with
 * it, and only that: the other sets are other series. */
#include "config.h"

#include "domain/emf_own.h"

#include <stdio.h>
#include <string.h>

static bool
is_printable_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            return false;
    }
    return true;
}

static bool
is_fit_dimension_name(struct emf_reading *r, const struct emf_place *at, size_t index,
                      const cJSON *ref)
{
    const char *name = ref->valuestring, *pointer;
    char member[24];

    if (cJSON_IsString(ref) && !emf_is_blank(name) && strlen(name) <= METRIC_NAME_MAX &&
        name[0] != ':' && is_printable_ascii(name))
        return true;
    snprintf(member, sizeof member, "%zu", index);
    pointer = emf_pointer_at(r, at, member);
    if (!cJSON_IsString(ref))
        emf_fault(r, "dimension-name-type", pointer, "a dimension set lists names of root members",
                  "expected the name of a dimension, got %s", emf_type_name(ref));
    else if (emf_is_blank(name))
        emf_fault(r, "dimension-name-blank", pointer, "name a root member",
                  "the name is empty or blank");
    else if (strlen(name) > METRIC_NAME_MAX)
        emf_fault(r, "dimension-name-too-long", pointer, "shorten the name",
                  "the name has %zu characters, %d fit", emf_characters(name), METRIC_NAME_MAX);
    else if (name[0] == ':')
        emf_fault(r, "dimension-name-colon", pointer, "rename it", "the name begins with a colon");
    else
        emf_fault(r, "dimension-name-characters", pointer, "use printable ASCII",
                  "the name %s is not printable ASCII", emf_quote(r, name));
    return false;
}

static void
fault_missing_dimension(struct emf_reading *r, const struct emf_place *at, size_t index,
                        const char *name)
{
    const char *fix = arena_printf(r->arena, "add %s with a string at the root, or take it out",
                                   emf_quote(r, name));
    char member[24];

    snprintf(member, sizeof member, "%zu", index);
    emf_fault(r, "dimension-target-missing", emf_pointer_at(r, at, member),
              emf_fix_missing(r, r->root.object, name, fix),
              "the document has no member %s to take the dimension from", emf_quote(r, name));
}

/* The value of a dimension, or NULL. */
static const char *
dimension_value(struct emf_reading *r, const struct emf_place *at, size_t index, const char *name)
{
    const cJSON *target = members_find(&r->root, name);
    const char *value, *pointer;

    if (target == NULL) {
        fault_missing_dimension(r, at, index, name);
        return NULL;
    }
    value = target->valuestring;
    if (cJSON_IsString(target) && !emf_is_blank(value) && strlen(value) <= METRIC_DIM_VALUE_MAX &&
        is_printable_ascii(value))
        return value;
    pointer = emf_pointer_to(r, name);
    if (!cJSON_IsString(target))
        emf_fault(r, "dimension-target-type", pointer, "write it as a string",
                  "the value of a dimension must be a string, got %s", emf_type_name(target));
    else if (emf_is_blank(value))
        emf_fault(r, "dimension-target-blank", pointer,
                  "give it a value such as \"none\", or leave the dimension out",
                  "the value of a dimension is empty or blank");
    else if (strlen(value) > METRIC_DIM_VALUE_MAX)
        emf_fault(r, "dimension-target-too-long", pointer, "shorten it, or make it a property",
                  "the value of a dimension has %zu characters, %d fit", emf_characters(value),
                  METRIC_DIM_VALUE_MAX);
    else
        emf_fault(r, "dimension-target-characters", pointer, "use printable ASCII",
                  "the value of a dimension, %s, is not printable ASCII", emf_quote(r, value));
    return NULL;
}

static bool
read_set(struct emf_reading *r, struct dimension_set *out, const struct emf_place *at,
         const cJSON *set)
{
    int count = cJSON_GetArraySize(set);
    struct dimension *dims;
    const cJSON *ref;
    size_t n = 0;

    if (!cJSON_IsArray(set)) {
        emf_fault(
            r, "dimension-set-type", emf_pointer_at(r, at, ""),
            "Dimensions is a list of lists: [[\"environment\"], [\"environment\", \"route\"]]",
            "expected a list of names, got %s", emf_type_name(set));
        return false;
    }
    if (count > METRIC_DIMENSIONS_MAX) {
        emf_fault(r, "dimension-set-too-many", emf_pointer_at(r, at, ""),
                  "keep the fewest that you query by", "a set of %d dimensions, %d fit", count,
                  METRIC_DIMENSIONS_MAX);
        return false;
    }
    dims = arena_alloc(r->arena, (size_t)count * sizeof *dims);
    cJSON_ArrayForEach(ref, set)
    {
        if (!is_fit_dimension_name(r, at, n, ref))
            return false;
        dims[n].name = ref->valuestring;
        dims[n].value = dimension_value(r, at, n, ref->valuestring);
        if (dims[n].value == NULL)
            return false;
        n++;
    }
    *out = (struct dimension_set){ dims, n };
    if (metric_sort_dimensions(dims, n, NULL) == OK)
        return true;
    emf_fault(r, "dimension-repeated", emf_pointer_at(r, at, ""), "name each dimension once",
              "one dimension stands twice in the set");
    return false;
}

static bool
is_same_set(const struct dimension_set *a, const struct dimension_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->dims[i].name, b->dims[i].name) != 0)
            return false; /* the values are the root's: same name, same value */
    }
    return true;
}

static bool
is_known_set(const struct dimension_set *sets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_same_set(&sets[i], &sets[count]))
            return true; /* one set written twice is one series */
    }
    return false;
}

size_t
emf_read_sets(struct emf_reading *r, struct dimension_set **out, size_t directive,
              const cJSON *list)
{
    struct emf_place at = { directive, "Dimensions", 0 }, whole = { directive, NULL, 0 };
    int size = cJSON_GetArraySize(list);
    size_t count = 0;
    const cJSON *set;

    if (size > EMF_OWN_SETS) {
        emf_fault(r, "dimensions-too-many", emf_pointer_at(r, &whole, "Dimensions"),
                  "every set is a series to pay for: keep the ones that are queried",
                  "%d dimension sets, obsview reads %d", size, EMF_OWN_SETS);
        return 0;
    }
    *out = arena_alloc(r->arena, ((size_t)size + 1) * sizeof **out);
    if (size == 0)
        return 1; /* as [[]]: aws-embedded-metrics writes it for "without dimensions" */
    cJSON_ArrayForEach(set, list)
    {
        if (read_set(r, &(*out)[count], &at, set) && !is_known_set(*out, count))
            count++;
        at.item++;
    }
    return count;
}
