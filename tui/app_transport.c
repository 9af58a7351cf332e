/* app_transport.c - a recording that is played: its keys, its row, and what changes when it jumps.
 * SPDX-License-Identifier: MIT
 *
 * After a jump everything is asked anew, of another source and by another clock. Until that is
 * answered the panels stay as they were drawn, under a header that says so: a screen that went
 * blank at each step could not be read, and one that mixed two moments would be wrong. */
#include "config.h"

#include "tui/app_state.h"

#include "base/day.h"
#include "base/text.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

#define TURN_NS     (2 * UINT64_C(1000000000)) /* how long the old panels may stay */
#define JUMPED_NS   (5 * UINT64_C(1000000000)) /* by then all has been asked anew */
#define PASSED_NS   (4 * UINT64_C(1000000000)) /* a marker that was passed is named so long */
#define BAR_LEAST   10
#define BAR_MARKED  16 /* beside what is said of a marker */
#define TEXT_MAX    200
#define TREND_STEPS 8

/* --- what comes -------------------------------------------------------------------------- */

static void
name_marker(struct app *app, const struct marker *marker, size_t count)
{
    static const enum level levels[] = { [MARKER_ERROR] = LEVEL_WARN,
                                         [MARKER_DEPLOY] = LEVEL_NONE,
                                         [MARKER_NEW_ERROR] = LEVEL_WARN,
                                         [MARKER_ALARM] = LEVEL_BAD };
    struct app_transport *t = &app->transport;

    if (count > 1)
        snprintf(t->marker, sizeof(t->marker), "%.300s (and %zu more)", marker->text, count - 1);
    else
        snprintf(t->marker, sizeof(t->marker), "%.300s", marker->text);
    t->marker_level = levels[marker->kind];
    t->marker_until_ns = mono_ns() + PASSED_NS;
}

/* What the position stands on, or has just passed. */
static void
look_for_marker(struct app *app)
{
    struct app_transport *t = &app->transport;
    int64_t now_ms = t->status.time.now_ms;
    bool is_playing = t->status.state == TRANSPORT_PLAYING;
    int64_t from_ms = is_playing && t->was_ms < now_ms ? t->was_ms : now_ms - 1;
    const struct marker *marker;
    size_t count;

    if (t->status.state == TRANSPORT_SEEKING)
        return;
    marker = marker_between(t->markers, from_ms, now_ms, &count);
    if (marker != NULL)
        name_marker(app, marker, count);
    else if (!is_playing)
        t->marker[0] = '\0';
    t->was_ms = now_ms;
}

static void
turn(struct app *app)
{
    const struct transport *transport = app->options.transport;

    if (!transport->turn(transport->ctx, &app->options.feed, &app->options.clock))
        return;
    snapshot_unref(app->waiting);
    app->waiting = NULL;
    app->waiting_count = 0;
    app->is_paused = false;
    app->range.to_ms = 0;
    if (app->mark_ms > app_now_ms(app))
        app->mark_ms = 0;
    app->transport.is_turning = app->snapshot != NULL;
    app->transport.turning_until_ns = mono_ns() + TURN_NS;
    app->transport.jumped_until_ns = mono_ns() + JUMPED_NS;
    app->needs_ask = true;
    if (app->is_idle && app->options.feed.set_idle != NULL)
        app->options.feed.set_idle(app->options.feed.ctx, true);
}

void
app_transport_take(struct app *app)
{
    const struct transport *transport = app->options.transport;
    struct app_transport *t = &app->transport;
    const struct transport_status was = t->status;

    if (transport == NULL)
        return;
    transport->read(transport->ctx, &t->status);
    if (t->status.is_behind) { /* the next key counts from what was ordered */
        t->status.state = was.state;
        t->status.speed = was.speed;
    }
    marker_list_unref(t->markers);
    t->markers = transport->markers(transport->ctx);
    if (t->status.failures != was.failures)
        app_say(app, LEVEL_BAD, "%s", t->status.failure);
    look_for_marker(app);
    if (t->status.turns > 0)
        turn(app);
}

void
app_transport_leave(struct app *app)
{
    marker_list_unref(app->transport.markers);
}

bool
app_transport_is_turning(const struct app *app)
{
    return app->transport.is_turning;
}

/* Better nothing than what is not so. */
void
app_transport_tend(struct app *app)
{
    struct app_transport *t = &app->transport;

    if (!t->is_turning || mono_ns() < t->turning_until_ns)
        return;
    t->is_turning = false;
    snapshot_unref(app->snapshot);
    app->snapshot = NULL;
    app->needs_build = app->needs_ask = true;
}

