/* app_chrome.c - the rows around the panels: header, tabs, message, hints.
 * SPDX-License-Identifier: MIT
 *
 * The header's parts leave one by one when it gets narrow, the least important first. */
#include "config.h"

#include "tui/app_state.h"

#include "base/json.h"
#include "base/text.h"
#include "tui/captured.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

#define PART_MAX       120
#define PARTS_MAX      12
#define SLOW_MS        3600000
#define SHORT_MS       300000 /* of a range that minutes would not tell */
#define ROWS_FOR_WORDS 30     /* rows from which messages have one of their own */
#define CUT_SHARE      6      /* of a zoomed panel, for what its row had to cut */

struct part {
    char text[PART_MAX];
    struct ink ink;
    enum level level; /* a mark before it */
    int priority;     /* 0 stays */
    bool is_right;
    bool is_in;
};

struct parts {
    struct part items[PARTS_MAX];
    size_t count;
};

static struct part *
add_part(struct parts *parts, int priority, enum role role, bool is_right)
{
    struct part *part = &parts->items[parts->count++];

    *part = (struct part){
        .priority = priority, .ink = { .role = role }, .is_right = is_right, .is_in = true
    };
    return part;
}

static void
add_state(struct app *app, struct parts *parts)
{
    struct part *part = add_part(parts, 0, ROLE_TEXT, false);
    const struct snapshot *snapshot = app->snapshot;

    if (app->options.transport != NULL && !app->is_paused &&
        (snapshot == NULL || snapshot->state != SOURCE_FAILING)) {
        app_transport_word(app, part->text, PART_MAX, &part->level);
    } else if (app->is_paused) {
        part->level = LEVEL_WARN;
        part->ink.role = ROLE_WARN;
        snprintf(part->text, PART_MAX, "PAUSED, %u waiting", app->waiting_count);
    } else if (snapshot == NULL || snapshot->state == SOURCE_CONNECTING) {
        part->level = LEVEL_UNKNOWN;
        snprintf(part->text, PART_MAX, "connecting");
    } else if (snapshot->state == SOURCE_FAILING) {
        part->level = LEVEL_BAD;
        part->ink.role = ROLE_BAD;
        snprintf(part->text, PART_MAX, "failing");
    } else if (app->range.to_ms != 0) {
        part->level = LEVEL_OK;
        snprintf(part->text, PART_MAX, "past");
    } else {
        part->level = LEVEL_OK;
        snprintf(part->text, PART_MAX, "live");
    }
}

static void
add_range(struct app *app, struct parts *parts)
{
    int64_t to = app->range.to_ms != 0 ? app->range.to_ms : app_now_ms(app);
    char span[FORMAT_TEXT], from_text[FORMAT_TEXT], to_text[FORMAT_TEXT];
    struct part *part;

    format_span(span, app->range.span_ms);
    part = add_part(parts, 1, ROLE_ACCENT, false);
    snprintf(part->text, PART_MAX, "%s", span);
    if (app->range.span_ms < SHORT_MS) { /* between two marks */
        format_time(from_text, to - app->range.span_ms, to);
        format_time(to_text, to, to);
    } else {
        format_minute(from_text, to - app->range.span_ms);
        format_minute(to_text, to);
    }
    part = add_part(parts, app->range.to_ms != 0 ? 2 : 5, ROLE_TEXT, false);
    snprintf(part->text, PART_MAX, "%s%s%s", from_text, app->glyphs.dash, to_text);
}

/* Of what is asked again and again. A bill of this morning is not old, and says itself when it was
 * told. */
static int64_t
oldest_answer_ms(const struct model *model)
{
    int64_t oldest = 0;

    for (size_t i = 0; i < model->panel_count; i++) {
        const struct panel *panel = &model->panels[i];

        if (panel->got_ms != 0 && panel->pace_ms < SLOW_MS &&
            (oldest == 0 || panel->got_ms < oldest))
            oldest = panel->got_ms;
    }
    return oldest;
}

