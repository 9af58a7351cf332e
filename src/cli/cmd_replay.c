/* cmd_replay.c - fixtures, one after the other, at the speed that is asked for.
 * SPDX-License-Identifier: MIT
 *
 * Time is the first fixture's. One that began before the end of the one before it is moved behind
 * that: a clock does not go back. */
#include "config.h"

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/replay/replay.h"
#include "cli/reporting.h"
#include "cli/signals.h"
#include "cli/watching.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/text.h"
#include "fixture/expect.h"
#include "tui/transport.h"

#define RULE           "replay.answer"
#define BROKEN_SHOWN   20 /* of a file, told one by one */
#define FAILURES_SHOWN 50
#define FINDINGS_MAX   10000 /* of either kind, in a format of CI */
#define WHY_MAX        ((size_t)16 << 10)
#define SPEED_MAX      100000
#define LABEL          "replay" /* in frames: a port would be another one each time */
#define SETTLE_SLEEPS  50       /* ms: how long a pause is slept at a time */

struct replay {
    struct settings *settings;
    struct replay_door door;
    struct replay_tally tally;
    char *url;             /* of an emulator within */
    double speed;          /* 0: as fast as it goes */
    int64_t until_ms;      /* INT64_MAX: to the end */
    int64_t first_ms;      /* on the fixtures' clock: where the replay began, ... */
    int64_t now_ms;        /* ... and where it is */
    uint64_t began_ns;     /* when it began, by a real clock */
    uint64_t played;       /* events */
    struct findings found; /* of --expect in another format than text */
    struct progress progress;
    bool is_strict, is_fresh, is_open;
    bool is_cut;       /* --until, or a signal, ended it before a file's end */
    uint64_t unjudged; /* reasons for which --expect does not know whether all is as expected */
};

/* --- what is told -----------------------------------------------------------------------------
 */

static double
seconds_since(uint64_t ns)
{
    return (double)(mono_ns() - ns) / 1e9;
}

static void
draw_bar(struct replay *r, struct fixture *f)
{
    double seconds;

    if (!progress_is_due(&r->progress))
        return;
    seconds = seconds_since(r->began_ns);
    progress_draw(fixture_progress(f), "%" PRIu64 " event%s, %.0f/s", r->played, text_s(r->played),
                  seconds > 0 ? (double)r->played / seconds : 0);
}

/* As a finding in the end, or as a line now. */
static void
tell_judged(struct replay_tally *t, const struct fixture_event *event, bool is_so, const char *why)
{
    char *where = xasprintf("%s:%zu", t->path, event->line_number);
    char *what = xasprintf("%s %s", event->method, event->path);
    const struct finding finding = { .level = is_so ? FINDING_OK : FINDING_FAIL,
                                     .rule = RULE,
                                     .where = where,
                                     .subject = what,
                                     .evidence = is_so ? "as expected" : why };

    if (t->found != NULL && t->found->levels[finding.level] < FINDINGS_MAX)
        findings_put(t->found, &finding);
    else if (t->found == NULL && !is_so && t->failures <= FAILURES_SHOWN)
        command_say(t->out, "%s: %s: %s", where, what, why);
    free(what);
    free(where);
}

void
replay_judge(struct replay_tally *t, const struct fixture_event *event,
             const struct fixture_answer *answer)
{
    struct buf why;
    bool is_so;

    t->refused += answer->status >= 400;
    buf_init(&why, WHY_MAX);
    is_so = !t->expects || fixture_is_expected(event, answer, &t->facts, &why);
    if (t->kept != NULL && !kept_take(t->kept, event, answer, &why) && t->expects) {
        is_so = false;
        t->facts.failed++;
    }
    if (t->expects && fixture_event_expects(event)) {
        t->expected++;
        t->failures += !is_so;
        tell_judged(t, event, is_so, why.data);
    }
    buf_fini(&why);
}

