/* diff_logs.c - fields of structured lines that came, went or changed their type, by log group.
 * SPDX-License-Identifier: MIT
 *
 * Of a part that is new or gone its outermost field alone is told. A field that a metric filter
 * names is worth more than others: without it the filter matches nothing, and its metric stops. */
#include "config.h"

#include "base/text.h"
#include "cli/diff/diff_own.h"
#include "cli/diff/digest.h"

#include <ctype.h>
#include <string.h>

#define NULL_TYPE LOG_SHAPE_BIT(LOG_SHAPE_NULL)

/* "$.error.type", and nothing that goes on behind it but a member of it. */
static bool
mentions(const char *pattern, const char *path)
{
    size_t length = strlen(path);

    for (const char *at = strstr(pattern, "$."); at != NULL; at = strstr(at + 1, "$.")) {
        char behind;

        if (strncmp(at + 2, path, length) != 0)
            continue;
        behind = at[2 + length];
        if (!isalnum((unsigned char)behind) && behind != '_' && behind != '-')
            return true;
    }
    return false;
}

/* The name of a metric filter of the group that names the field; NULL: none does. */
static const char *
filter_on(const struct digest *of, const char *group, const char *path)
{
    for (size_t i = 0; i < of->filter_count; i++) {
        if (strcmp(of->filters[i].group, group) == 0 && mentions(of->filters[i].pattern, path))
            return of->filters[i].name;
    }
    return NULL;
}

static void
add_group(struct diffing *d, const struct digest_log *log, bool is_new)
{
    bool is_telling = diff_is_telling(log->lines, is_new ? d->b->lines : d->a->lines,
                                      is_new ? d->a->lines : d->b->lines);
    const char *lines = arena_printf(d->out->arena, "%llu line%s", (unsigned long long)log->lines,
                                     text_s(log->lines));

    diff_add(d, &(struct diff_row){ .section = DIFF_LOGS,
                                    .verdict = is_telling ? DIFF_CHANGED : DIFF_NOISE,
                                    .change = is_new ? "log group new" : "log group gone",
                                    .what = log->name,
                                    .before = is_new ? "none" : lines,
                                    .after = is_new ? lines : "none",
                                    .note = is_telling ? "" : "few lines: it may be chance" });
}

static const char *
share_text(struct diffing *d, const struct log_shape_field *f, const struct log_shape *shape)
{
    char types[LOG_SHAPE_TEXT];

    log_shape_type_text(types, f->types);
    return arena_printf(d->out->arena, "%s, in %llu of %llu line%s", types,
                        (unsigned long long)f->lines, (unsigned long long)shape->lines,
                        text_s(shape->lines));
}

static void
add_field(struct diffing *d, const struct digest_log *has, const struct digest_log *lacks,
          const struct log_shape_field *f, bool is_new)
{
    bool is_telling = diff_is_telling(f->lines, has->shape.lines, lacks->shape.lines);
    const char *share = share_text(d, f, &has->shape);
    const char *filter = filter_on(d->b, has->name, f->path);
    struct diff_row row = { .section = DIFF_LOGS,
                            .verdict = is_telling ? DIFF_CHANGED : DIFF_NOISE,
                            .change = is_new ? "field new" : "field gone",
                            .what = f->path,
                            .before = is_new ? "none" : share,
                            .after = is_new ? share : "none",
                            .note = is_telling ? "" : "rare: it may be chance",
                            .where = has->name };

    if (filter == NULL)
        filter = filter_on(d->a, has->name, f->path);
    if (!is_new && filter != NULL) {
        row.verdict = is_telling ? DIFF_WORSE : DIFF_NOISE;
        row.note = is_telling ? "a metric filter looks at it" : row.note;
        row.where = arena_printf(d->out->arena, "%s, filter %s", has->name, filter);
    }
    diff_add(d, &row);
}

static void
compare_field(struct diffing *d, const struct digest_log *a, const struct digest_log *b,
              const struct log_shape_field *x, const struct log_shape_field *y)
{
    unsigned was = x->types & ~NULL_TYPE, is = y->types & ~NULL_TYPE;

    /* That something was sometimes null is no change, that it is nothing else is one. */
    if (was == is)
        return;
    if (was == 0 || is == 0) {
        const struct log_shape_field *full = was == 0 ? y : x;
        const struct digest_log *has = was == 0 ? b : a, *lacks = was == 0 ? a : b;

        if (!diff_is_telling(full->lines, has->shape.lines, lacks->shape.lines))
            return;
    }
    diff_add(d, &(struct diff_row){ .section = DIFF_LOGS,
                                    .verdict = DIFF_CHANGED,
                                    .change = "type changed",
                                    .what = x->path,
                                    .before = share_text(d, x, &a->shape),
                                    .after = share_text(d, y, &b->shape),
                                    .where = a->name });
}

static bool
has_field(const struct log_shape *shape, const char *path, size_t length)
{
    size_t low = 0, high = shape->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *there = shape->fields[middle].path;
        int order = strncmp(there, path, length);

        order = order != 0 ? order : there[length] != '\0';
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* It lies in a part that the other side does not have either. */
static bool
is_within(const char *path, const struct log_shape *has, const struct log_shape *lacks)
{
    for (size_t at = strlen(path); at > 0; at--) {
        if ((path[at] == '.' || path[at] == '[') && has_field(has, path, at))
            return !has_field(lacks, path, at);
    }
    return false;
}

static void
compare_fields(struct diffing *d, const struct digest_log *a, const struct digest_log *b)
{
    const struct log_shape *x = &a->shape, *y = &b->shape;
    size_t i = 0, k = 0;

    while (i < x->count || k < y->count) {
        int order = i == x->count   ? 1
                    : k == y->count ? -1
                                    : strcmp(x->fields[i].path, y->fields[k].path);

        if (order == 0)
            compare_field(d, a, b, &x->fields[i], &y->fields[k]);
        else if (order < 0 && !is_within(x->fields[i].path, x, y))
            add_field(d, a, b, &x->fields[i], false);
        else if (order > 0 && !is_within(y->fields[k].path, y, x))
            add_field(d, b, a, &y->fields[k], true);
        i += order <= 0;
        k += order >= 0;
    }
}

void
diff_logs(struct diffing *d)
{
    const struct digest *a = d->a, *b = d->b;
    size_t i = 0, k = 0;

    while (i < a->log_count || k < b->log_count) {
        int order = i == a->log_count   ? 1
                    : k == b->log_count ? -1
                                        : strcmp(a->logs[i].name, b->logs[k].name);

        if (order < 0)
            add_group(d, &a->logs[i], false);
        else if (order > 0)
            add_group(d, &b->logs[k], true);
        else
            compare_fields(d, &a->logs[i], &b->logs[k]);
        i += order <= 0;
        k += order >= 0;
    }
}
