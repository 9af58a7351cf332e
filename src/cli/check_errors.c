/* check_errors.c - errors that a baseline does not have.
 * SPDX-License-Identifier: MIT
 *
 * An error is known by its fingerprint (error_report.h), which a rebuild does not change. Errors
 * come from bodies of the error endpoint and from structured ERROR lines. */
#include "config.h"

#include "cli/check_stream.h"

#include "base/json.h"
#include "base/table.h"
#include "domain/error_report.h"
#include "tui/log_digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE       "errors"
#define RULE_NEW   RULE ".new"
#define PATH       "/errors/report"
#define MARK       "obsview-errors" /* of a saved file */
#define GROUPS_MAX 10000
#define SAVED_MAX  ((size_t)64 << 20)

struct group {
    const char *id, *type, *message, *frame, *first;
    size_t count;
};

struct collection {
    struct arena *arena, *scratch;
    struct table index; /* of numbers, by id */
    struct group *list;
    size_t count, room, items, errors, dropped;
};

struct judging {
    struct collection now, before;
    const char *baseline, *save;
};

static void
collection_init(struct collection *c)
{
    *c = (struct collection){ .arena = arena_new(), .scratch = arena_new() };
    table_init(&c->index, sizeof(size_t));
}

static void
collection_fini(struct collection *c)
{
    table_fini(&c->index);
    arena_free(c->scratch);
    arena_free(c->arena);
}

static void
add_error(struct collection *c, const struct group *error)
{
    size_t *place = table_find(&c->index, error->id, strlen(error->id));
    struct group *g;

    c->errors += error->count;
    if (place != NULL) {
        c->list[*place].count += error->count;
        return;
    }
    if (c->count == GROUPS_MAX) {
        c->dropped++;
        return;
    }
    place = table_add(&c->index, error->id, strlen(error->id));
    *place = c->count;
    c->list = arena_grow(c->arena, c->list, c->count, &c->room, 32, sizeof *c->list);
    g = &c->list[c->count++];
    *g = (struct group){ .id = arena_strndup(c->arena, error->id, 16),
                         .type = arena_strndup(c->arena, error->type, 128),
                         .message = arena_strndup(c->arena, error->message, 256),
                         .frame = arena_strndup(c->arena, error->frame, 256),
                         .first = arena_strndup(c->arena, error->first, 512),
                         .count = error->count };
}

static void
take_body(struct collection *c, const struct check_item *item)
{
    struct field_errors errors = { 0 };
    struct error_report report;
    struct fingerprint print;
    const cJSON *body;

    if (strncmp(item->path, PATH, sizeof PATH - 1) != 0 || strcmp(item->method, "POST") != 0 ||
        (item->status != 0 && item->status != 200) ||
        json_parse_in(&body, c->scratch, item->text, item->length, NULL) != OK ||
        !error_report_read(&report, c->scratch, body, &errors))
        return;
    fingerprint_make(&print, c->scratch, report.type, report.message, report.stack);
    add_error(c, &(struct group){ .id = print.text,
                                  .type = report.type,
                                  .message = report.message,
                                  .frame = print.frame,
                                  .first = item->where,
                                  .count = 1 });
}

/* What --save wrote. */
static bool
take_saved(struct collection *c, const struct check_item *item)
{
    const cJSON *saved, *one;

    if (memmem(item->text, item->length < 32 ? item->length : 32, MARK, sizeof MARK - 1) == NULL ||
        json_parse_in(&saved, c->scratch, item->text, item->length, NULL) != OK ||
        json_get_int(saved, MARK, 0) != 1)
        return false;
    cJSON_ArrayForEach(one, json_get(saved, "groups"))
        add_error(c, &(struct group){ .id = json_get_string(one, "id", ""),
                                      .type = json_get_string(one, "type", ""),
                                      .message = json_get_string(one, "message", ""),
                                      .frame = json_get_string(one, "frame", ""),
                                      .first = item->where,
                                      .count = (size_t)json_get_int(one, "count", 1) });
    return true;
}

static void
take_line(struct collection *c, const struct check_item *item)
{
    const struct log_digest *digest;

    if (memmem(item->text, item->length, "\"error\"", 7) == NULL)
        return;
    digest = log_digest_make(c->scratch, item->text, item->length);
    if (digest->error != NULL)
        add_error(c, &(struct group){ .id = digest->error->group_text,
                                      .type = digest->error->type,
                                      .message = digest->error->message,
                                      .frame = digest->error->frame,
                                      .first = item->where,
                                      .count = 1 });
}

static void
take_into(void *state, const struct check_item *item)
{
    struct collection *c = state;

    arena_clear(c->scratch);
    c->items++;
    if (item->kind == CHECK_REQUEST)
        take_body(c, item);
    else if (item->kind == CHECK_LINE && !take_saved(c, item))
        take_line(c, item);
}

