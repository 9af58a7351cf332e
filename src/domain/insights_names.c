/* insights_names.c - what the names in a query stand for.
 * SPDX-License-Identifier: MIT
 *
 * A name is a slot of the record: a field of the line, made when it is first spoken of, or what a
 * command defined. Later definitions hide earlier ones; behind stats only its own columns are left.
 * The number of slots is bounded. */
#include "config.h"

#include "domain/insights_parser.h"

#include <string.h>

#include "base/text.h"

void *
parser_grow(struct insights_parser *p, void *items, unsigned count, size_t size)
{
    void *grown;

    if (count != 0 && (count & (count - 1)) != 0)
        return items;
    grown = arena_alloc(p->plan->arena, (count == 0 ? 1 : 2 * (size_t)count) * size);
    if (count > 0)
        memcpy(grown, items, count * size);
    return grown;
}

static const struct {
    const char *name;
    enum slot_source source;
    unsigned detail;
} known_fields[] = {
    { "@timestamp", SLOT_TIMESTAMP, 0 },
    { "@ingestionTime", SLOT_INGESTION, 0 },
    { "@message", SLOT_MESSAGE, 0 },
    { "@logStream", SLOT_STREAM, 0 },
    { "@log", SLOT_LOG, 0 },
    { "@ptr", SLOT_POINTER, 0 },
    { "@type", SLOT_LAMBDA, LAMBDA_TYPE },
    { "@requestId", SLOT_LAMBDA, LAMBDA_REQUEST },
    { "@duration", SLOT_LAMBDA, LAMBDA_DURATION },
    { "@billedDuration", SLOT_LAMBDA, LAMBDA_BILLED },
    { "@maxMemoryUsed", SLOT_LAMBDA, LAMBDA_USED },
    { "@memorySize", SLOT_LAMBDA, LAMBDA_SIZE },
    { "@initDuration", SLOT_LAMBDA, LAMBDA_INIT },
};

static enum status
add_slot(struct insights_parser *p, const struct insights_token *name, enum slot_source source,
         unsigned detail, unsigned *slot)
{
    struct insights_plan *plan = p->plan;

    if (plan->slot_count == INSIGHTS_SLOTS_MAX || p->name_count == INSIGHTS_SLOTS_MAX)
        return lexer_refuse_at(&p->lx, name->start, name->end,
                               "a query that speaks of more than %d fields", INSIGHTS_SLOTS_MAX);
    *slot = plan->slot_count++;
    plan->slots[*slot] = (struct insights_slot){ name->text, source, detail };
    p->names[p->name_count++] = (struct insights_name){ name->text, *slot };
    return OK;
}

/* A key of the JSON document; one that begins with @ is shown with another in front. */
static enum status
add_json_slot(struct insights_parser *p, const struct insights_token *name, unsigned *slot)
{
    struct insights_json *json = &p->plan->json;
    const char *path = name->text + (name->text[0] == '@');

    if (json->count == INSIGHTS_JSON_MAX)
        return lexer_refuse_at(&p->lx, name->start, name->end,
                               "a query that looks for more than %d fields in the lines",
                               INSIGHTS_JSON_MAX);
    json->paths[json->count].name = path;
    json->paths[json->count].len = strlen(path);
    return add_slot(p, name, SLOT_JSON, json->count++, slot);
}

static enum status
discover(struct insights_parser *p, const struct insights_token *name, unsigned *slot)
{
    for (size_t i = 0; i < sizeof known_fields / sizeof known_fields[0]; i++) {
        if (strcmp(known_fields[i].name, name->text) == 0)
            return add_slot(p, name, known_fields[i].source, known_fields[i].detail, slot);
    }
    if (name->text[0] == '@' && name->text[1] != '@')
        return add_slot(p, name, SLOT_MISSING, 0, slot);
    return add_json_slot(p, name, slot);
}

bool
parser_find_name(const struct insights_parser *p, const char *text, size_t len, unsigned *slot)
{
    for (unsigned i = p->name_count; i > 0; i--) {
        const struct insights_name *name = &p->names[i - 1];

        if (strlen(name->text) == len && memcmp(name->text, text, len) == 0) {
            *slot = name->slot;
            return true;
        }
    }
    return false;
}

enum status
parser_slot(struct insights_parser *p, const struct insights_token *name, unsigned *slot)
{
    if (parser_find_name(p, name->text, name->len, slot))
        return OK;
    if (p->is_closed)
        return lexer_refuse_at(
            &p->lx, name->start, name->end,
            "%.100s is not known behind stats, which leaves only the fields that "
            "it defines",
            name->text);
    return discover(p, name, slot);
}

enum status
parser_define(struct insights_parser *p, const struct insights_token *name, unsigned *slot)
{
    return add_slot(p, name, SLOT_DEFINED, 0, slot);
}

enum status
parser_name(struct insights_parser *p, const char *what, struct insights_token *out)
{
    if (p->lx.now.kind != TOKEN_NAME && p->lx.now.kind != TOKEN_FIELD)
        return lexer_expected(&p->lx, what);
    *out = p->lx.now;
    lexer_next(&p->lx);
    return OK;
}