/* That nothing was found wrong would not be worth much. */
static void
tell_unjudged(struct replay *r, const char *path, const char *fix, const char *why)
{
    progress_clear(&r->progress);
    r->unjudged++;
    if (r->tally.found == NULL)
        command_say(r->tally.out, "%s: %s", path, why);
    else
        findings_put(r->tally.found, &(struct finding){ .level = FINDING_UNKNOWN,
                                                        .rule = RULE,
                                                        .subject = path,
                                                        .evidence = why,
                                                        .fix = fix });
}

/* A file is at its end, and `compared` answers of it were. */
static void
judge_file(struct replay *r, const char *path, uint64_t compared, uint64_t broken)
{
    char why[96];

    if (!r->tally.expects)
        return;
    if (compared == 0 && !r->is_cut)
        tell_unjudged(r, path, "obsview emulate --record notes what was answered",
                      "nothing was compared: no event of it expects an answer");
    snprintf(why, sizeof why, "%" PRIu64 " broken line%s may have expected something", broken,
             text_s(broken));
    if (broken > 0)
        tell_unjudged(r, path, "obsview fixture verify FILE", why);
}

/* The replay is at its end. */
static void
judge_all(struct replay *r)
{
    const struct replay_tally *t = &r->tally;
    char why[96];

    if (!t->expects)
        return;
    if (t->unanswered > 0) {
        snprintf(why, sizeof why, "%" PRIu64 " request%s had no answer", t->unanswered,
                 text_s(t->unanswered));
        tell_unjudged(r, settings_text(r->settings, SET_TO), "obsview ready --wait 10s", why);
    }
    if (t->expected == 0 && r->is_cut)
        tell_unjudged(r, t->path, NULL, "nothing was compared up to the moment where it ended");
}

static void
tell_sum(const struct replay *r)
{
    const struct replay_tally *t = &r->tally;
    const double seconds = seconds_since(r->began_ns);

    progress_clear(&r->progress);
    fprintf(stderr,
            "obsview: played %" PRIu64 " event%s in %.1f s (%.0f/s): %" PRIu64
            " request%s, %" PRIu64 " refused; %" PRIu64 " line%s",
            r->played, text_s(r->played), seconds, seconds > 0 ? (double)r->played / seconds : 0,
            t->requests, text_s(t->requests), t->refused, t->lines, text_s(t->lines));
    if (t->passed_over > 0)
        fprintf(stderr, "; %" PRIu64 " passed over, which AWS answered to a screen",
                t->passed_over);
    if (t->lines_left > 0)
        fprintf(stderr, "; %" PRIu64 " line%s passed over, %s", t->lines_left,
                text_s(t->lines_left), t->lines_why);
    if (t->signed_left > 0)
        fprintf(stderr,
                "; %" PRIu64 " request%s to AWS passed over, which %s sent to an obsview alone",
                t->signed_left, text_s(t->signed_left), text_are(t->signed_left));
    if (t->unanswered > 0)
        fprintf(stderr, "; %" PRIu64 " without an answer", t->unanswered);
    if (t->broken > 0)
        fprintf(stderr, "; %" PRIu64 " broken line%s left out", t->broken, text_s(t->broken));
    if (signals_noted() != 0)
        fprintf(stderr, "; ended early, by SIG%s", sigabbrev_np(signals_noted()));
    if (t->expects)
        fprintf(stderr,
                "; %" PRIu64 " answer%s compared, %" PRIu64
                " not as expected; %zu fact%s, %zu do%s not",
                t->expected, text_s(t->expected), t->failures, t->facts.held,
                t->facts.held == 1 ? " holds" : "s hold", t->facts.failed,
                t->facts.failed == 1 ? "es" : "");
    fputc('\n', stderr);
}

/* --- settings ---------------------------------------------------------------------------------
 */

