/* filter_pattern.c - the three forms of filter patterns behind one door.
 * SPDX-License-Identifier: MIT
 *
 * The first character tells the form: { is over JSON, [ over space-delimited fields, anything else
 * is terms. Each form has a file of its own; what they share is the cursor. Format: CloudWatch Logs
 * user guide, "Filter pattern syntax for metric filters, subscription filters, filter log events,
 * and Live Tail". */
#include "config.h"

#include "domain/filter_pattern.h"

#include "base/json.h"
#include "base/mem.h"
#include "domain/filter_cursor.h"
#include "domain/filter_fields.h"
#include "domain/filter_json.h"
#include "domain/filter_terms.h"

#include <stdlib.h>
#include <string.h>

/* One of the forms is there. */
struct filter_pattern {
    struct arena *arena;
    struct filter_terms *terms;
    struct filter_fields *fields;
    struct filter_json *json;
    struct filter_regex *regexes[FILTER_REGEX_MAX];
    size_t regex_count;
};

static enum status
read_form(struct filter_pattern *fp, struct filter_cursor *c)
{
    cursor_skip_blanks(c);
    if (c->text[c->at] == '{')
        return filter_json_read(&fp->json, c);
    if (c->text[c->at] == '[')
        return filter_fields_read(&fp->fields, c);
    return filter_terms_read(&fp->terms, c);
}

enum status
filter_pattern_compile(struct filter_pattern **out, const char *text, struct err *err)
{
    struct filter_cursor c = { .text = text, .err = err };
    struct filter_pattern *fp;
    enum status st;

    if (strlen(text) > FILTER_PATTERN_MAX)
        return err_set(err, E_LIMIT, "a filter pattern of %zu bytes, at most %d are allowed",
                       strlen(text), FILTER_PATTERN_MAX);
    fp = xcalloc(1, sizeof *fp);
    fp->arena = arena_new();
    c.arena = fp->arena;
    st = read_form(fp, &c);
    memcpy(fp->regexes, c.regexes, sizeof fp->regexes);
    fp->regex_count = c.regex_count;
    if (st != OK) {
        filter_pattern_free(fp);
        return st;
    }
    *out = fp;
    return OK;
}

void
filter_pattern_free(struct filter_pattern *fp)
{
    if (fp == NULL)
        return;
    for (size_t i = 0; i < fp->regex_count; i++)
        filter_regex_free(fp->regexes[i]);
    arena_free(fp->arena);
    free(fp);
}

bool
filter_pattern_match(struct filter_pattern *fp, const char *message, size_t len)
{
    if (fp->json != NULL)
        return filter_json_match(fp->json, message, len);
    if (fp->fields != NULL)
        return filter_fields_match(fp->fields, message, len);
    return filter_terms_match(fp->terms, message, len);
}

size_t
filter_pattern_regexes(const struct filter_pattern *fp)
{
    return fp->regex_count;
}

size_t
filter_pattern_undecided(const struct filter_pattern *fp)
{
    size_t n = 0;

    for (size_t i = 0; i < fp->regex_count; i++)
        n += filter_regex_gave_up(fp->regexes[i]);
    return n;
}

/* --- values ------------------------------------------------------------------------------------
 */

/* One of the two is meant. */
struct filter_name {
    const struct filter_path *path;
    size_t field;
};

enum status
filter_pattern_name(struct filter_pattern *fp, const char *text, const struct filter_name **out,
                    struct err *err)
{
    struct filter_cursor c = { .text = text, .arena = fp->arena, .err = err };
    struct filter_name *name = arena_alloc(fp->arena, sizeof *name);
    enum status st;

    if (fp->json != NULL)
        st = filter_json_path(&name->path, &c);
    else if (fp->fields != NULL)
        st = filter_fields_named(fp->fields, text, &name->field, err);
    else
        st = err_set(err, E_INVALID,
                     "%.60s names nothing: only filter patterns over JSON or over space-delimited "
                     "fields have names",
                     text);
    if (st == OK)
        *out = name;
    return st;
}

size_t
filter_pattern_list(struct filter_pattern *fp, struct arena *arena, const char *message, size_t len,
                    struct filter_found **out)
{
    if (fp->json != NULL)
        return filter_json_list(fp->json, arena, message, len, out);
    if (fp->fields != NULL)
        return filter_fields_list(fp->fields, arena, message, len, out);
    *out = NULL;
    return 0;
}

void
filter_pattern_find(struct filter_pattern *fp, struct arena *arena,
                    const struct filter_name *const *names, size_t count, const char *message,
                    size_t len, const char **texts)
{
    const cJSON *value = NULL;

    for (size_t i = 0; i < count; i++)
        texts[i] = NULL;
    if (fp->json != NULL && json_parse_in(&value, arena, message, len, NULL) == OK) {
        for (size_t i = 0; i < count; i++)
            texts[i] = filter_path_text(names[i]->path, arena, value);
    } else if (fp->fields != NULL && filter_fields_match(fp->fields, message, len)) {
        for (size_t i = 0; i < count; i++)
            texts[i] = filter_fields_text(fp->fields, arena, names[i]->field);
    }
}
