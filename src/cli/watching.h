/* watching.h - from settings to a source that can be asked.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_WATCHING_H
#define OV_CLI_WATCHING_H

#include "aws/target.h"
#include "base/clock.h"
#include "base/err.h"
#include "cli/settings.h"
#include "tui/app.h"
#include "tui/gather.h"
#include "umami/target.h"

/* Of a trend where no screen says how many it has room for: in a report, and in a recording, which
 * is looked at on any screen. */
#define WATCHING_TREND_STEPS 30

/* Decides who is asked: `emulator_url` when it is not NULL; else --endpoint-url, --profile or
 * --env; else the local emulator. An --endpoint-url behind which an obsview answers is taken for
 * the emulator it is. */
MUST_CHECK enum status watching_target(struct aws_target *out, const struct settings *s,
                                       const char *emulator_url, struct err *err);

/* The clock to look at it by: an emulator's own when that is a virtual one; the caller's. */
struct clock *watching_clock(const struct aws_target *target);

/* The prices to estimate by: --prices, else the built-in list. */
MUST_CHECK enum status watching_prices(struct price_list *out, const struct settings *s,
                                       struct err *err);

/* The time where the data are from. */
MUST_CHECK enum status watching_now(int64_t *now_ms, const struct settings *s, struct err *err);
/* --mark, which is set, as a moment before that. */
MUST_CHECK enum status watching_mark(int64_t *mark_ms, int64_t now_ms, const struct settings *s,
                                     struct err *err);

/* What the settings name to be looked at; the lists belong to `s`. */
struct scope_names watching_names(struct settings *s);

/* Which Umami is asked beside it, and as whom; what is wrong with it is in out->err. */
void watching_umami(struct umami_target *out, const struct settings *s,
                    const struct aws_target *target);

struct answer_recorder;

/* How the source is asked. All three are borrowed; *paths, to which the result points, is the
 * caller's (free()) and must live as long as it. */
struct gather_options watching_gather(const struct settings *s, const struct aws_target *target,
                                      const struct umami_target *umami, struct clock *clock,
                                      char **paths);

/* The range setting in milliseconds. */
int64_t watching_span_ms(const struct settings *s);

/* Choosing another environment on the screen ends watching_run(); the next one begins where it was
 * left. */
struct watching_turn {
    char **environments; /* settings_environments() */
    const char *next;    /* out: the one that was chosen; NULL: the screen was left for good */
    struct answer_recorder *recorder; /* hears what is answered; NULL: nobody does */
    struct app_place place;
};

/* Shows the screen until it is left, or one frame with --once; returns the exit code. `signals` is
 * a signalfd. `leave_warning` may be NULL; so may `turn`: then there is no choice. */
int watching_run(struct settings *s, const struct aws_target *target, struct clock *clock,
                 int signals, const char *standing_word, const char *(*leave_warning)(void *ctx),
                 void *leave_ctx, struct watching_turn *turn);

/* A source that is looked at already. */
struct watching_source {
    struct feed feed;
    const struct clock *clock;
    const struct price_list *prices;
    const struct transport *transport; /* NULL: nothing is played */
    size_t trend_steps;                /* 0: as fits the width */
};
/* The same of it; what is noted there stays there. */
int watching_show(struct settings *s, const struct watching_source *source, int signals);

/* E_USAGE with the nearest view. */
enum status watching_unknown_view(const char *name, struct err *err);

#endif
