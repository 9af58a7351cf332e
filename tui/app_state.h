/* app_state.h - what the screen remembers; for the files app*.c alone.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_APP_STATE_H
#define OV_TUI_APP_STATE_H

#include "tui/app.h"
#include "tui/board.h"
#include "tui/keymap.h"
#include "tui/screen.h"
#include "tui/widgets/field.h"

#define APP_PAGES    24
#define APP_STEPS    32
#define APP_HISTORY  200
#define APP_HITS     64
#define APP_MESSAGE  400
#define APP_HELP_MAX 256

/* A view and where one is in it. */
struct page {
    const struct view *view;
    struct board board;
    char *key;      /* what was entered; "" at the top */
    char *cursor;   /* the row the model was built for */
    char *detail;   /* likewise, in the view's table of details */
    char *insights; /* the query that was run here; NULL: none */
    unsigned insights_run;
    bool wants_live_tail; /* of the group that was entered here */
    struct arena *arena;
    struct model model;
};

/* Where Esc leads back to. */
struct view_step {
    size_t page;
    char *key;
    char focus[32];
};

enum app_mode { MODE_NORMAL, MODE_COMMAND, MODE_FILTER, MODE_HELP, MODE_COPY };

/* What a click on a piece of a row does. */
struct hit {
    int x, y, columns;
    const struct action *action;
    const char *argument;
};

/* What is known of a recording that is played. */
struct app_transport {
    struct transport_status status;
    struct marker_list *markers;
    int64_t was_ms;           /* the position before this one */
    char marker[APP_MESSAGE]; /* the one it is on, or passed last; "" */
    enum level marker_level;
    uint64_t marker_until_ns;
    bool is_turning; /* the panels are still those of before a jump */
    uint64_t turning_until_ns;
    uint64_t jumped_until_ns;
    int64_t from_ms; /* of what is to be looked at together; 0: nothing */
    struct area bar; /* where it was drawn; no columns: nowhere */
};

struct app {
    struct app_options options;
    struct app_transport transport;
    struct page pages[APP_PAGES];
    size_t page_count;
    size_t page;
    size_t last_page;
    struct view_step steps[APP_STEPS];
    size_t step_count;

    struct range range;
    int64_t mark_ms; /* set with :mark; 0: none */
    struct snapshot *snapshot;
    struct snapshot *waiting; /* what came while the screen was paused */
    unsigned waiting_count;
    bool is_paused;
    bool needs_build;
    bool needs_ask;
    bool seeks_entered; /* its row has not been found in the list yet; the next key ends it */
    bool is_answered;
    struct ask_list *sent; /* the request that was last sent again; NULL: none */
    unsigned sent_run, told_run;

    enum app_mode mode;
    struct field field;
    char *history[APP_HISTORY];
    size_t history_count;
    size_t history_at;
    char completing[FIELD_MAX]; /* what was typed before Tab; "" when nobody completes */
    size_t completion;
    size_t help_top;
    size_t help_page;
    bool help_searches;

    char message[APP_MESSAGE];
    enum level message_level;
    uint64_t message_until_ns;
    uint64_t began_ns;
    uint64_t last_key_ns; /* 0: none yet */
    bool are_rows_held;   /* in the order of before: see ordering.h */
    bool is_idle;
    const struct snapshot *seen_behind; /* what the pages behind were built of last; never read */
    uint64_t behind_due_ns;
    bool was_warned;

    struct glyphs glyphs;
    const struct theme *theme;
    enum times times;
    bool has_mouse;
    struct canvas canvas;
    int caret_x, caret_y;
    struct hit hits[APP_HITS];
    size_t hit_count;

    bool has_left;
    bool wants_suspend;
    bool wants_repaint;
    struct screen *screen; /* NULL: nobody watches */

    struct reviews *reviews; /* NULL: none is known */
    int64_t looked_ms;       /* when the view of privacy was last on screen; 0: not yet */
};

/* app.c */
struct page *app_page(struct app *app);
struct pen app_pen(struct app *app);
void app_say(struct app *app, enum level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void app_open(struct app *app, size_t page, const char *key, bool remembers);
void app_back(struct app *app);
void app_enter_detail(struct app *app); /* from the list that has what was opened to it */
void app_rebuild(struct app *app);      /* the model, from what is known now */
int64_t app_now_ms(const struct app *app);
struct view_query app_page_query(struct app *app, struct page *page);
void app_build_page(struct app *app, struct page *page); /* its model alone */
/* The panel one is in; NULL while there is no model. */
const struct panel *app_focused(struct app *app, struct board_panel **state);

/* app_attention.c */
void app_ask_behind(struct app *app, struct ask_list *asks);
void app_build_behind(struct app *app);
/* What an emulator was told to let fail: the header warns of it in every view. */
void app_ask_faults(struct app *app, struct ask_list *asks);
const cJSON *app_faults(const struct app *app); /* NULL: none is known of */
void app_tend_idle(struct app *app);            /* with each turn of the loop */

/* app_actions.c */
void app_refilter(struct app *app, const char *filter);
/* The second time the same column, the order turns round; -1: the view's own order. */
void app_sort_by(struct app *app, struct board_panel *state, const struct grid *grid, int column);

/* app_command.c */
void app_command_key(struct app *app, key_code key);
void app_command_open(struct app *app, const char *text);
void app_command_offer(struct app *app, const char *text); /* with the first completion put in */
void app_history_load(struct app *app);

/* app_query.c */
bool app_query_is_typed(const struct app *app, const struct page *page);
bool app_query_drop(struct app *app); /* Esc in its panel; false: there is nothing to drop */
void app_query_keep(struct app *app, struct ask_list *asks); /* those of the pages behind */

/* app_requests.c */
void app_copy_key(struct app *app, key_code key); /* says as what, after `y` */
void app_send_ask(struct app *app, struct ask_list *asks);
void app_send_tell(struct app *app); /* what was answered, once */
/* app_review.c */
void app_reviews_load(struct app *app);
void app_reviews_saw(struct app *app); /* with each frame */
void app_reviews_leave(struct app *app);

/* app_transport.c */
void app_transport_take(struct app *app); /* what the player says */
void app_transport_leave(struct app *app);
/* Nothing was answered since a jump: what is drawn is of before. */
bool app_transport_is_turning(const struct app *app);
void app_transport_tend(struct app *app); /* before a frame: that lasts for a moment only */
/* A moment ago: what other views say of themselves is not of now. */
bool app_transport_has_jumped(const struct app *app);
/* For the header: "playing 10x". */
void app_transport_word(const struct app *app, char *text, size_t size, enum level *level);
void app_transport_draw(struct app *app, int y);
bool app_transport_click(struct app *app, int x, int y); /* false: it was not meant */
/* NULL: nothing is played; then its keys mean what they do elsewhere. */
const struct action *app_transport_table(const struct app *app);
const struct action *app_transport_key(const struct app *app, key_code key);

/* app_help.c */
void app_help_key(struct app *app, key_code key);
void app_help_draw(struct app *app, struct area area);

/* app_chrome.c */
/* *spare: where the text that the focused row had to cut may stand; no rows: nowhere. */
void app_chrome_draw(struct app *app, struct area *body, struct area *spare);
/* The header and the row of what is played alone, over what was drawn before. */
void app_chrome_draw_turning(struct app *app);
void app_chrome_draw_cut(struct app *app, struct area spare); /* after the panels */

#endif
