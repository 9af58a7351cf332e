/* openreplay_inputs.c - samples and commits of fields, put together.
 * SPDX-License-Identifier: MIT
 *
 * A field is sampled about every 100 ms, so the sample that shows the whole value often comes after
 * the commit, up to a second later; a commit has no length of what is masked, only the sample has.
 * In protocol 2 the two come in different streams. Therefore all are kept and put in order at the
 * end: the sample of a commit is the last one within a second behind it, else the one before it. */
#include "config.h"

#include "domain/openreplay_inputs.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"

#define LATE_MS 1000

struct field {
    struct openreplay_field_key key;
    size_t number;
    const char *element;
    unsigned generation; /* of the document of the last sample; 0: none */
};

struct record {
    const struct field *field;
    struct openreplay_input input;
};

struct openreplay_inputs {
    struct table fields;
    struct record *records;
    size_t count, room;
};

struct openreplay_inputs *
openreplay_inputs_new(void)
{
    struct openreplay_inputs *inputs = xcalloc(1, sizeof *inputs);

    table_init(&inputs->fields, sizeof(struct field));
    return inputs;
}

void
openreplay_inputs_free(struct openreplay_inputs *inputs)
{
    if (inputs == NULL)
        return;
    table_fini(&inputs->fields);
    free(inputs->records);
    free(inputs);
}

static struct field *
find_field(const struct openreplay_inputs *inputs, const struct openreplay_field_key *key)
{
    return table_find(&inputs->fields, key, sizeof *key);
}

/* NULL: too many. */
static struct field *
get_field(struct openreplay_inputs *inputs, const struct openreplay_field_key *key)
{
    struct field *field = find_field(inputs, key);

    if (field == NULL) {
        if (inputs->fields.count == OPENREPLAY_INPUTS_MAX)
            return NULL;
        field = table_add(&inputs->fields, key, sizeof *key);
        field->key = *key;
        field->number = inputs->fields.count;
    }
    return field;
}

void
openreplay_inputs_name(struct openreplay_inputs *inputs, const struct openreplay_field_key *key,
                       const char *element)
{
    struct field *field = get_field(inputs, key);

    if (field != NULL)
        field->element = element;
}

const char *
openreplay_inputs_element(const struct openreplay_inputs *inputs,
                          const struct openreplay_field_key *key)
{
    const struct field *field = find_field(inputs, key);

    return field == NULL ? NULL : field->element;
}

bool
openreplay_inputs_add(struct openreplay_inputs *inputs, const struct openreplay_field_key *key,
                      unsigned generation, const struct openreplay_input *input)
{
    struct field *field = get_field(inputs, key);

    if (field == NULL || inputs->count == OPENREPLAY_INPUTS_MAX)
        return false;
    if (!input->is_commit && field->generation != generation) {
        field->generation = generation;
        if (!input->is_focused)
            return false;
    }
    if (inputs->count == inputs->room) {
        inputs->room = inputs->room == 0 ? 64 : 2 * inputs->room;
        inputs->records = xreallocarray(inputs->records, inputs->room, sizeof *inputs->records);
    }
    inputs->records[inputs->count++] = (struct record){ field, *input };
    return true;
}

static int
by_field_and_time(const void *a, const void *b)
{
    const struct record *x = a, *y = b;

    if (x->field != y->field)
        return x->field->number < y->field->number ? -1 : 1;
    if (x->input.time_ms != y->input.time_ms)
        return x->input.time_ms < y->input.time_ms ? -1 : 1;
    if (x->input.body != y->input.body)
        return x->input.body < y->input.body ? -1 : 1;
    return (x->input.offset > y->input.offset) - (x->input.offset < y->input.offset);
}

/* The edit that begins at record `i`; returns where the next one does. */
static size_t
make_edit(const struct openreplay_inputs *inputs, size_t i, struct openreplay_edit *edit)
{
    const struct field *field = inputs->records[i].field;
    const struct openreplay_input *commit = NULL;

    *edit = (struct openreplay_edit){ .key = &field->key, .element = field->element };
    for (; i < inputs->count && inputs->records[i].field == field; i++) {
        const struct openreplay_input *input = &inputs->records[i].input;

        if (commit != NULL && (input->is_commit || input->time_ms > commit->time_ms + LATE_MS))
            break;
        edit->messages++;
        if (input->is_commit)
            commit = input;
        else
            edit->sample = input;
    }
    edit->last = commit != NULL ? commit : edit->sample;
    return i;
}

void
openreplay_inputs_each(struct openreplay_inputs *inputs, openreplay_edit_made *made, void *arg)
{
    struct openreplay_edit edit;

    if (inputs->count > 0)
        qsort(inputs->records, inputs->count, sizeof *inputs->records, by_field_and_time);
    for (size_t i = 0; i < inputs->count;) {
        i = make_edit(inputs, i, &edit);
        made(arg, &edit);
    }
}
