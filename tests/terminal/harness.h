/* harness.h - an in-process terminal, golden screens, and a feed a test fills by hand.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_TERMINAL_HARNESS_H
#define OV_TESTS_TERMINAL_HARNESS_H

#include "base/buf.h"
#include "sample.h"
#include "tui/app.h"
#include "tui/screen.h"

#include <stdbool.h>
#include <stddef.h>
#include <vterm.h>

#define HARNESS_NOW_MS SAMPLE_NOW_MS

/* What a screen's bytes make of a terminal. */
struct terminal {
    VTerm *vt;
    VTermScreen *cells;
    int columns, rows;
    unsigned writes;
    size_t bytes;
    struct buf last; /* the bytes of the last frame */
};

void terminal_init(struct terminal *terminal, int columns, int rows);
void terminal_fini(struct terminal *terminal);
bool terminal_sink(void *ctx, const char *bytes, size_t len);
/* The screen as lines of text, then the same lines as attributes, one letter a look, with a legend.
 */
void terminal_print(struct terminal *terminal, struct buf *b);

/* UTF-8, UTC, and no colours but those asked for. */
void harness_environment(void);
/* Compares with tests/terminal/golden/<name>.txt; with OBSVIEW_RECORD=1 writes it instead. */
void harness_golden(const char *name, const struct buf *have);

/* An app on a screen on a terminal. */
struct scene {
    struct clock *clock;
    struct terminal terminal;
    struct screen *screen;
    struct app *app;
    struct snapshot *next; /* what the feed gives at the next take */
    char asked[4096];      /* keys of the last asks, each followed by a blank */
    char code[16];         /* of an MFA device, as it was given */
};

struct scene_options {
    const struct view *const *views;
    const char *view;
    int columns, rows;
    bool is_ascii;
    const char *color; /* "256", "never" */
    const char *theme;
    int64_t now_ms; /* 0: HARNESS_NOW_MS */
    const char *const *environments;
    const char **next_environment;
};

void scene_init(struct scene *scene, const struct scene_options *options);
void scene_fini(struct scene *scene);
void scene_give(struct scene *scene, struct snapshot *snapshot); /* takes it over */
void scene_key(struct scene *scene, const char *name);           /* "j", "Enter", "^L" */
void scene_type(struct scene *scene, const char *text);
void scene_show(struct scene *scene);
/* Shows and compares. */
void scene_golden(struct scene *scene, const char *name);
/* The text on the terminal contains this. */
bool scene_sees(struct scene *scene, const char *text);

#endif
