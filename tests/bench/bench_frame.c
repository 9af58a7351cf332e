/* bench_frame.c - what a frame costs: unchanged, and with 30 % of its cells changed.
 * SPDX-License-Identifier: MIT
 *
 * Both kinds are drawn by the app first, at 200 x 50, because that is what happens each time; then
 * the screen finds the difference. They are measured in turn, in rounds, and the medians compared:
 * only their ratio means something across machines. */
#include "config.h"

#include "sample.h"

#include "tui/app.h"
#include "tui/screen.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COLUMNS 200
#define ROWS    50
#define ROUNDS  9
#define FRAMES  200

struct counter {
    unsigned writes;
    size_t bytes;
};

static bool
count(void *ctx, const char *bytes, size_t len)
{
    struct counter *counter = ctx;

    (void)bytes;
    counter->writes++;
    counter->bytes += len;
    return true;
}

static uint64_t
cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double
median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}

/* Draws over 30 % of the cells in runs of ten, as new numbers in columns do. */
static void
change(struct canvas *canvas, unsigned salt)
{
    struct ink ink = { .role = (enum role)(ROLE_TEXT + salt % 4) };
    char text[16];

    for (int y = 0; y < canvas->rows; y++) {
        for (int x = 0; x + 10 <= canvas->columns; x += 33) {
            snprintf(text, sizeof(text), "%010u", salt * 2654435761u + (unsigned)(x * 31 + y));
            canvas_text(canvas, x, y, 10, text, ink);
        }
    }
}

struct bench {
    struct app *app;
    struct screen *screen;
    unsigned salt;
};

static double
frames(struct bench *bench, bool changed)
{
    uint64_t from = cpu_ns();

    for (int i = 0; i < FRAMES; i++) {
        int x, y;
        const struct canvas *drawn = app_draw(bench->app, &x, &y);

        struct canvas canvas = *drawn; /* borrows its tiles; the next draw clears them */

        bench->salt += changed;
        change(&canvas, bench->salt);
        screen_show(bench->screen, drawn, x, y);
    }
    return (double)(cpu_ns() - from) / FRAMES / 1000;
}

int
main(void)
{
    struct counter counter = { 0 };
    struct clock *clock = clock_new_virtual(SAMPLE_NOW_MS);
    struct screen_options how = { .input_fd = -1,
                                  .term = "xterm-256color",
                                  .theme = themes[1],
                                  .color = "256",
                                  .sink = count,
                                  .sink_ctx = &counter,
                                  .columns = COLUMNS,
                                  .rows = ROWS };
    struct app_options options = {
        .clock = clock, .views = sample_views, .signal_fd = -1, .view = "logs"
    };
    double same[ROUNDS], changed[ROUNDS], a, b;
    struct bench bench = { 0 };
    struct err err;
    unsigned writes_same, writes_changed;
    size_t bytes_changed;

    setlocale(LC_ALL, "C.UTF-8");
    if (screen_open(&bench.screen, &how, &err) != OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    bench.app = app_new(&options, COLUMNS, ROWS);
    frames(&bench, true);
    frames(&bench, false);
    counter = (struct counter){ 0 };
    for (int i = 0; i < ROUNDS; i++)
        same[i] = frames(&bench, false);
    writes_same = counter.writes;
    counter = (struct counter){ 0 };
    for (int i = 0; i < ROUNDS; i++)
        changed[i] = frames(&bench, true);
    writes_changed = counter.writes;
    bytes_changed = counter.bytes;
    a = median(same, ROUNDS);
    b = median(changed, ROUNDS);
    printf("unchanged   %8.1f us  %u writes in %d frames\n", a, writes_same, ROUNDS * FRAMES);
    printf("30%% changed %8.1f us  %u writes in %d frames, %zu bytes each\n", b, writes_changed,
           ROUNDS * FRAMES, bytes_changed / (ROUNDS * FRAMES));
    printf("ratio %.2f\n", b / a);
    app_free(bench.app);
    screen_close(bench.screen);
    clock_free(clock);
    return 0;
}
