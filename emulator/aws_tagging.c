/* aws_tagging.c - Resource Groups Tagging: which resources have which tags.
 * SPDX-License-Identifier: MIT
 *
 * What is told: the stack's resources that AWS would list (one that was never tagged is unknown to
 * the service), and the log groups of this emulator that carry tags. Resources of services without
 * regions, such as roles and distributions, are told in us-east-1 alone.
 *
 * A page goes on from a place in the stack, or behind it from the name of a log group. Nothing is
 * indexed: tags and filters are both sorted by key and walked side by side, so that even fifty
 * filters of twenty values over 10,000 resources of fifty tags take less than 50 ms. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/inventory.h"
#include "emulator/parts.h"

/* The service's limits (API model and its documentation). */
#define FILTERS_MAX       50
#define VALUES_MAX        20
#define KEY_MAX           128
#define VALUE_MAX         256
#define TYPE_MAX          256
#define TYPES_MAX         1000 /* ours: the model has none */
#define ARNS_MAX          100
#define ARN_MAX           1011
#define TOKEN_MAX         2048
#define RESOURCES_DEFAULT 50
#define RESOURCES_MAX     100
#define TAGS_MIN          100
#define TAGS_MAX          500
#define WORDS_PAGE        500 /* keys or values; how many AWS gives at a time is not documented */
#define GLOBAL_REGION     "us-east-1"

/* Something that has tags. */
struct thing {
    const char *arn;
    const char *type; /* "rds:cluster" */
    const struct stack_tag *tags;
    size_t tag_count;
};

struct tag_filter {
    const char *key;
    const char *const *values;
    size_t value_count; /* 0: any */
};

/* What GetResources was asked. */
struct question {
    struct tag_filter *filters;
    size_t filter_count;
    const char *const *types;
    size_t type_count;
    const char *const *arns;
    size_t arn_count;
    size_t resources_max, tags_max; /* of a page */
};

/* --- the things --- */

/* Walks the stack from `place` on, then log groups by name. */
struct walk {
    struct aws_call *call;
    const struct stack *stack;
    size_t place;
    const char *after_group; /* go on behind this log group; "" for all */
    struct log_extra_list groups;
    size_t group_at;
    bool has_groups; /* they were read */
};

static bool
is_told(const struct walk *walk, const struct stack_resource *r)
{
    const char *service_end;

    if (!r->is_listed || r->created_ms > walk->call->now_ms || strncmp(r->arn, "arn:", 4) != 0)
        return false;
    if (strcmp(walk->call->region, GLOBAL_REGION) == 0)
        return true;
    /* arn:aws:iam::... has no region; nor has a bucket, which does live in one */
    service_end = strchr(r->arn + 4, ':');
    service_end = service_end == NULL ? NULL : strchr(service_end + 1, ':');
    return service_end == NULL || service_end[1] != ':' || strncmp(r->type_name, "s3:", 3) == 0;
}

static enum status
read_groups(struct walk *walk)
{
    struct err err = { 0 };
    enum status st = store_list_log_extras(walk->call->reader, walk->call->arena, NULL,
                                           LOG_EXTRA_TAG, &walk->groups, &err);

    walk->has_groups = true;
    return st == OK ? OK : aws_store_failed(walk->call, &err);
}

/* The tags of a group stand one behind the other. */
static bool
next_group(struct walk *walk, struct thing *out)
{
    const struct log_extra *first;
    struct stack_tag *tags;
    size_t end;

    while (walk->group_at < walk->groups.count &&
           strcmp(walk->groups.extras[walk->group_at].group, walk->after_group) <= 0)
        walk->group_at++;
    if (walk->group_at == walk->groups.count)
        return false;
    first = &walk->groups.extras[walk->group_at];
    for (end = walk->group_at + 1;
         end < walk->groups.count && strcmp(walk->groups.extras[end].group, first->group) == 0;)
        end++;
    tags = arena_alloc(walk->call->arena, (end - walk->group_at) * sizeof *tags);
    *out = (struct thing){ .arn = aws_logs_group_arn(walk->call, first->group),
                           .type = "logs:log-group",
                           .tags = tags };
    for (; walk->group_at < end; walk->group_at++)
        tags[out->tag_count++] = (struct stack_tag){ walk->groups.extras[walk->group_at].name,
                                                     walk->groups.extras[walk->group_at].value };
    walk->after_group = first->group;
    return true;
}

/* false: there is no more, or (st) the store failed. */
static bool
next_thing(struct walk *walk, struct thing *out, enum status *st)
{
    while (walk->stack != NULL && walk->place < walk->stack->resource_count) {
        const struct stack_resource *r = &walk->stack->resources[walk->place++];

        if (!is_told(walk, r))
            continue;
        *out = (struct thing){ r->arn, r->type_name, r->tags, r->tag_count };
        return true;
    }
    if (!walk->has_groups)
        *st = read_groups(walk);
    return *st == OK && next_group(walk, out);
}

