/* watching.c - the screen's end of the program: target, collector, app.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/watching.h"

#include "aws/libcurl.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/replay/answer_recorder.h"
#include "cli/start.h"
#include "tui/app.h"
#include "tui/collector.h"
#include "tui/format.h"
#include "tui/theme.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FRAME_MAX_BYTES ((size_t)1 << 22)
#define ONCE_WAIT_MS    15000
#define COLUMNS_MAX     1000

#define PRICES_MAX_BYTES ((size_t)64 << 10)

/* The user's own prices, over ours. */
enum status
watching_prices(struct price_list *out, const struct settings *s, struct err *err)
{
    const char *path = settings_text(s, SET_PRICES);
    struct buf text;
    enum status st;

    if (path == NULL) {
        price_list_builtin(out);
        return OK;
    }
    buf_init(&text, PRICES_MAX_BYTES);
    st = buf_read_file(&text, path, err);
    if (st == OK) {
        st = price_list_read(out, text.data, err);
        if (st != OK)
            err_context(err, "--prices %s", path);
    }
    buf_fini(&text);
    return st;
}

enum status
watching_target(struct aws_target *out, const struct settings *s, const char *emulator_url,
                struct err *err)
{
    const char *endpoint = settings_text(s, SET_ENDPOINT_URL),
               *profile = settings_text(s, SET_PROFILE);
    struct aws_target_options options = {
        .token = settings_text(s, SET_TOKEN),
        .profile = profile,
        .region = settings_text(s, SET_REGION),
        .endpoint_url = endpoint,
        .means_account = profile != NULL || settings_text(s, SET_ENV) != NULL,
    };
    struct price_list prices;
    char *local = NULL;
    enum status st = watching_prices(&prices, s, err);

    if (st != OK)
        return st;
    options.prices = &prices;
    if (emulator_url != NULL)
        local = xstrdup(emulator_url);
    else if (endpoint != NULL && profile == NULL && start_is_obsview(endpoint, options.token))
        local = xstrdup(endpoint);
    else if (endpoint == NULL && profile == NULL && settings_text(s, SET_ENV) == NULL)
        local = xasprintf("http://%s", settings_text(s, SET_LISTEN));
    options.emulator_url = local;
    st = libcurl_load(err);
    if (st == OK)
        st = aws_target_resolve(out, &options, &aws_environment_real, err);
    free(local);
    return st;
}

struct clock *
watching_clock(const struct aws_target *target)
{
    return target->is_emulator ? start_clock_of(target->urls[AWS_CLOUDWATCH], target->token)
                               : clock_new_real();
}

enum status
watching_now(int64_t *now_ms, const struct settings *s, struct err *err)
{
    struct aws_target target;
    struct clock *clock;
    enum status st = watching_target(&target, s, NULL, err);

    if (st != OK)
        return st;
    clock = watching_clock(&target);
    *now_ms = clock_now_ms(clock);
    clock_free(clock);
    aws_target_fini(&target);
    return OK;
}

enum status
watching_mark(int64_t *mark_ms, int64_t now_ms, const struct settings *s, struct err *err)
{
    const char *text = settings_text(s, SET_MARK);

    if (format_minute_parse(mark_ms, text, now_ms) ||
        (iso8601_parse(mark_ms, text) && *mark_ms < now_ms))
        return OK;
    return err_set(err, E_USAGE,
                   "--mark %s: expected a time that is over, such as 11:30 or 2025-11-24T11:30:00Z",
                   text);
}

struct scope_names
watching_names(struct settings *s)
{
    return (struct scope_names){ .log_groups = settings_list(s, SET_LOG_GROUPS),
                                 .functions = settings_list(s, SET_FUNCTIONS),
                                 .website = settings_text(s, SET_UMAMI_WEBSITE) };
}

static const char *
variable(const char *name)
{
    return getenv(name);
}

