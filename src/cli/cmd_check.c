/* cmd_check.c - judges once, prints, and tells the shell.
 * SPDX-License-Identifier: MIT
 *
 * What was found counts more than what could not be judged: whoever takes exit code 3 for a reason
 * to try again must not overlook it. */
#include "config.h"

#include "base/text.h"
#include "cli/check/check_rules.h"
#include "cli/check/checks.h"
#include "cli/command.h"
#include "cli/reporting.h"
#include "cli/watching.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CHECKS_MOST 24

struct checking {
    const struct check *check;
    struct check_run run; /* of a check over items, as is the rest */
    void *state;
    const char *period; /* "" when none was given */
    bool is_unasked;    /* nobody answered: nothing is known, not even that there is nothing */
    struct findings found;
    int64_t cost_microusd;
};

/* --- checks over items --- */

static bool
names_production(const char *environment)
{
    return environment != NULL &&
           (strncmp(environment, "prod", 4) == 0 || strcmp(environment, "live") == 0);
}

static void
feed(struct checking *c, const struct view_query *q)
{
    const struct check_stream *stream = c->check->stream;

    c->run.prices = q->prices;
    c->run.now_ms = q->now_ms;
    c->run.source = arena_strdup(c->found.arena, q->snapshot->source); /* outlives the snapshot */
    c->run.is_production |= names_production(q->snapshot->environment);
    check_sources[stream->live].feed(&c->run, c->check->name, q, stream->take, c->state);
}

static void
on_told(void *arg, const struct view_query *q)
{
    struct checking *c = arg;

    if (c->check->stream != NULL)
        feed(c, q);
    else
        c->check->judge(&c->found, q);
    c->cost_microusd = q->snapshot->cost_microusd;
}

static const struct check *
wanted_check(const struct invocation *inv, struct err *err)
{
    const char *name = inv->argument_count > 0 ? inv->arguments[0] : "";
    const struct check *check = check_find(name);
    const char *names[CHECKS_MOST] = { NULL };
    const char *near;
    char all[256] = "";
    size_t used = 0;

    for (size_t i = 0; checks[i].name != NULL && i + 1 < CHECKS_MOST; i++) {
        names[i] = checks[i].name;
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : ", ",
                                 checks[i].name);
    }
    near = text_nearest(name, names);
    if (check == NULL)
        err_set(err, E_USAGE,
                near == NULL ? "no check \"%s\"; there are %s"
                             : "no check \"%s\" (did you mean \"%s\"?)",
                name, near == NULL ? all : near);
    return check;
}

/* Options that some checks take. Another one would pass what was to be limited or compared. */
static const struct {
    enum setting setting;
    const char *checks;
} particular[] = {
    { SET_PERIOD, "budget" },     { SET_MARK, "aurora" },
    { SET_RULES, "pii" },         { SET_SEVERITY, "pii, logs" },
    { SET_LEAST, "vitals" },      { SET_BASELINE, "vitals, errors, logs" },
    { SET_WARN, "cardinality" },  { SET_SAVE, "vitals, errors" },
    { SET_LIMIT, "cardinality" }, { SET_ALLOW, "logs" },
};

/* A variable or the file mean those that take it. */
static enum status
refuse_options(const struct check *check, const struct settings *s, struct err *err)
{
    for (size_t i = 0; i < sizeof particular / sizeof particular[0]; i++) {
        const enum setting setting = particular[i].setting;

        if (strcmp(settings_origin(s, setting), "flag") == 0 &&
            strstr(particular[i].checks, check->name) == NULL)
            return err_set(err, E_USAGE, "check %s takes no --%s, which is for check %s",
                           check->name, setting_table[setting].key, particular[i].checks);
    }
    return OK;
}

/* What the check takes for its key. */
static enum status
read_period(struct checking *c, const struct settings *s, struct err *err)
{
    const char *text = settings_text(s, SET_PERIOD);
    int64_t from, to;

    c->period = "";
    if (text == NULL || !c->check->takes_period)
        return OK;
    if (!check_period_parse(&from, &to, text))
        return err_set(err, E_USAGE,
                       "--period %s: expected two dates, such as 2025-11-01..2025-12-01", text);
    c->period = text;
    return OK;
}

/* As long before the moment as it is since. */
static enum status
read_mark(struct asking *asking, const struct check *check, const struct settings *s,
          struct err *err)
{
    int64_t now_ms;
    enum status st;

    if (settings_text(s, SET_MARK) == NULL || !check->takes_mark)
        return OK;
    st = watching_now(&now_ms, s, err);
    if (st == OK)
        st = watching_mark(&asking->mark_ms, now_ms, s, err);
    if (st == OK)
        asking->range.span_ms = 2 * (now_ms - asking->mark_ms);
    return st;
}

/* A variable or the file mean the emulator's own. */
static bool
names_store(const struct settings *s)
{
    return settings_text(s, SET_DB) != NULL && strcmp(settings_origin(s, SET_DB), "flag") == 0;
}