bool
app_transport_has_jumped(const struct app *app)
{
    return mono_ns() < app->transport.jumped_until_ns;
}

/* --- drawing ----------------------------------------------------------------------------- */

void
app_transport_word(const struct app *app, char *text, size_t size, enum level *level)
{
    const struct transport_status *s = &app->transport.status;
    char speed[16];

    speed_format(speed, s->speed);
    *level = LEVEL_OK;
    switch (s->state) {
    case TRANSPORT_PLAYING:
        snprintf(text, size, "playing %s", speed);
        break;
    case TRANSPORT_PAUSED:
        *level = LEVEL_UNKNOWN;
        snprintf(text, size, "paused %s", speed);
        break;
    case TRANSPORT_SEEKING:
        *level = LEVEL_WARN;
        snprintf(text, size, "seeking %.0f %%", 100 * s->progress);
        break;
    case TRANSPORT_ENDED:
        *level = LEVEL_UNKNOWN;
        snprintf(text, size, "at the end");
        break;
    case TRANSPORT_BROKEN:
        *level = LEVEL_BAD;
        snprintf(text, size, "broken off");
        break;
    }
    if (app->transport.is_turning) {
        *level = LEVEL_WARN;
        snprintf(text, size, "seeking");
    }
}

/* What lies in one cell of the bar. */
struct bar_cell {
    unsigned errors;
    bool has_alarm, has_new, has_deploy;
};

static uint32_t
level_glyph(const struct pen *pen, enum level level)
{
    const char *text = pen->glyphs->levels[level];

    return text_next(&text);
}

static void
draw_cell(const struct pen *pen, int x, int y, const struct bar_cell *cell, bool is_played,
          bool is_here)
{
    static const unsigned steps[TREND_STEPS] = { 1, 2, 4, 8, 16, 32, 64, 128 };
    struct ink ink = { .role = is_played ? ROLE_ACCENT : ROLE_DIM, .is_selected = is_here };
    uint32_t glyph = is_played ? pen->glyphs->across : pen->glyphs->track;

    if (cell->has_alarm) {
        glyph = level_glyph(pen, LEVEL_BAD);
        ink.role = ROLE_BAD;
    } else if (cell->has_new) {
        glyph = level_glyph(pen, LEVEL_WARN);
        ink.role = ROLE_WARN;
    } else if (cell->has_deploy) {
        glyph = pen->glyphs->event_line;
        ink.role = ROLE_MARK;
    } else if (cell->errors > 0) {
        size_t i = 0;

        while (i < TREND_STEPS - 1 && steps[i] < cell->errors)
            i++;
        glyph = pen->glyphs->trend[i];
        ink.role = ROLE_WARN;
    }
    pen_glyph(pen, x, y, glyph, ink);
}

static int
cell_at(const struct recorded_time *time, int columns, int64_t at_ms)
{
    double span = (double)(time->end_ms - time->start_ms);
    double part = span > 0 ? (double)(at_ms - time->start_ms) / span : 0;
    int cell = (int)(part * columns);

    return cell < 0 ? 0 : cell >= columns ? columns - 1 : cell;
}

static void
add_to_cell(struct bar_cell *cell, const struct marker *marker)
{
    cell->has_alarm |= marker->kind == MARKER_ALARM;
    cell->has_new |= marker->kind == MARKER_NEW_ERROR;
    cell->has_deploy |= marker->kind == MARKER_DEPLOY;
    cell->errors += marker->kind == MARKER_ERROR;
}

static void
draw_bar(const struct app *app, const struct pen *pen, int x, int y, int columns)
{
    const struct app_transport *t = &app->transport;
    const struct recorded_time *time = &t->status.time;
    struct arena *arena = arena_new();
    struct bar_cell *cells = arena_alloc(arena, (size_t)columns * sizeof(*cells));
    int here = cell_at(time, columns, time->now_ms);
    int from = t->from_ms != 0 ? cell_at(time, columns, t->from_ms) : -1;

    for (size_t i = 0; i < t->markers->count; i++)
        add_to_cell(&cells[cell_at(time, columns, t->markers->items[i].at_ms)],
                    &t->markers->items[i]);
    for (int i = 0; i < columns; i++)
        draw_cell(pen, x + i, y, &cells[i], i <= here, i == here || i == from);
    arena_free(arena);
}