static enum status
read_speed(struct replay *r, struct err *err)
{
    const char *text = settings_text(r->settings, SET_SPEED);

    r->speed = text == NULL && settings_text(r->settings, SET_TO) != NULL ? 1 : 0;
    if (text == NULL || strcmp(text, "max") == 0)
        return OK;
    if (text_parse_double(&r->speed, text) && r->speed > 0 && r->speed <= SPEED_MAX)
        return OK;
    return err_set(err, E_USAGE, "--speed %s: expected how many times as fast, such as 10, or max",
                   text);
}

/* A moment, or a span from the start: "90s". */
static enum status
read_until(struct replay *r, struct err *err)
{
    const char *text = settings_text(r->settings, SET_UNTIL);
    int64_t span_ms;

    r->until_ms = INT64_MAX;
    if (text == NULL || iso8601_parse(&r->until_ms, text))
        return OK;
    if (moment_span_parse(&span_ms, text)) {
        r->until_ms = r->first_ms + span_ms;
        return OK;
    }
    return err_set(err, E_USAGE,
                   "--until %s: expected a moment such as 2026-11-24T10:05:00Z, or a span from the "
                   "start such as 90s or 1.5s",
                   text);
}

/* "all", or names; E_USAGE for one that is no view. */
static enum status
check_views(struct settings *s, struct err *err)
{
    const char *const *names = settings_list(s, SET_SHOW);

    for (; names != NULL && *names != NULL; names++) {
        if (strcmp(*names, "all") != 0 && view_find(*names) == NULL)
            return watching_unknown_view(*names, err);
    }
    if (names != NULL && settings_text(s, SET_TO) != NULL)
        return err_set(err, E_USAGE,
                       "--show is for a replay within; watch the server of --to with "
                       "obsview watch --endpoint-url URL");
    return OK;
}

static enum status
check_fresh(const struct replay *r, struct err *err)
{
    static const enum setting others[] = { SET_TO, SET_DB, SET_SHOW };

    for (size_t i = 0; r->is_fresh && i < sizeof others / sizeof others[0]; i++) {
        if (settings_text(r->settings, others[i]) != NULL)
            return err_set(err, E_USAGE, "--fresh begins a store for each file; leave out --%s",
                           setting_table[others[i]].key);
    }
    return OK;
}

/* Answers in a format of CI; views in a format of their own leave the lines to standard error. */
static enum status
read_format(struct replay *r, enum findings_format *format, struct err *err)
{
    const char *name = settings_text(r->settings, SET_FORMAT);
    const bool shows = settings_text(r->settings, SET_SHOW) != NULL;

    *format = FINDINGS_TEXT;
    r->tally.out = shows && strcmp(name, "text") != 0 ? stderr : stdout;
    if (shows || !r->tally.expects)
        return OK;
    if (findings_format_parse(format, name, "replay --expect", err) != OK)
        return E_USAGE;
    if (*format != FINDINGS_TEXT)
        r->tally.found = &r->found;
    return OK;
}

/* --- what later requests use ------------------------------------------------------------------
 */

enum status
replay_prepare(struct replay_tally *t, const struct replay_door *door, struct fixture_event *event,
               struct err *err)
{
    struct err why = { 0 };
    enum status st = OK;

    if (t->kept == NULL)
        return OK;
    if (kept_is_used(t->kept, event)) {
        door->await(door->state);
        st = kept_fill(t->kept, event, &why);
        if (st == OK)
            st = fixture_event_check(event, &why);
    }
    if (st != OK)
        return err_set(err, E_INVALID, "%s: line %zu: with the values it uses: %s", t->path,
                       event->line_number, why.text);
    kept_announce(t->kept, event);
    return OK;
}

/* --- how the emulator is set up ---------------------------------------------------------------
 */

static enum status
apply_setting(struct settings *s, const cJSON *setting, const char *path, struct err *err)
{
    char *origin;
    enum status st;

    if (!cJSON_IsString(setting))
        return err_set(err, E_INVALID, "%s: line 1: settings: %.60s is not a text", path,
                       setting->string);
    origin = xasprintf("%s: line 1: settings", path);
    st = settings_set_of_fixture(s, setting->string, setting->valuestring, origin, err);
    free(origin);
    return st;
}

