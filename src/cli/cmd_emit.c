/* cmd_emit.c - one metric, log line, vital, error or event, to standard output or to an address.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/command.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/sending.h"
#include "domain/emission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DOCUMENT_MAX ((size_t)1 << 20)
#define ANSWER_MAX   ((size_t)64 << 10)

struct emitting {
    struct settings *s;
    const char **arguments;
    int64_t now_ms;
    char request_id[UUID_TEXT];
    struct emission_page page;
    struct emission_fields dimensions, fields;
    struct buf document;
    struct err *err;
};

static enum status
read_number(struct emitting *e, double *out)
{
    if (text_parse_double(out, e->arguments[1]))
        return OK;
    return err_set(e->err, E_USAGE, "expected a number behind %s, got \"%.80s\"", e->arguments[0],
                   e->arguments[1]);
}

static enum status
print_metric(struct emitting *e)
{
    struct emission_metric metric = { .name = e->arguments[0],
                                      .unit = settings_text(e->s, SET_UNIT) };
    enum status st = read_number(e, &metric.value);

    return st != OK ? st
                    : emission_metrics(&e->document, e->now_ms, settings_text(e->s, SET_NAMESPACE),
                                       &metric, 1, &e->dimensions, &e->fields, e->err);
}

static enum status
print_log(struct emitting *e)
{
    const char *request_id = settings_text(e->s, SET_REQUEST_ID);
    struct emission_log log = {
        .level = e->arguments[0],
        .message = e->arguments[1],
        .function_name = settings_text(e->s, SET_FUNCTION),
        .request_id = request_id == NULL ? e->request_id : request_id,
        .error = settings_text(e->s, SET_ERROR),
        .context = e->fields,
    };

    return emission_log(&e->document, e->now_ms, &log, e->err);
}

static enum status
print_vital(struct emitting *e)
{
    double value;
    enum status st = read_number(e, &value);

    return st != OK
               ? st
               : emission_vital(&e->document, e->now_ms, e->arguments[0], value, &e->page, e->err);
}

static enum status
print_error(struct emitting *e)
{
    return emission_error(&e->document, e->now_ms, e->arguments[0], settings_text(e->s, SET_TYPE),
                          settings_text(e->s, SET_STACK_TRACE), &e->page, e->err);
}

static enum status
print_event(struct emitting *e)
{
    const char *website = settings_text(e->s, SET_WEBSITE);

    if (website == NULL)
        return err_set(e->err, E_USAGE,
                       "emit event needs --website UUID, as the script tag of the site has it");
    return emission_event(&e->document, e->arguments[0], website, &e->page, &e->fields, e->err);
}

static const struct kind {
    const char *name;
    const char *form; /* of what stands behind it */
    size_t least, most;
    enum status (*print)(struct emitting *e);
    const char *path; /* where it is posted; NULL: it is a line */
} kinds[] = {
    { "metric", "NAME VALUE", 2, 2, print_metric, NULL },
    { "log", "LEVEL MESSAGE", 2, 2, print_log, NULL },
    { "vital", "NAME VALUE", 2, 2, print_vital, "/metrics/web-vitals" },
    { "error", "MESSAGE", 1, 1, print_error, "/errors/report" },
    { "event", "[NAME]", 0, 1, print_event, "/api/send" },
};

static const struct kind *
find_kind(const struct invocation *inv, struct err *err)
{
    const char *word = inv->argument_count > 0 ? inv->arguments[0] : "";
    size_t given = inv->argument_count > 0 ? inv->argument_count - 1 : 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind *k = &kinds[i];

        if (strcmp(k->name, word) != 0)
            continue;
        if (given >= k->least && given <= k->most)
            return k;
        err_set(err, E_USAGE, "expected obsview emit %s %s", k->name, k->form);
        return NULL;
    }
    err_set(err, E_USAGE, "emit: expected metric, log, vital, error or event, got \"%.80s\"", word);
    return NULL;
}

static enum status
check_text(const char *text, struct err *err)
{
    if (text_utf8_end(text, strlen(text)) < strlen(text))
        return err_set(err, E_USAGE, "expected UTF-8, got \"%.80s\"", text);
    return OK;
}