/* "12:10:03"; with its day where the recording is of several. */
static void
print_moment(char text[2 * FORMAT_TEXT], const struct recorded_time *time, int64_t at_ms)
{
    char first[FORMAT_TEXT], last[FORMAT_TEXT], day[FORMAT_TEXT], at[FORMAT_TEXT];
    bool is_of_one;

    format_day(first, time->start_ms);
    format_day(last, time->end_ms);
    is_of_one = strcmp(first, last) == 0 && time->end_ms - time->start_ms < DAY_MS;
    format_day(day, at_ms);
    format_time(at, at_ms, at_ms);
    snprintf(text, 2 * FORMAT_TEXT, "%s%s%s", is_of_one ? "" : day, is_of_one ? "" : " ", at);
}

/* To the millisecond where one stands. */
static void
print_position(char text[TEXT_MAX], const struct transport_status *s)
{
    char now[2 * FORMAT_TEXT];

    print_moment(now, &s->time, s->time.now_ms);
    if (s->state == TRANSPORT_PLAYING)
        snprintf(text, TEXT_MAX, "%s", now);
    else
        snprintf(text, TEXT_MAX, "%s.%03d", now, (int)(s->time.now_ms % 1000));
}

/* Where the recording ends, how much of it was played, and what could not be. */
static void
print_rest(char text[TEXT_MAX], const struct transport_status *s)
{
    char end[2 * FORMAT_TEXT], played[FORMAT_TEXT], all[FORMAT_TEXT] = "";
    size_t used;

    print_moment(end, &s->time, s->time.end_ms);
    format_quantity(played, (double)s->events, QUANTITY_COUNT);
    if (s->all_events > 0)
        format_quantity(all, (double)s->all_events, QUANTITY_COUNT);
    snprintf(text, TEXT_MAX, "%s  %s%s%s", s->time.is_end_known ? end : "?", played,
             *all == '\0' ? " events" : " of ", all);
    used = strlen(text);
    if (s->broken > 0)
        snprintf(text + used, TEXT_MAX - used, "  %llu broken", (unsigned long long)s->broken);
}

/* What is said behind the bar instead: the marker one stands on, or where a seek goes. */
static bool
print_word(const struct app *app, char *text, size_t size, enum level *level)
{
    const struct app_transport *t = &app->transport;
    const struct transport_status *s = &t->status;
    char to[2 * FORMAT_TEXT];

    if (s->state == TRANSPORT_SEEKING) {
        *level = LEVEL_WARN;
        if (s->target_ms != INT64_MAX)
            print_moment(to, &s->time, s->target_ms);
        else if (s->target_event > 0)
            snprintf(to, sizeof(to), "event %llu", (unsigned long long)s->target_event);
        else
            snprintf(to, sizeof(to), "what comes next");
        snprintf(text, size, "%s %s, Esc stays here", s->is_rebuilding ? "back to" : "on to", to);
        return true;
    }
    *level = t->marker_level;
    snprintf(text, size, "%s", t->marker);
    return t->marker[0] != '\0' &&
           (t->status.state != TRANSPORT_PLAYING || mono_ns() < t->marker_until_ns);
}

void
app_transport_draw(struct app *app, int y)
{
    struct pen pen = app_pen(app);
    const struct transport_status *s = &app->transport.status;
    char text[TEXT_MAX], word[APP_MESSAGE];
    enum level level = LEVEL_NONE;
    int x = 1, columns = app->canvas.columns, bar, word_columns;
    bool has_word = print_word(app, word, sizeof(word), &level);

    print_position(text, s);
    x += pen_text(&pen, x, y, columns - x, text, (struct ink){ .role = ROLE_HEAD }) + 1;
    print_rest(text, s);
    word_columns =
        has_word ? text_columns(word) + (level != LEVEL_NONE ? 2 : 0) : text_columns(text);
    bar = columns - x - 2 - word_columns;
    if (has_word && bar < BAR_MARKED)
        bar = BAR_MARKED;
    app->transport.bar = (struct area){ 0 };
    if (bar >= BAR_LEAST && x + bar < columns) {
        app->transport.bar = (struct area){ x, y, bar, 1 };
        draw_bar(app, &pen, x, y, bar);
        x += bar + 1;
    }
    if (!has_word) {
        pen_text(&pen, x, y, columns - x - 1, text,
                 (struct ink){ .role = s->broken > 0 ? ROLE_WARN : ROLE_DIM });
        return;
    }
    if (level != LEVEL_NONE) {
        pen_text(&pen, x, y, 1, pen.glyphs->levels[level],
                 (struct ink){ .role = pen_level_role(level) });
        x += 2;
    }
    pen_text(&pen, x, y, columns - x - 1, word, (struct ink){ .role = pen_level_role(level) });
}