enum status
replay_apply_settings(struct settings *s, const struct fixture *f, const char *path,
                      struct err *err)
{
    const cJSON *setting;
    enum status st = OK;

    settings_forget_fixture(s);
    cJSON_ArrayForEach(setting, fixture_settings(f))
    {
        if (st == OK)
            st = apply_setting(s, setting, path, err);
    }
    return st;
}

/* A later file is played into the emulator that the first one began with. */
static enum status
compare_settings(const struct replay *r, const struct fixture *f, struct err *err)
{
    const cJSON *setting;

    if (settings_text(r->settings, SET_TO) != NULL)
        return OK;
    cJSON_ArrayForEach(setting, fixture_settings(f))
    {
        for (int i = 0; i < SETTINGS; i++) {
            const char *is = settings_text(r->settings, (enum setting)i);

            if (strcmp(setting_table[i].key, setting->string) == 0 && cJSON_IsString(setting) &&
                (is == NULL || strcmp(is, setting->valuestring) != 0))
                return err_set(err, E_INVALID,
                               "%s was recorded with --%s %.60s, and the replay began without; "
                               "play it alone, or with --fresh",
                               r->tally.path, setting->string, setting->valuestring);
        }
    }
    return OK;
}

/* --- playing ----------------------------------------------------------------------------------
 */

/* Sleeps until the fixture's time is due. Short of that, a server's answers are taken. */
static enum status
wait_until(struct replay *r, int64_t at_ms, struct err *err)
{
    enum status st = OK;

    while (r->speed > 0 && st == OK && signals_noted() == 0) {
        double due = (double)(at_ms - r->first_ms) / 1000 / r->speed;
        double left_ms = (due - seconds_since(r->began_ns)) * 1000;
        struct timespec pause;

        if (left_ms <= 0)
            break;
        if (left_ms > SETTLE_SLEEPS) {
            const int64_t now_ms =
                r->first_ms + (int64_t)(seconds_since(r->began_ns) * 1000 * r->speed);

            left_ms = SETTLE_SLEEPS;
            st = r->door.settle(r->door.state, now_ms < at_ms ? now_ms : at_ms, err);
        }
        pause = (struct timespec){ .tv_nsec = (long)(left_ms * 1e6) };
        nanosleep(&pause, NULL);
    }
    return st;
}

static enum status
tell_broken(struct replay *r, const struct err *err, uint64_t of_file)
{
    progress_clear(&r->progress);
    if (of_file <= BROKEN_SHOWN)
        command_say(stderr, "obsview: %s", err->text);
    else if (of_file == BROKEN_SHOWN + 1)
        command_say(stderr, "obsview: %s has more broken lines", r->tally.path);
    r->tally.broken++;
    return OK;
}

/* E_NOTFOUND: the end of the file, or the moment of --until or of a signal. */
static enum status
play_next(struct replay *r, struct fixture *f, int64_t base_ms, uint64_t *broken, struct err *err)
{
    struct fixture_event event;
    enum status st = fixture_next(f, &event, err);
    int64_t at_ms;

    if (st == E_INVALID && !r->is_strict)
        return tell_broken(r, err, ++*broken);
    if (st == E_IO && signals_noted() != 0) { /* it waited for more */
        r->is_cut = true;
        return E_NOTFOUND;
    }
    if (st != OK)
        return st;
    at_ms = base_ms + event.t_ms;
    if (at_ms < r->until_ms)
        st = wait_until(r, at_ms, err);
    if (st == OK && (at_ms >= r->until_ms || signals_noted() != 0)) {
        r->is_cut = true;
        st = E_NOTFOUND;
    }
    if (st != OK) {
        fixture_event_fini(&event);
        return st;
    }
    r->now_ms = at_ms;
    st = replay_prepare(&r->tally, &r->door, &event, err);
    if (st != OK) {
        fixture_event_fini(&event);
        return r->is_strict ? st : tell_broken(r, err, ++*broken);
    }
    r->played++;
    if (event.source == FIXTURE_AWS)
        r->tally.passed_over++;
    else if (event.source == FIXTURE_HTTP)
        r->tally.requests++;
    else
        r->tally.lines++;
    return r->door.play(r->door.state, &event, at_ms, err);
}