/* What looking costs: this session, and a month of work at this pace; and what is done about it. */
static void
add_cost(struct parts *parts, const struct snapshot *snapshot)
{
    char session[FORMAT_TEXT], month[FORMAT_TEXT], limit[FORMAT_TEXT];
    struct part *part;

    format_quantity(session, (double)snapshot->cost_microusd, QUANTITY_MICROUSD);
    format_quantity(month, (double)snapshot->cost_month_microusd, QUANTITY_MICROUSD);
    format_quantity(limit, (double)snapshot->limit_microusd, QUANTITY_MICROUSD);
    if (snapshot->is_spent || snapshot->slowness > 1) {
        part = add_part(parts, 2, ROLE_WARN, true);
        part->level = LEVEL_WARN;
        if (snapshot->is_spent && snapshot->limit_microusd == 0)
            snprintf(part->text, PART_MAX, "only what is free");
        else if (snapshot->is_spent)
            snprintf(part->text, PART_MAX, "%s spent", limit);
        else
            snprintf(part->text, PART_MAX, "%u x slower for %s/mo", snapshot->slowness, limit);
    } else if (snapshot->is_idle)
        snprintf(add_part(parts, 5, ROLE_DIM, true)->text, PART_MAX, "idle, 5 x slower");
    part = add_part(parts, 6, ROLE_TEXT, true);
    if (snapshot->is_emulator)
        snprintf(part->text, PART_MAX, "own cost %s/mo", month);
    else
        snprintf(part->text, PART_MAX, "own %s, ~%s/mo", session, month);
}

static void
add_faults(struct app *app, struct parts *parts)
{
    const cJSON *list = app_faults(app);
    int count = cJSON_GetArraySize(list);
    struct part *part;

    if (list == NULL)
        return;
    part = add_part(parts, 0, ROLE_WARN, false);
    part->level = LEVEL_WARN;
    if (count == 1)
        snprintf(part->text, PART_MAX, "fault %.40s",
                 json_get_string(cJSON_GetArrayItem(list, 0), "rule", "?"));
    else
        snprintf(part->text, PART_MAX, "%d faults", count);
}

static void
add_recording(struct app *app, struct parts *parts)
{
    struct part *part;
    bool is_wrong;

    if (app->options.recording_word == NULL)
        return;
    part = add_part(parts, 0, ROLE_ACCENT, false);
    is_wrong = app->options.recording_word(app->options.recording_arg, part->text, PART_MAX);
    if (is_wrong) {
        part->ink.role = ROLE_WARN;
        part->level = LEVEL_WARN;
    }
}

static void
add_right(struct app *app, struct parts *parts)
{
    int64_t got = oldest_answer_ms(&app_page(app)->model);
    const struct snapshot *snapshot = app->snapshot;
    char text[FORMAT_TEXT];

    if (got != 0) {
        format_age(text, app_now_ms(app) - got);
        snprintf(add_part(parts, 3, ROLE_TEXT, true)->text, PART_MAX, "%s old", text);
    }
    if (snapshot != NULL && !snapshot->is_recording)
        add_cost(parts, snapshot);
    format_time(text, app_now_ms(app), app_now_ms(app));
    snprintf(add_part(parts, 1, ROLE_HEAD, true)->text, PART_MAX, "%s", text);
}

static void
add_source(struct app *app, struct parts *parts)
{
    const struct snapshot *snapshot = app->snapshot;
    const char *name;

    if (snapshot == NULL)
        return;
    snprintf(add_part(parts, 2, ROLE_TEXT, false)->text, PART_MAX, "%.100s", snapshot->source);
    name = app->options.environment != NULL ? app->options.environment : snapshot->environment;
    if (*name != '\0')
        snprintf(add_part(parts, 3, ROLE_TEXT, false)->text, PART_MAX, "env %.80s", name);
}

static int
part_columns(const struct part *part)
{
    return text_columns(part->text) + (part->level != LEVEL_NONE ? 2 : 0);
}

static int
parts_columns(const struct parts *parts)
{
    int total = 1;

    for (size_t i = 0; i < parts->count; i++)
        total += parts->items[i].is_in ? part_columns(&parts->items[i]) + 2 : 0;
    return total;
}

static bool
drop_part(struct parts *parts)
{
    struct part *worst = NULL;

    for (size_t i = 0; i < parts->count; i++) {
        struct part *part = &parts->items[i];

        if (part->is_in && part->priority > 0 &&
            (worst == NULL || part->priority >= worst->priority))
            worst = part;
    }
    if (worst != NULL)
        worst->is_in = false;
    return worst != NULL;
}