static struct walk
walk_all(struct aws_call *call)
{
    return (struct walk){ .call = call, .stack = emulator_stack(call->em), .after_group = "" };
}

/* --- filters --- */

static const char *
tag_of(const struct thing *thing, const char *key)
{
    for (size_t i = 0; i < thing->tag_count; i++) {
        if (strcmp(thing->tags[i].key, key) == 0)
            return thing->tags[i].value;
    }
    return NULL;
}

static int
compare_texts(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;

    return strcmp(*left, *right);
}

/* The texts are sorted. */
static bool
is_one_of(const char *text, const char *const *texts, size_t count)
{
    return bsearch(&text, texts, count, sizeof *texts, compare_texts) != NULL;
}

/* "rds", or the whole "rds:cluster". */
static bool
is_of_type(const struct thing *thing, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(types[i]);

        if (strncmp(thing->type, types[i], len) == 0 &&
            (thing->type[len] == '\0' ||
             (thing->type[len] == ':' && strchr(types[i], ':') == NULL)))
            return true;
    }
    return count == 0;
}

/* Filters and tags are sorted by key. */
static bool
has_tags(const struct question *q, const struct thing *thing)
{
    const struct stack_tag *tag = thing->tags, *end = tag + thing->tag_count;

    for (size_t i = 0; i < q->filter_count; i++) {
        const struct tag_filter *f = &q->filters[i];

        while (tag < end && strcmp(tag->key, f->key) < 0)
            tag++;
        if (tag == end || strcmp(tag->key, f->key) != 0)
            return false;
        if (f->value_count > 0 && !is_one_of(tag->value, f->values, f->value_count))
            return false;
    }
    return true;
}

static bool
is_asked_for(const struct question *q, const struct thing *thing)
{
    if (q->arn_count > 0)
        return is_one_of(thing->arn, q->arns, q->arn_count);
    if (!is_of_type(thing, q->types, q->type_count))
        return false;
    return has_tags(q, thing);
}

/* --- the question --- */

/* Sorted. */
static enum status
read_texts(struct aws_call *call, const struct awsvalue *in, const char *key, size_t min,
           size_t max, size_t characters, const char *const **out, size_t *count)
{
    struct awslist list = { 0 };
    enum status st = awsvalue_list(in, key, AWS_OPTIONAL, 0, max, &list);
    const char **texts;

    if (st != OK)
        return st;
    texts = arena_alloc(call->arena, (list.count + 1) * sizeof *texts);
    for (size_t i = 0; st == OK && awslist_next(&list); i++)
        st = awslist_string(&list, min, characters, &texts[i]);
    if (st == OK && list.count > 1)
        qsort(texts, list.count, sizeof *texts, compare_texts);
    *out = texts;
    *count = list.count;
    return st;
}

static int
compare_filters(const void *a, const void *b)
{
    const struct tag_filter *left = a, *right = b;

    return strcmp(left->key, right->key);
}

static enum status
read_filters(struct aws_call *call, struct question *q)
{
    static const char *const known[] = { "Key", "Values", NULL };
    struct awslist list = { 0 };
    enum status st = awsvalue_list(&call->in, "TagFilters", AWS_OPTIONAL, 0, FILTERS_MAX, &list);

    q->filters = arena_alloc(call->arena, (list.count + 1) * sizeof *q->filters);
    while (st == OK && awslist_next(&list)) {
        struct tag_filter *f = &q->filters[q->filter_count++];
        struct awsvalue in;

        st = awslist_struct(&list, &in);
        if (st == OK)
            st = aws_only(&in, known);
        if (st == OK)
            st = awsvalue_string(&in, "Key", AWS_REQUIRED, 1, KEY_MAX, &f->key);
        if (st == OK)
            st = read_texts(call, &in, "Values", 0, VALUES_MAX, VALUE_MAX, &f->values,
                            &f->value_count);
    }
    if (st == OK && q->filter_count > 1)
        qsort(q->filters, q->filter_count, sizeof *q->filters, compare_filters);
    return st;
}

/* There is no tag policy here that a resource could be held against. */
static enum status
refuse_compliance(struct aws_call *call)
{
    static const char *const keys[] = { "IncludeComplianceDetails", "ExcludeCompliantResources" };
    enum status st = OK;

    for (size_t i = 0; i < 2 && st == OK; i++) {
        bool is_wanted = false;

        st = awsvalue_bool(&call->in, keys[i], AWS_OPTIONAL, &is_wanted);
        if (st == OK && is_wanted)
            st = awsvalue_invalid(&call->in, keys[i],
                                  "is not supported by obsview: no tag policy is in effect here");
    }
    return st;
}