/* --- keys -------------------------------------------------------------------------------- */

static void
order(struct app *app, const struct transport_order *order)
{
    const struct transport *transport = app->options.transport;

    app->message_until_ns = 0;   /* it was of where one no longer is */
    if (app->range.to_ms != 0) { /* who steps wants to see what it does */
        app->range.to_ms = 0;
        app->needs_build = app->needs_ask = true;
    }
    transport->order(transport->ctx, order);
}

static void
act_play(struct app *app, const char *argument)
{
    struct transport_status *s = &app->transport.status;
    bool is_playing = s->state == TRANSPORT_PLAYING;

    (void)argument;
    if (s->state == TRANSPORT_ENDED)
        app_say(app, LEVEL_NONE, "the recording ends here; ( and , go back");
    else if (s->state == TRANSPORT_BROKEN)
        app_say(app, LEVEL_BAD, "%s", s->failure);
    else
        order(app,
              &(struct transport_order){ .verb = is_playing ? TRANSPORT_PAUSE : TRANSPORT_PLAY });
    if (is_playing || s->state == TRANSPORT_PAUSED)
        s->state = is_playing ? TRANSPORT_PAUSED : TRANSPORT_PLAYING; /* the next key may be here */
}

static void
act_step_on(struct app *app, const char *argument)
{
    (void)argument;
    order(app, &(struct transport_order){ .verb = TRANSPORT_STEP, .direction = 1 });
}

static void
act_step_back(struct app *app, const char *argument)
{
    (void)argument;
    if (app->transport.status.time.now_ms <= app->transport.status.time.start_ms)
        app_say(app, LEVEL_NONE, "the recording begins here");
    else
        order(app, &(struct transport_order){ .verb = TRANSPORT_STEP, .direction = -1 });
}

static void
go_to_marker(struct app *app, int direction, enum marker_kind least)
{
    const struct transport_status *s = &app->transport.status;

    if (direction > 0 && s->state == TRANSPORT_ENDED)
        app_say(app, LEVEL_NONE, "the recording ends here; ( and , go back");
    else if (direction < 0 && s->state != TRANSPORT_SEEKING && s->time.now_ms <= s->time.start_ms)
        app_say(app, LEVEL_NONE, "the recording begins here");
    else
        order(app, &(struct transport_order){
                       .verb = TRANSPORT_MARK, .direction = direction, .least = least });
}

static void
act_next_marker(struct app *app, const char *argument)
{
    (void)argument;
    go_to_marker(app, 1, MARKER_ERROR);
}

static void
act_previous_marker(struct app *app, const char *argument)
{
    (void)argument;
    go_to_marker(app, -1, MARKER_ERROR);
}

static void
act_next_grave(struct app *app, const char *argument)
{
    (void)argument;
    go_to_marker(app, 1, MARKER_GRAVE);
}

static void
act_previous_grave(struct app *app, const char *argument)
{
    (void)argument;
    go_to_marker(app, -1, MARKER_GRAVE);
}

static void
set_speed(struct app *app, double speed)
{
    char text[16];

    order(app, &(struct transport_order){ .verb = TRANSPORT_SPEED, .speed = speed });
    app->transport.status.speed = speed; /* the next key may be here before the answer */
    speed_format(text, speed);
    app_say(app, LEVEL_NONE, "%s%s", speed == SPEED_WHOLE ? "as fast as it goes" : text,
            speed == SPEED_WHOLE ? "" : " as fast as it was recorded");
}

static void
act_faster(struct app *app, const char *argument)
{
    (void)argument;
    set_speed(app, speed_step(app->transport.status.speed, 1));
}

static void
act_slower(struct app *app, const char *argument)
{
    (void)argument;
    set_speed(app, speed_step(app->transport.status.speed, -1));
}

static void
act_speed(struct app *app, const char *argument)
{
    double speed;

    if (speed_parse(&speed, argument))
        set_speed(app, speed);
    else
        app_say(app, LEVEL_WARN, "a speed is 0.5, 1, 10, 60 or max");
}