static int
draw_part(const struct pen *pen, int x, int y, const struct part *part)
{
    if (part->level != LEVEL_NONE) {
        pen_text(pen, x, y, 1, pen->glyphs->levels[part->level],
                 (struct ink){ .role = pen_level_role(part->level) });
        x += 2;
    }
    return x + pen_text(pen, x, y, pen->canvas->columns - x, part->text, part->ink) + 2;
}

static void
draw_header(struct app *app, const struct pen *pen)
{
    struct parts parts = { .count = 0 };
    int left = 1, right = pen->canvas->columns - 1;

    snprintf(add_part(&parts, 4, ROLE_ACCENT, false)->text, PART_MAX, "obsview");
    add_state(app, &parts);
    add_faults(app, &parts);
    add_recording(app, &parts);
    add_source(app, &parts);
    add_range(app, &parts);
    add_right(app, &parts);
    while (parts_columns(&parts) > pen->canvas->columns && drop_part(&parts))
        continue;
    for (size_t i = 0; i < parts.count; i++) {
        if (parts.items[i].is_in && !parts.items[i].is_right)
            left = draw_part(pen, left, 0, &parts.items[i]);
    }
    for (size_t i = parts.count; i > 0; i--) {
        const struct part *part = &parts.items[i - 1];

        if (part->is_in && part->is_right) {
            right -= part_columns(part);
            draw_part(pen, right, 0, part);
            right -= 2;
        }
    }
}

/* --- tabs -------------------------------------------------------------------------------- */

static void
add_hit(struct app *app, int x, int y, int columns, const struct action *action,
        const char *argument)
{
    if (app->hit_count < APP_HITS)
        app->hits[app->hit_count++] = (struct hit){ x, y, columns, action, argument };
}

/* "▲3" */
static void
print_attention(char text[PART_MAX], const struct app *app, const struct model *model)
{
    text[0] = '\0';
    if (model->attention > 0)
        snprintf(text, PART_MAX, "%s%u", app->glyphs.levels[model->attention_level],
                 model->attention);
}

/* How much of their names the tabs have room for. */
enum tab_names {
    TABS_LONG,
    TABS_SHORT,
    TABS_WANTED, /* the names of the view in front, and of those that want attention */
    TABS_KEYS    /* the name of the view in front */
};

static void
print_tab(char text[PART_MAX], const struct app *app, size_t i, enum tab_names names)
{
    const struct page *page = &app->pages[i];
    const char *name = names == TABS_LONG ? page->view->title : page->view->short_title;
    bool is_wanted = i == app->page || (names < TABS_KEYS && page->model.attention > 0);

    if (names >= TABS_WANTED && !is_wanted)
        snprintf(text, PART_MAX, "%c", page->view->key);
    else
        snprintf(text, PART_MAX, "%c %s", page->view->key, name);
}

static bool
is_offered(const struct app *app, const struct page *page)
{
    return !page->view->needs_emulator || app->snapshot == NULL || app->snapshot->is_emulator;
}

static int
tabs_columns(const struct app *app, enum tab_names names)
{
    char text[PART_MAX];
    int total = 1 - 2; /* nothing stands behind the last */

    for (size_t i = 0; i < app->page_count; i++) {
        if (!is_offered(app, &app->pages[i]))
            continue;
        print_tab(text, app, i, names);
        total += text_columns(text) + 2;
        print_attention(text, app, &app->pages[i].model);
        total += *text == '\0' ? 0 : text_columns(text) + 1;
    }
    return total;
}

static int
draw_tab(struct app *app, const struct pen *pen, int x, int y, size_t i, enum tab_names names)
{
    const struct model *model = &app->pages[i].model;
    bool is_current = i == app->page;
    char text[PART_MAX];
    int used;

    print_tab(text, app, i, names);
    used = pen_text(
        pen, x, y, pen->canvas->columns - x, text,
        (struct ink){ .role = is_current ? ROLE_ACCENT : ROLE_TEXT, .is_selected = is_current });
    print_attention(text, app, model);
    if (text[0] != '\0')
        used += 1 + pen_text(pen, x + used + 1, y, pen->canvas->columns - x - used - 1, text,
                             (struct ink){ .role = pen_level_role(model->attention_level) });
    return used;
}

static void
draw_tabs(struct app *app, const struct pen *pen, int y)
{
    enum tab_names names = TABS_LONG;
    const struct action *view = keymap_named(app_actions, "view");
    int x = 1;

    while (names < TABS_KEYS && tabs_columns(app, names) > pen->canvas->columns)
        names++;
    for (size_t i = 0; i < app->page_count && x < pen->canvas->columns; i++) {
        int used;

        if (!is_offered(app, &app->pages[i]))
            continue;
        used = draw_tab(app, pen, x, y, i, names);
        add_hit(app, x, y, used, view, app->pages[i].view->name);
        x += used + 2;
    }
}