static enum status
play_file(struct replay *r, struct fixture *f, int64_t base_ms, struct err *err)
{
    const uint64_t compared = r->tally.expected;
    uint64_t broken = 0;
    enum status st;

    while ((st = play_next(r, f, base_ms, &broken, err)) == OK)
        draw_bar(r, f);
    if (st != E_NOTFOUND)
        return st;
    st = r->door.settle(r->door.state, r->now_ms, err);
    if (st == OK)
        judge_file(r, r->tally.path, r->tally.expected - compared, broken);
    return st;
}

static enum status
open_door(struct replay *r, int64_t start_ms, struct err *err)
{
    enum status st;

    r->first_ms = r->now_ms = start_ms;
    st = read_until(r, err);
    if (st == OK && settings_text(r->settings, SET_TO) != NULL)
        st = replay_open_server(&r->door, r->settings, &r->tally, start_ms, err);
    else if (st == OK)
        st = replay_open_stage(&r->door, r->settings, &r->tally, start_ms, &r->url, err);
    r->is_open = st == OK;
    if (r->began_ns == 0 || r->speed > 0)
        r->began_ns = mono_ns();
    return st;
}

/* The emulator of the file before is done with. */
static enum status
close_door(struct replay *r, struct err *err)
{
    enum status st = r->is_open ? r->door.rest(r->door.state, err) : OK;

    if (r->is_open)
        r->door.close(r->door.state);
    r->is_open = false;
    free(r->url);
    r->url = NULL;
    return st;
}

static enum status
play_path(struct replay *r, const char *path, struct err *err)
{
    struct fixture *f;
    int64_t base_ms;
    enum status st;

    r->tally.path = path;
    if (fixture_would_stream(path))
        signals_note_input();
    st = fixture_open(&f, path, err);
    if (st == E_IO && signals_noted() != 0)
        return OK; /* it waited for its beginning */
    if (st != OK)
        return st;
    kept_clear(r->tally.kept);
    if (r->is_fresh)
        st = close_door(r, err);
    if (st == OK && r->is_open)
        st = compare_settings(r, f, err);
    else if (st == OK && settings_text(r->settings, SET_TO) == NULL) /* a server is as it is */
        st = replay_apply_settings(r->settings, f, path, err);
    if (st == OK && !r->is_open)
        st = open_door(r, fixture_start_ms(f), err);
    base_ms = fixture_start_ms(f);
    if (base_ms < r->now_ms)
        base_ms = r->now_ms;
    if (st == OK)
        st = play_file(r, f, base_ms, err);
    fixture_close(f);
    return st;
}

/* --- what is there in the end -----------------------------------------------------------------
 */

static enum status
set_flag(struct settings *s, const char *name, const char *value, struct err *err)
{
    bool took;

    return settings_set_flag(s, name, value, &took, err);
}

static int
show_view(struct replay *r, const struct view *view, struct err *err)
{
    const struct range range = { .span_ms = watching_span_ms(r->settings) };
    struct aws_target target;
    struct clock *clock;
    int code;

    if (settings_text(r->settings, SET_SIZE) == NULL)
        return reporting_run(r->settings,
                             &(struct asking){ .view = view, .range = range, .label = LABEL });
    if (set_flag(r->settings, "view", view->name, err) != OK ||
        watching_target(&target, r->settings, r->url, err) != OK)
        return command_fail(err);
    aws_target_rename(&target, LABEL);
    clock = watching_clock(&target);
    code = watching_run(r->settings, &target, clock, -1, NULL, NULL, NULL, NULL);
    clock_free(clock);
    aws_target_fini(&target);
    return code;
}