/* A check over items asks what its source has to be asked, over --range where that was given. */
static void
read_stream(struct asking *asking, struct view *asked, const struct check_stream *stream,
            const struct settings *s)
{
    asked->ask = check_sources[stream->live].ask;
    asking->filter = stream->pattern;
    if (strcmp(settings_origin(s, SET_RANGE), "default") != 0)
        asking->range.span_ms = watching_span_ms(s);
}

/* Nobody could be asked: a verdict like any other, which each format tells. */
static enum status
tell_unasked(struct checking *c, enum status st, const struct err *err)
{
    if (st != E_IO)
        return st;
    c->is_unasked = true;
    findings_add(&c->found, FINDING_UNKNOWN, c->check->name, NULL, "cannot judge: %s", err->text);
    return OK;
}

static enum status
ask(struct checking *c, struct settings *s, struct err *err)
{
    struct view asked = { .name = c->check->name, .ask = c->check->ask };
    struct asking asking = {
        .view = &asked, .range = { .span_ms = c->check->span_ms }, .told = on_told, .arg = c
    };
    enum status st = read_period(c, s, err);

    if (c->check->stream != NULL)
        read_stream(&asking, &asked, c->check->stream, s);
    if (st == OK)
        st = read_mark(&asking, c->check, s, err);
    asking.key = c->check->takes_severity ? settings_text(s, SET_SEVERITY) : c->period;
    if (st == OK && c->check->await != NULL)
        st = c->check->await(&c->found, s, err);
    if (st == OK)
        st = asking_run(s, &asking, err);
    return tell_unasked(c, st, err);
}

static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
read_files(struct checking *c, const struct invocation *inv)
{
    c->run.is_of_files = true;
    c->run.source = inv->argument_count == 2 ? inv->arguments[1] : "the files";
    check_files_read(&c->run, c->check->name, inv->arguments + 1, inv->argument_count - 1,
                     c->check->stream->take, c->state);
}

/* What the check has to say of the items, unless there was nobody who could have any. */
static enum status
close_stream(struct checking *c, struct err *err)
{
    const struct check_stream *check = c->check->stream;
    struct findings ignored;
    enum status st;

    if (!c->is_unasked)
        return check->close(c->state, &c->run, err);
    findings_init(&ignored);
    c->run.found = &ignored;
    st = check->close(c->state, &c->run, err);
    findings_fini(&ignored);
    return st;
}

/* Items of files, or of whom the settings name. */
static enum status
stream(struct checking *c, const struct invocation *inv, struct err *err)
{
    struct price_list prices;
    enum status st = watching_prices(&prices, inv->settings, err), closed;

    if (st != OK)
        return st;
    c->run = (struct check_run){ .found = &c->found,
                                 .settings = inv->settings,
                                 .prices = &prices,
                                 .now_ms = now_ms(),
                                 .is_production =
                                     names_production(settings_text(inv->settings, SET_ENV)) };
    c->state = c->check->stream->open(&c->run, err);
    if (c->state == NULL)
        return err->code;
    if (inv->argument_count > 1)
        read_files(c, inv);
    else
        st = ask(c, inv->settings, err);
    c->run.prices = &prices;
    closed = close_stream(c, st == OK ? err : NULL);
    return st == OK ? closed : st;
}

/* What the files say, when some are named. */
static enum status
look(struct checking *c, const struct invocation *inv, struct err *err)
{
    if (c->check->look == NULL)
        return err_set(err, E_USAGE, "check %s asks an account and takes no \"%s\"", c->check->name,
                       inv->argument_count > 1 ? inv->arguments[1] : "--db");
    return c->check->look(&c->found, inv, err);
}

static int
exit_code(const struct findings *found)
{
    if (found->levels[FINDING_WARN] + found->levels[FINDING_FAIL] > 0)
        return EXIT_FINDING;
    return found->levels[FINDING_UNKNOWN] > 0 ? EXIT_UNREACHABLE : EXIT_OK;
}

static enum status
run(struct checking *c, const struct invocation *inv, struct err *err)
{
    char title[64];
    struct findings_print how = { .title = title, .explain = check_rules_explain };
    enum status st =
        findings_format_parse(&how.format, settings_text(inv->settings, SET_FORMAT), "check", err);

    if (st == OK)
        st = refuse_options(c->check, inv->settings, err);
    if (st == OK && c->check->look == NULL && names_store(inv->settings))
        st =
            err_set(err, E_USAGE, "check %s looks into no store and takes no --db", c->check->name);
    if (st == OK)
        st = c->check->stream != NULL                                ? stream(c, inv, err)
             : inv->argument_count > 1 || names_store(inv->settings) ? look(c, inv, err)
                                                                     : ask(c, inv->settings, err);
    if (st != OK)
        return st;
    snprintf(title, sizeof title, "obsview check %s", c->check->name);
    how.cost_microusd = c->cost_microusd;
    return findings_show(&c->found, &how, err);
}

int
cmd_check(struct invocation *inv)
{
    struct err err = { 0 };
    struct checking c = { .check = wanted_check(inv, &err) };
    int code;

    if (c.check == NULL)
        return command_fail(&err);
    findings_init(&c.found);
    if (run(&c, inv, &err) == OK)
        code = exit_code(&c.found);
    else
        code = command_fail(&err);
    findings_fini(&c.found);
    return code;
}