/* --- hints and messages ------------------------------------------------------------------ */

static bool
fits_scope(enum scope scope, const struct panel *panel)
{
    if (scope == SCOPE_ALWAYS)
        return true;
    if (panel == NULL)
        return false;
    if (scope == SCOPE_TABLE)
        return panel->grid != NULL;
    if (scope == SCOPE_TAIL)
        return panel->grid != NULL && panel->grid->is_tail;
    return panel->passage_count > 0;
}

static int
draw_hint(struct app *app, const struct pen *pen, int x, int y, const struct action *action)
{
    char key[KEY_NAME_MAX];
    int from = x;

    keymap_first_key(key, action);
    if (x + text_columns(key) + 1 + text_columns(action->hint) >= pen->canvas->columns)
        return x;
    x += pen_text(pen, x, y, KEY_NAME_MAX, key, (struct ink){ .role = ROLE_ACCENT });
    x += 1;
    x += pen_text(pen, x, y, pen->canvas->columns - x, action->hint,
                  (struct ink){ .role = ROLE_DIM });
    add_hit(app, from, y, x - from, action, "");
    return x + 2;
}

static void
draw_hints(struct app *app, const struct pen *pen, int y)
{
    const struct action *own = app_page(app)->view->actions;
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    int x = 1;

    for (; own != NULL && own->name != NULL; own++) {
        if (own->hint != NULL && fits_scope(own->scope, panel))
            x = draw_hint(app, pen, x, y, own);
    }
    for (const struct action *a = app_transport_table(app); a != NULL && a->name != NULL; a++) {
        if (a->hint != NULL)
            x = draw_hint(app, pen, x, y, a);
    }
    for (const struct action *a = app_actions; a->name != NULL; a++) {
        char key[KEY_NAME_MAX];
        key_code code;

        keymap_first_key(key, a);
        if (a->hint != NULL && fits_scope(a->scope, panel) &&
            (!keys_parse(&code, key) || app_transport_key(app, code) == NULL))
            x = draw_hint(app, pen, x, y, a);
    }
}

static void
draw_input(struct app *app, const struct pen *pen, int y)
{
    struct area area = { 1, y, pen->canvas->columns - 2, 1 };

    app->caret_x = field_draw(pen, area, &app->field, app->mode == MODE_FILTER ? "/" : ":");
    app->caret_y = y;
}

/* What the next key says. */
static void
draw_choice(const struct pen *pen, int y)
{
    int x = 1;

    x += pen_text(pen, x, y, pen->canvas->columns - x, "copy as",
                  (struct ink){ .role = ROLE_TEXT }) +
         2;
    for (const struct captured_form *f = captured_forms; f->name != NULL; f++) {
        const char key[2] = { f->key, '\0' };

        x += pen_text(pen, x, y, 1, key, (struct ink){ .role = ROLE_ACCENT }) + 1;
        x += pen_text(pen, x, y, pen->canvas->columns - x, f->name,
                      (struct ink){ .role = ROLE_TEXT }) +
             2;
    }
    pen_text(pen, x, y, pen->canvas->columns - x, "Esc not at all",
             (struct ink){ .role = ROLE_DIM });
}

static bool
has_message(const struct app *app)
{
    return app->message[0] != '\0' && mono_ns() < app->message_until_ns;
}

/* What the focused panel lacks: its title may be too short to say so. */
static const char *
focused_failure(struct app *app)
{
    const struct page *page = app_page(app);

    if (page->model.panel_count == 0)
        return NULL;
    return page->model.panels[board_focus(&page->board, &page->model)].failure;
}

/* What is worth a sentence now: something just said, a source that fails, or a panel. *is_free: the
 * row is still empty. */