static bool
is_shown(const char *const *names, const struct view *view)
{
    for (; *names != NULL; names++) {
        if (strcmp(*names, "all") == 0 || strcmp(*names, view->name) == 0)
            return true;
    }
    return false;
}

static int
show_views(struct replay *r, struct err *err)
{
    const char *const *names = settings_list(r->settings, SET_SHOW);
    int code = EXIT_OK;

    if (names == NULL)
        return EXIT_OK;
    if (set_flag(r->settings, "endpoint-url", r->url, err) != OK ||
        set_flag(r->settings, "once", NULL, err) != OK)
        return command_fail(err);
    for (size_t i = 0; views[i] != NULL && code == EXIT_OK; i++) {
        if (is_shown(names, views[i]))
            code = show_view(r, views[i], err);
    }
    return code;
}

static enum status
play_all(struct replay *r, const struct invocation *inv, struct err *err)
{
    enum status st = OK;

    for (size_t i = 0; i < inv->argument_count && st == OK && signals_noted() == 0; i++)
        st = play_path(r, inv->arguments[i], err);
    if (st == OK && signals_noted() == 0 && r->until_ms != INT64_MAX && r->until_ms > r->now_ms)
        st = r->door.settle(r->door.state, r->until_ms, err);
    return st == OK && r->is_open ? r->door.rest(r->door.state, err) : st;
}

static enum status
read_words(struct replay *r, const struct invocation *inv, enum findings_format *format,
           struct err *err)
{
    enum status st = read_speed(r, err);

    if (st == OK && inv->argument_count == 0)
        st = err_set(err, E_USAGE, "expected obsview replay FILE...");
    if (st == OK)
        st = check_views(r->settings, err);
    if (st == OK)
        st = check_fresh(r, err);
    return st == OK ? read_format(r, format, err) : st;
}

static enum status
show_findings(struct replay *r, enum findings_format format, struct err *err)
{
    const struct findings_print how = { .format = format, .title = "obsview replay" };

    if (r->tally.found == NULL)
        return OK;
    if (r->found.levels[FINDING_OK] + r->found.levels[FINDING_FAIL] < r->tally.expected)
        findings_note(&r->found, "%" PRIu64 " answers were compared; not all of them are listed",
                      r->tally.expected);
    return findings_show(&r->found, &how, err);
}

/* What is left behind does not tell where it was played: times that are shown, and the months and
 * hours in the ids of Umami, are those of UTC; glyphs are those of UTF-8, unless a terminal has
 * none. */
static void
leave_this_place(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    if (isatty(STDOUT_FILENO) == 0)
        setlocale(LC_ALL, "C.UTF-8");
}

int
cmd_replay(struct invocation *inv)
{
    struct replay r = { .settings = inv->settings,
                        .is_strict = settings_bool(inv->settings, SET_STRICT),
                        .is_fresh = settings_bool(inv->settings, SET_FRESH),
                        .tally = { .expects = settings_bool(inv->settings, SET_EXPECT),
                                   .kept = kept_new() } };
    enum findings_format format;
    struct err err = { 0 };
    enum status st;
    int code = EXIT_OK;

    leave_this_place();
    signals_note();
    findings_init(&r.found);
    progress_init(&r.progress);
    st = read_words(&r, inv, &format, &err);
    if (st == OK)
        st = play_all(&r, inv, &err);
    if (st == OK)
        judge_all(&r);
    if (r.is_open)
        tell_sum(&r);
    if (st == OK)
        st = show_findings(&r, format, &err);
    if (st == OK && signals_noted() == 0)
        code = show_views(&r, &err);
    if (r.is_open)
        r.door.close(r.door.state);
    free(r.url);
    kept_free(r.tally.kept);
    findings_fini(&r.found);
    if (st == OK)
        signals_end_as_noted();
    if (st != OK)
        return command_fail(&err);
    if (r.tally.failures > 0)
        return EXIT_FINDING; /* counts more than what is not known, as with obsview check */
    return r.tally.unanswered + r.unjudged > 0 ? EXIT_UNREACHABLE : code;
}