static void
act_at(struct app *app, const char *argument)
{
    struct err err = { 0 };
    int64_t at_ms;

    if (*argument == '\0')
        app_command_open(app, "at ");
    else if (moment_parse(&at_ms, argument, &app->transport.status.time, &err) != OK)
        app_say(app, LEVEL_WARN, "%s", err.text);
    else
        order(app, &(struct transport_order){ .verb = TRANSPORT_SEEK, .at_ms = at_ms });
}

/* The first time, the moment from which on; the second time, all views show what happened between
 * that and now. */
static void
act_between(struct app *app, const char *argument)
{
    struct app_transport *t = &app->transport;
    int64_t now_ms = t->status.time.now_ms;
    char from[FORMAT_TEXT];

    (void)argument;
    format_time(from, t->from_ms, now_ms);
    if (t->from_ms == 0 || now_ms <= t->from_ms) {
        t->from_ms = now_ms;
        app_say(app, LEVEL_NONE, "from here: ' further on shows what happened between");
        return;
    }
    app->range = (struct range){ .span_ms = now_ms - t->from_ms, .to_ms = now_ms };
    app->needs_build = app->needs_ask = true;
    app_say(app, LEVEL_NONE, "what happened since %s; the next step goes on with such a range",
            from);
    t->from_ms = 0;
}

bool
app_transport_click(struct app *app, int x, int y)
{
    const struct area *bar = &app->transport.bar;
    const struct recorded_time *time = &app->transport.status.time;
    double part = ((double)(x - bar->x) + 0.5) / (double)(bar->columns > 0 ? bar->columns : 1);
    int64_t at_ms = time->start_ms + (int64_t)(part * (double)(time->end_ms - time->start_ms));

    if (app->options.transport == NULL || y != bar->y || x < bar->x || x >= bar->x + bar->columns)
        return false;
    order(app, &(struct transport_order){ .verb = TRANSPORT_SEEK, .at_ms = at_ms });
    return true;
}

static void
act_stay(struct app *app, const char *argument)
{
    (void)argument;
    order(app, &(struct transport_order){ .verb = TRANSPORT_STAY });
}

/* clang-format off */
const struct action app_transport_actions[] = {
    { "play",            "Space", NULL,   "play the recording, or pause", "play", SCOPE_ALWAYS, act_play },
    { "step-back",       ",",     NULL,   "one event back", ". event", SCOPE_ALWAYS, act_step_back },
    { "step",            ".",     NULL,   "play one event", NULL, SCOPE_ALWAYS, act_step_on },
    { "previous-marker", "(",     NULL,   "back to the error, deployment or alarm before", ") marker", SCOPE_ALWAYS, act_previous_marker },
    { "next-marker",     ")",     NULL,   "on to the next error, deployment or alarm", NULL, SCOPE_ALWAYS, act_next_marker },
    { "previous-grave",  "^P",    NULL,   "back to the new error or alarm before", NULL, SCOPE_ALWAYS, act_previous_grave },
    { "next-grave",      "^N",    NULL,   "on to the next new error or alarm", NULL, SCOPE_ALWAYS, act_next_grave },
    { "slower",          "<",     NULL,   "play slower", "> speed", SCOPE_ALWAYS, act_slower },
    { "faster",          ">",     NULL,   "play faster", NULL, SCOPE_ALWAYS, act_faster },
    { "at",              "@",     "TIME", "go to 14:05, 14:05:10.5, +5m, -30s, 90s from the start, start or end", "go to", SCOPE_ALWAYS, act_at },
    { "between",         "'",     NULL,   "remember this moment; further on, show what happened between the two", NULL, SCOPE_ALWAYS, act_between },
    { "speed",           "",      "N",    "play N times as fast, or at max", NULL, SCOPE_ALWAYS, act_speed },
    { "stay",            "Esc",   NULL,   "while it seeks, stay here instead", NULL, SCOPE_ALWAYS, act_stay },
    { NULL, NULL, NULL, NULL, NULL, SCOPE_ALWAYS, NULL },
};
/* clang-format on */

const struct action *
app_transport_table(const struct app *app)
{
    return app->options.transport == NULL ? NULL : app_transport_actions;
}

const struct action *
app_transport_key(const struct app *app, key_code key)
{
    const struct action *action = keymap_key(app_transport_table(app), key);
    bool is_stay = action != NULL && action->run == act_stay;

    return is_stay && app->transport.status.state != TRANSPORT_SEEKING ? NULL : action;
}