void
watching_umami(struct umami_target *out, const struct settings *s, const struct aws_target *target)
{
    bool meant_obsview = !target->is_emulator && settings_text(s, SET_PROFILE) == NULL;

    umami_target_resolve(
        out, &(struct umami_options){
                 .url = settings_text(s, SET_UMAMI_URL),
                 .user = settings_text(s, SET_UMAMI_USER),
                 .password_file = settings_text(s, SET_UMAMI_PASSWORD_FILE),
                 .api_key_file = settings_text(s, SET_UMAMI_API_KEY_FILE),
                 .emulator_url = target->is_emulator ? target->urls[AWS_CLOUDWATCH] : NULL,
                 .emulator_token = target->token,
                 .endpoint = meant_obsview ? settings_text(s, SET_ENDPOINT_URL) : NULL,
                 .get_variable = variable,
             });
}

struct gather_options
watching_gather(const struct settings *s, const struct aws_target *target,
                const struct umami_target *umami, struct clock *clock, char **paths)
{
    char *ledger = start_state_path("spend"), *cache = start_cache_dir();

    *paths = xasprintf("%s%c%s", ledger, '\0', cache); /* one after the other */
    free(ledger);
    free(cache);
    return (struct gather_options){ .target = target,
                                    .umami = umami,
                                    .clock = clock,
                                    .followed = clock_is_virtual(clock) ? clock : NULL,
                                    .environment = settings_text(s, SET_ENVIRONMENT),
                                    .recordings_bucket = settings_text(s, SET_RECORDINGS_BUCKET),
                                    .max_spend_microusd = settings_int(s, SET_MAX_SPEND),
                                    .ledger_path = *paths,
                                    .cache_dir = *paths + strlen(*paths) + 1 };
}

int64_t
watching_span_ms(const struct settings *s)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = { { 'm', 60000 }, { 'h', 3600000 }, { 'd', 86400000 } };
    const char *text = settings_text(s, SET_RANGE);
    size_t len = strlen(text);

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text[len - 1] == units[i].unit)
            return strtol(text, NULL, 10) * units[i].ms;
    }
    return 0;
}

/* "120x36", else the terminal's size, else 120x36. */
static enum status
frame_size(const struct settings *s, int *columns, int *rows, struct err *err)
{
    const char *text = settings_text(s, SET_SIZE);
    struct winsize ws;
    char *end;
    long c, r;

    *columns = 120;
    *rows = 36;
    if (text == NULL) {
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0 && ws.ws_row > 0) {
            *columns = ws.ws_col;
            *rows = ws.ws_row;
        }
        return OK;
    }
    c = strtol(text, &end, 10);
    r = *end == 'x' ? strtol(end + 1, &end, 10) : 0;
    if (*end != '\0' || c < 1 || c > COLUMNS_MAX || r < 1 || r > COLUMNS_MAX)
        return err_set(err, E_USAGE, "--size %s: expected COLUMNSxROWS, such as 100x30", text);
    *columns = (int)c;
    *rows = (int)r;
    return OK;
}

static enum status
print_once(const struct app_options *app, const struct settings *s, struct err *err)
{
    int columns, rows;
    struct buf frame;
    enum status st = frame_size(s, &columns, &rows, err);

    if (st != OK)
        return st;
    buf_init(&frame, FRAME_MAX_BYTES);
    st = app_once(app, columns, rows, ONCE_WAIT_MS, &frame, err);
    fwrite(frame.data, 1, frame.len, stdout);
    buf_fini(&frame);
    return st;
}

/* While the screen is up, what libraries write to standard error would tear it: it goes to a file
 * whose end is shown when the terminal is back. */
struct diverted {
    int saved_fd;
    FILE *file;
};

static struct diverted
divert_errors(void)
{
    struct diverted d = { .saved_fd = -1, .file = tmpfile() };

    if (d.file != NULL) {
        d.saved_fd = dup(STDERR_FILENO);
        dup2(fileno(d.file), STDERR_FILENO);
    }
    return d;
}

static void
restore_errors(struct diverted *d)
{
    char tail[2048];
    size_t n;

    if (d->file == NULL)
        return;
    fflush(stderr);
    if (d->saved_fd >= 0) {
        dup2(d->saved_fd, STDERR_FILENO);
        close(d->saved_fd);
    }
    if (fseek(d->file, -(long)sizeof tail, SEEK_END) != 0)
        rewind(d->file);
    n = fread(tail, 1, sizeof tail, d->file);
    fwrite(tail, 1, n, stderr);
    fclose(d->file);
}