static enum status
read_limits(struct aws_call *call, struct question *q)
{
    int64_t resources = RESOURCES_DEFAULT, tags = 0;
    enum status st =
        awsvalue_int(&call->in, "ResourcesPerPage", AWS_OPTIONAL, 1, RESOURCES_MAX, &resources);

    if (st == OK)
        st = awsvalue_int(&call->in, "TagsPerPage", AWS_OPTIONAL, TAGS_MIN, TAGS_MAX, &tags);
    q->resources_max = (size_t)resources;
    q->tags_max = tags == 0 ? SIZE_MAX : (size_t)tags;
    return st;
}

/* A list of ARNs excludes all else. */
static enum status
read_arns(struct aws_call *call, struct question *q)
{
    static const char *const others[] = { "TagFilters",  "ResourceTypeFilters", "ResourcesPerPage",
                                          "TagsPerPage", "PaginationToken",     NULL };
    enum status st = read_texts(call, &call->in, "ResourceARNList", 1, ARNS_MAX, ARN_MAX, &q->arns,
                                &q->arn_count);

    if (st != OK || !awsvalue_has(&call->in, "ResourceARNList"))
        return st;
    if (q->arn_count == 0)
        return awsvalue_invalid(&call->in, "ResourceARNList", "must have 1 to %d items", ARNS_MAX);
    for (const char *const *other = others; *other != NULL; other++) {
        if (awsvalue_has(&call->in, *other))
            return awsvalue_invalid(&call->in, "ResourceARNList",
                                    "can't be specified with %s in the same request", *other);
    }
    for (size_t i = 0; i < q->arn_count; i++) {
        if (strncmp(q->arns[i], "arn:", 4) != 0)
            return awsvalue_invalid(&call->in, "ResourceARNList", "has %.60s, which is no ARN",
                                    q->arns[i]);
    }
    q->resources_max = ARNS_MAX;
    return OK;
}

static enum status
read_question(struct aws_call *call, struct question *q)
{
    static const char *const known[] = { "PaginationToken",
                                         "TagFilters",
                                         "ResourcesPerPage",
                                         "TagsPerPage",
                                         "ResourceARNList",
                                         "IncludeComplianceDetails",
                                         "ResourceTypeFilters",
                                         "ExcludeCompliantResources",
                                         NULL };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = refuse_compliance(call);
    if (st == OK)
        st = read_filters(call, q);
    if (st == OK)
        st = read_texts(call, &call->in, "ResourceTypeFilters", 0, TYPES_MAX, TYPE_MAX, &q->types,
                        &q->type_count);
    if (st == OK)
        st = read_limits(call, q);
    return st == OK ? read_arns(call, q) : st;
}

/* --- pages --- */

static enum status
read_token(struct aws_call *call, uint64_t scope, const char **state)
{
    const char *token = NULL;
    enum status st =
        awsvalue_string(&call->in, "PaginationToken", AWS_OPTIONAL, 0, TOKEN_MAX, &token);

    *state = NULL;
    if (st != OK || token == NULL || *token == '\0')
        return st;
    *state = aws_token_read(call->arena, scope, token);
    if (*state == NULL)
        return awsvalue_invalid(&call->in, "PaginationToken", "was not made for this request");
    return OK;
}

/* Where the walk stands, as the state of a token: a place of the stack or the name of a group. */
static const char *
save(const struct walk *walk)
{
    if (*walk->after_group == '\0')
        return arena_printf(walk->call->arena, "%zu", walk->place);
    return arena_printf(walk->call->arena, "g%s", walk->after_group);
}

static void
restore(struct walk *walk, const char *state)
{
    if (*state == 'g') {
        walk->place = SIZE_MAX;
        walk->after_group = state + 1;
    } else {
        walk->place = (size_t)strtoull(state, NULL, 10);
    }
}

static cJSON *
describe(const struct thing *thing)
{
    cJSON *out = cJSON_CreateObject(), *tags;

    cJSON_AddStringToObject(out, "ResourceARN", thing->arn);
    tags = cJSON_AddArrayToObject(out, "Tags");
    for (size_t i = 0; i < thing->tag_count; i++) {
        cJSON *tag = cJSON_CreateObject();

        cJSON_AddStringToObject(tag, "Key", thing->tags[i].key);
        cJSON_AddStringToObject(tag, "Value", thing->tags[i].value);
        cJSON_AddItemToArray(tags, tag);
    }
    return out;
}

/* A thing without tags counts as one tag. One with more than a page may have stands alone. */
static bool
has_room(const struct question *q, size_t resources, size_t tags, const struct thing *thing)
{
    size_t more = thing->tag_count == 0 ? 1 : thing->tag_count;

    return resources < q->resources_max && (resources == 0 || tags + more <= q->tags_max);
}