/* JSON is UTF-8, and what is not would be replaced. */
static enum status
check_texts(const struct invocation *inv, struct err *err)
{
    static const enum setting lists[] = { SET_DIM, SET_FIELD };
    enum status st = OK;

    for (size_t i = 0; st == OK && i < inv->argument_count; i++)
        st = check_text(inv->arguments[i], err);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const char *const *text = settings_list(inv->settings, lists[i]);

        for (; st == OK && text != NULL && *text != NULL; text++)
            st = check_text(*text, err);
    }
    return st;
}

/* A gateway may answer 200 with whatever it likes. But a page for people comes from no collector,
 * such as a web server's start page or somebody's login; Lambdas and Umami have words for what they
 * did not take. */
static enum status
judge_answer(const struct buf *answer, const char *to, struct err *err)
{
    const char *text = answer->data == NULL ? "" : answer->data;
    enum status st = OK;
    cJSON *json;

    text += strspn(text, " \t\r\n");
    if (strncasecmp(text, "<!doctype html", 14) == 0 || strncasecmp(text, "<html", 5) == 0)
        return err_set(err, E_INVALID,
                       "%s: who answers there has a page of HTML, so is no collector", to);
    if (json_parse(&json, answer->data, answer->len, NULL) != OK)
        return OK;
    if (cJSON_IsFalse(json_get(json, "success")))
        st = err_set(err, E_INVALID, "%s: answered, but did not take it: %.200s", to, text);
    else if (strcmp(json_get_string(json, "beep", ""), "boop") == 0)
        st = err_set(err, E_INVALID, "%s: Umami took --user-agent for a bot's, and dropped it", to);
    cJSON_Delete(json);
    return st;
}

static enum status
post(struct emitting *e, const struct kind *kind, const char *to)
{
    struct buf answer;
    enum status st;

    buf_init(&answer, ANSWER_MAX);
    st = sending_post(to, kind->path, &e->document, e->page.user_agent, e->s, &answer, e->err);
    if (st == OK)
        st = judge_answer(&answer, to, e->err);
    buf_fini(&answer);
    return st;
}

static enum status
deliver(struct emitting *e, const struct kind *kind)
{
    const char *to = settings_text(e->s, SET_TO), *group = settings_text(e->s, SET_LOG_GROUP);

    if (kind->path != NULL && group != NULL)
        return err_set(e->err, E_USAGE, "emit %s: --log-group is for metrics and log lines",
                       kind->name);
    if (group != NULL)
        return sending_log(group, &e->document, e->now_ms, e->s, e->err);
    if (to == NULL)
        return printf("%s\n", e->document.data) < 0 ? err_set(e->err, E_IO, "nothing was written")
                                                    : OK;
    if (kind->path == NULL)
        return sending_line(to, &e->document, e->err);
    if (!sending_is_url(to))
        return err_set(e->err, E_USAGE, "--to %s: expected http://HOST:PORT for what browsers send",
                       to);
    return post(e, kind, to);
}

int
cmd_emit(struct invocation *inv)
{
    struct err err = { 0 };
    const struct kind *kind = find_kind(inv, &err);
    struct clock *clock = clock_new_real();
    struct arena *arena = arena_new();
    const char *session = settings_text(inv->settings, SET_SESSION);
    uint8_t id[16];
    struct emitting e = { .s = inv->settings,
                          .arguments = inv->arguments + 1,
                          .now_ms = clock_now_ms(clock),
                          .err = &err };
    enum status st = kind == NULL ? E_USAGE : OK;

    clock_uuid(clock, id);
    uuid_format(id, e.request_id);
    e.page = (struct emission_page){ .url = settings_text(e.s, SET_URL),
                                     .session_id = session == NULL ? e.request_id : session,
                                     .user_agent = settings_text(e.s, SET_USER_AGENT) };
    e.dimensions = sending_fields(arena, e.s, SET_DIM);
    e.fields = sending_fields(arena, e.s, SET_FIELD);
    buf_init(&e.document, DOCUMENT_MAX);
    if (st == OK)
        st = check_texts(inv, &err);
    if (st == OK)
        st = kind->print(&e);
    if (st != OK)
        err.code = E_USAGE; /* what was given is wrong, whoever says so */
    else
        st = deliver(&e, kind);
    buf_fini(&e.document);
    arena_free(arena);
    clock_free(clock);
    return st == OK ? EXIT_OK : command_fail(&err);
}