static bool
draw_message(struct app *app, const struct pen *pen, int y, bool *is_free)
{
    struct ink ink = { .role = pen_level_role(app->message_level) };
    const struct snapshot *snapshot = app->snapshot;

    *is_free = false;
    if (has_message(app)) {
        pen_text(pen, 1, y, pen->canvas->columns - 2, app->message, ink);
        return true;
    }
    if (snapshot != NULL && snapshot->wants_code != NULL) {
        char text[APP_MESSAGE];

        snprintf(text, sizeof text, "a code of the MFA device %s is needed: type :mfa and the code",
                 snapshot->wants_code);
        pen_text(pen, 1, y, pen->canvas->columns - 2, text, (struct ink){ .role = ROLE_WARN });
        return true;
    }
    if (snapshot != NULL && snapshot->state == SOURCE_FAILING && snapshot->failure != NULL) {
        pen_text(pen, 1, y, pen->canvas->columns - 2, snapshot->failure,
                 (struct ink){ .role = ROLE_BAD });
        return true;
    }
    if (app->canvas.rows >= ROWS_FOR_WORDS && focused_failure(app) != NULL)
        pen_text(pen, 1, y, pen->canvas->columns - 2, focused_failure(app),
                 (struct ink){ .role = ROLE_WARN });
    else if (app->options.standing_word != NULL && app->canvas.rows >= ROWS_FOR_WORDS)
        pen_text(pen, 1, y, pen->canvas->columns - 2, app->options.standing_word,
                 (struct ink){ .role = ROLE_DIM });
    else
        *is_free = true;
    return false;
}

/* Below a zoomed table, or in the row of messages when that is empty. */
static struct area
spare_area(struct app *app, struct area *body, bool is_row_free)
{
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    int rows = body->rows / CUT_SHARE;

    if (app->mode == MODE_HELP || panel == NULL || panel->grid == NULL || panel->grid->is_tail)
        return (struct area){ .rows = 0 };
    if (app_page(app)->board.is_zoomed) {
        body->rows -= rows;
        return (struct area){ 1, body->y + body->rows, body->columns - 2, rows };
    }
    return (struct area){ 1, app->canvas.rows - 2, body->columns - 2, is_row_free ? 1 : 0 };
}

void
app_chrome_draw_cut(struct app *app, struct area spare)
{
    struct pen pen = app_pen(app);
    struct board_panel *state;
    const struct panel *panel = app_focused(app, &state);
    const char *text = NULL;

    if (spare.rows > 0)
        text = grid_cut_text(&state->grid, &pen, panel->grid);
    if (text != NULL)
        grid_draw_sentence(&pen, spare, text);
}

void
app_chrome_draw_turning(struct app *app)
{
    struct pen pen = app_pen(app);
    int rows = app->canvas.rows, y = rows >= ROWS_FOR_WORDS ? rows - 3 : rows - 2;
    const struct ink ink = { .role = ROLE_TEXT };

    canvas_fill(&app->canvas, (struct area){ 0, 0, app->canvas.columns, 1 }, ' ', ink);
    canvas_fill(&app->canvas, (struct area){ 0, y, app->canvas.columns, 1 }, ' ', ink);
    draw_header(app, &pen);
    app_transport_draw(app, y);
}

void
app_chrome_draw(struct app *app, struct area *body, struct area *spare)
{
    struct pen pen = app_pen(app);
    int rows = app->canvas.rows, top = 1, bottom = rows - 1;
    bool has_row = rows >= ROWS_FOR_WORDS;
    bool is_typing = app->mode == MODE_COMMAND || app->mode == MODE_FILTER ||
                     (app->mode == MODE_HELP && app->help_searches);
    bool is_free = false, is_said = false;

    draw_header(app, &pen);
    if (layout_class(app->canvas.columns, rows) > SIZE_LINES)
        draw_tabs(app, &pen, top++);
    if (has_row)
        bottom--;
    if (app->options.transport != NULL)
        app_transport_draw(app, --bottom);
    *body = (struct area){ 0, top, app->canvas.columns, bottom - top };
    if (app->mode == MODE_COPY)
        draw_choice(&pen, has_row ? rows - 2 : rows - 1);
    else if (is_typing)
        draw_input(app, &pen, has_row ? rows - 2 : rows - 1);
    else
        is_said = draw_message(app, &pen, has_row ? rows - 2 : rows - 1, &is_free);
    *spare = spare_area(app, body, has_row && is_free);
    if ((is_said || app->mode == MODE_COPY) && !has_row)
        return;
    if (is_typing && has_row && has_message(app)) /* about what is typed */
        draw_message(app, &pen, rows - 1, &is_free);
    else if (has_row || !is_typing)
        draw_hints(app, &pen, rows - 1);
}