static enum status
answer(struct aws_call *call, const struct question *q, struct walk *walk, uint64_t scope)
{
    cJSON *list = cJSON_CreateArray();
    const char *next = "";
    size_t count = 0, tags = 0;
    enum status st = OK;

    while (*next == '\0') {
        const struct walk before = *walk;
        struct thing thing;

        if (!next_thing(walk, &thing, &st))
            break;
        if (!is_asked_for(q, &thing))
            continue;
        if (has_room(q, count, tags, &thing)) {
            cJSON_AddItemToArray(list, describe(&thing));
            tags += thing.tag_count == 0 ? 1 : thing.tag_count;
            count++;
        } else {
            next = aws_token_make(call->arena, scope, save(&before));
        }
    }
    call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(call->out, "PaginationToken", next);
    cJSON_AddItemToObject(call->out, "ResourceTagMappingList", list);
    snprintf(call->note, sizeof call->note, "%zu %s", count, count == 1 ? "resource" : "resources");
    return st;
}

enum status
aws_get_resources(struct aws_call *call)
{
    static const char *const keys[] = { "TagFilters", "ResourceTypeFilters", NULL };
    const uint64_t scope = aws_token_scope("GetResources", &call->in, keys);
    struct walk walk = walk_all(call);
    const char *state = NULL;
    struct question q = { 0 };
    enum status st = read_question(call, &q);

    if (st == OK)
        st = read_token(call, scope, &state);
    if (st != OK)
        return st;
    if (state != NULL)
        restore(&walk, state);
    return answer(call, &q, &walk, scope);
}

/* --- keys and values --- */

struct words {
    struct table seen;
    const char **items;
    size_t count, room;
};

static void
add_word(struct aws_call *call, struct words *words, const char *word)
{
    if (table_find(&words->seen, word, strlen(word) + 1) != NULL)
        return;
    (void)table_add(&words->seen, word, strlen(word) + 1);
    words->items =
        arena_grow(call->arena, words->items, words->count, &words->room, 64, sizeof *words->items);
    words->items[words->count++] = word;
}

/* All keys, or the values of one, each once and sorted. */
static enum status
collect(struct aws_call *call, const char *key, struct words *words)
{
    struct walk walk = walk_all(call);
    struct thing thing;
    enum status st = OK;

    while (next_thing(&walk, &thing, &st)) {
        const char *value = key == NULL ? NULL : tag_of(&thing, key);

        if (value != NULL)
            add_word(call, words, value);
        for (size_t i = 0; key == NULL && i < thing.tag_count; i++)
            add_word(call, words, thing.tags[i].key);
    }
    if (st == OK && words->count > 1)
        qsort(words->items, words->count, sizeof *words->items, compare_texts);
    return st;
}

/* A value may be too long for a token, so that holds how many were told. */
static void
answer_words(struct aws_call *call, const struct words *words, const char *told, const char *name,
             uint64_t scope)
{
    cJSON *list = cJSON_CreateArray();
    const char *next = "";
    size_t i = told == NULL ? 0 : (size_t)strtoull(told, NULL, 10);

    for (size_t count = 0; i < words->count && count < WORDS_PAGE; i++, count++)
        cJSON_AddItemToArray(list, cJSON_CreateString(words->items[i]));
    if (i < words->count)
        next = aws_token_make(call->arena, scope, arena_printf(call->arena, "%zu", i));
    call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(call->out, "PaginationToken", next);
    cJSON_AddItemToObject(call->out, name, list);
}

static enum status
tell_words(struct aws_call *call, const char *key, const char *name, uint64_t scope)
{
    struct words words = { 0 };
    const char *told = NULL;
    enum status st = read_token(call, scope, &told);

    if (st != OK)
        return st;
    table_init(&words.seen, 1);
    st = collect(call, key, &words);
    if (st == OK)
        answer_words(call, &words, told, name, scope);
    table_fini(&words.seen);
    return st;
}

enum status
aws_get_tag_keys(struct aws_call *call)
{
    static const char *const known[] = { "PaginationToken", NULL };
    static const char *const keys[] = { NULL };
    const uint64_t scope = aws_token_scope("GetTagKeys", &call->in, keys);
    enum status st = aws_only(&call->in, known);

    return st == OK ? tell_words(call, NULL, "TagKeys", scope) : st;
}

enum status
aws_get_tag_values(struct aws_call *call)
{
    static const char *const known[] = { "PaginationToken", "Key", NULL };
    static const char *const keys[] = { "Key", NULL };
    const uint64_t scope = aws_token_scope("GetTagValues", &call->in, keys);
    const char *key = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_string(&call->in, "Key", AWS_REQUIRED, 1, KEY_MAX, &key);
    return st == OK ? tell_words(call, key, "TagValues", scope) : st;
}