static void
take_errors(void *state, const struct check_item *item)
{
    take_into(&((struct judging *)state)->now, item);
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool
has(const struct collection *c, const char *id)
{
    return table_find(&c->index, id, strlen(id)) != NULL;
}

static void
judge_group(struct findings *found, const struct judging *j, const struct group *g)
{
    bool is_known = has(&j->before, g->id);
    char subject[512], evidence[1024];

    snprintf(subject, sizeof subject, "%.4s %s%s%s", g->id, g->type,
             *g->type == '\0' || *g->message == '\0' ? "" : ": ", g->message);
    snprintf(evidence, sizeof evidence, "%s, %zu time%s, first at %s%s%s",
             is_known ? "known" : "not in the baseline", g->count, g->count == 1 ? "" : "s",
             g->first, *g->frame == '\0' ? "" : ", thrown in ", g->frame);
    findings_put(found, &(struct finding){ .level = is_known ? FINDING_OK : FINDING_FAIL,
                                           .rule = RULE_NEW,
                                           .subject = subject,
                                           .evidence = evidence,
                                           .expected = "no error that the baseline does not have",
                                           .fix = is_known ? NULL
                                                           : "mend it, or save a new baseline with "
                                                             "--save" });
}

static void
judge(struct findings *found, const struct judging *j)
{
    size_t gone = 0;

    for (size_t i = 0; i < j->now.count; i++)
        judge_group(found, j, &j->now.list[i]);
    for (size_t i = 0; i < j->before.count; i++)
        gone += !has(&j->now, j->before.list[i].id);
    if (j->now.items == 0)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL, "not enough data: nothing was read");
    else if (j->now.count == 0)
        findings_add(found, FINDING_OK, RULE, NULL, "no error in %zu bodies and lines",
                     j->now.items);
    if (j->before.items == 0)
        findings_put(found, &(struct finding){ .level = FINDING_UNKNOWN,
                                               .rule = RULE ".baseline",
                                               .subject = j->baseline,
                                               .evidence = "not enough data: it is empty" });
    if (gone > 0)
        findings_note(found, "of the baseline's %zu groups, %zu did not come again",
                      j->before.count, gone);
    if (j->now.dropped + j->before.dropped > 0)
        findings_add(found, FINDING_UNKNOWN, RULE, NULL,
                     "cannot judge all: there are more than %d groups", GROUPS_MAX);
}

static void
print_member(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "\"%s\":", name);
    json_print_string(b, value, strlen(value));
}

static enum status
save(const struct judging *j, struct err *err)
{
    struct buf b;
    enum status st;

    buf_init(&b, SAVED_MAX);
    buf_adds(&b, "{\"" MARK "\":1,\"groups\":[");
    for (size_t i = 0; i < j->now.count; i++) {
        const struct group *g = &j->now.list[i];

        buf_addf(&b, "%s\n{", i == 0 ? "" : ",");
        print_member(&b, "id", g->id);
        buf_addc(&b, ',');
        print_member(&b, "type", g->type);
        buf_addc(&b, ',');
        print_member(&b, "message", g->message);
        buf_addc(&b, ',');
        print_member(&b, "frame", g->frame);
        buf_addf(&b, ",\"count\":%zu}", g->count);
    }
    buf_adds(&b, "\n]}\n");
    st = check_save(j->save, &b, err);
    buf_fini(&b);
    return st;
}

static void *
open_errors(const struct check_run *run, struct err *err)
{
    struct check_run files = *run;
    struct judging *j;

    if (settings_text(run->settings, SET_BASELINE) == NULL &&
        settings_text(run->settings, SET_SAVE) == NULL) {
        err_set(err, E_USAGE,
                "check errors compares with --baseline FILE, which --save FILE writes");
        return NULL;
    }
    j = xcalloc(1, sizeof *j);
    j->baseline = settings_text(run->settings, SET_BASELINE);
    j->save = settings_text(run->settings, SET_SAVE);
    collection_init(&j->now);
    collection_init(&j->before);
    files.is_of_files = true;
    if (j->baseline != NULL)
        check_files_read(&files, RULE ".baseline", &j->baseline, 1, take_into, &j->before);
    return j;
}

static enum status
close_errors(void *state, const struct check_run *run, struct err *err)
{
    struct judging *j = state;
    enum status st = OK;

    if (j->baseline != NULL)
        judge(run->found, j);
    else
        findings_add(run->found, j->now.items == 0 ? FINDING_UNKNOWN : FINDING_OK, RULE, NULL,
                     "%zu groups of %zu errors saved to %s", j->now.count, j->now.errors, j->save);
    if (j->save != NULL && j->now.items > 0)
        st = save(j, err);
    collection_fini(&j->before);
    collection_fini(&j->now);
    free(j);
    return st;
}

const struct check_stream check_errors = { .live = CHECK_LIVE_INTAKE,
                                           .pattern = "\"error\"",
                                           .open = open_errors,
                                           .take = take_errors,
                                           .close = close_errors };