/* What settings say of the screen itself. */
static struct app_options
read_app(struct settings *s, const struct clock *clock, int signals)
{
    struct app_options app = {
        .clock = clock,
        .views = views,
        .view = settings_text(s, SET_VIEW),
        .span_ms = watching_span_ms(s),
        .theme = theme_find(settings_text(s, SET_THEME)),
        .color = settings_text(s, SET_COLOR),
        .is_ascii = settings_bool(s, SET_ASCII),
        .has_mouse = settings_bool(s, SET_MOUSE),
        .names = watching_names(s),
        .signal_fd = signals,
        .is_whole =
            settings_bool(s, SET_ONCE) && clock_is_virtual(clock), /* alike whenever one looks */
        .environment = settings_text(s, SET_ENV),
    };

    graph_style_parse(&app.graph, settings_text(s, SET_GRAPH));
    return app;
}

static enum status
check_view(const struct settings *s, struct err *err)
{
    const char *name = settings_text(s, SET_VIEW);

    return name != NULL && view_find(name) == NULL ? watching_unknown_view(name, err) : OK;
}

static enum status
run_app(const struct app_options *app, const struct settings *s, struct err *err)
{
    struct diverted d;
    enum status st;

    if (settings_bool(s, SET_ONCE))
        return print_once(app, s, err);
    d = divert_errors();
    st = app_run(app, err);
    restore_errors(&d);
    return st;
}

int
watching_show(struct settings *s, const struct watching_source *source, int signals)
{
    struct app_options app = read_app(s, source->clock, signals);
    char *history = start_state_path("history");
    struct err err = { 0 };
    enum status st = check_view(s, &err);

    app.feed = source->feed;
    app.prices = source->prices;
    app.transport = source->transport;
    app.trend_steps = source->trend_steps;
    app.history_path = history;
    if (st == OK)
        st = run_app(&app, s, &err);
    free(history);
    return st == OK ? EXIT_OK : command_fail(&err);
}

int
watching_run(struct settings *s, const struct aws_target *target, struct clock *clock, int signals,
             const char *standing_word, const char *(*leave_warning)(void *ctx), void *leave_ctx,
             struct watching_turn *turn)
{
    struct umami_target umami;
    char *paths, *history, *reviews;
    struct gather_options gather;
    struct app_options app = read_app(s, clock, signals);
    struct collector *collector;
    struct err err = { 0 };
    enum status st = check_view(s, &err);

    watching_umami(&umami, s, target);
    gather = watching_gather(s, target, &umami, clock, &paths);
    gather.listens = !settings_bool(s, SET_ONCE);
    app.prices = &target->listed;
    app.standing_word = standing_word;
    app.leave_warning = leave_warning;
    app.leave_ctx = leave_ctx;
    if (turn != NULL) {
        turn->next = NULL;
        app.environments = (const char *const *)turn->environments;
        app.next_environment = &turn->next;
        app.place = &turn->place;
        gather.ear = answer_recorder_ear(turn->recorder);
        app.recording_word = turn->recorder == NULL ? NULL : answer_recorder_word;
        app.recording_arg = turn->recorder;
        app.trend_steps = turn->recorder == NULL ? 0 : WATCHING_TREND_STEPS;
    }
    app.history_path = history = start_state_path("history");
    app.reviews_path = reviews = start_state_path("reviews");
    if (st == OK)
        st = collector_start(&collector, &gather, &err);
    if (st == OK) {
        app.feed = collector_feed(collector);
        st = run_app(&app, s, &err);
        collector_stop(collector);
    }
    umami_target_fini(&umami);
    free(history);
    free(reviews);
    free(paths);
    return st == OK ? EXIT_OK : command_fail(&err);
}

enum status
watching_unknown_view(const char *name, struct err *err)
{
    const char *names[32] = { NULL };
    const char *near;
    char all[160] = "";

    for (size_t i = 0; views[i] != NULL && i < 31; i++) {
        names[i] = views[i]->name;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i == 0 ? "" : ", ",
                 views[i]->name);
    }
    near = text_nearest(name, names);
    return err_set(err, E_USAGE,
                   near == NULL ? "no view \"%s\"; there are %s"
                                : "no view \"%s\" (did you mean \"%s\"?)",
                   name, near == NULL ? all : near);
}
