/* progress.c - a bar of thirty cells.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#define EVERY_NS  100000000ULL
#define CELLS     30
#define TEXT_MOST 65536

void
progress_init(struct progress *p)
{
    *p = (struct progress){ .is_shown = isatty(STDERR_FILENO) != 0 };
}

bool
progress_is_due(struct progress *p)
{
    const uint64_t now_ns = p->is_shown ? mono_ns() : 0;

    if (!p->is_shown || now_ns - p->last_ns < EVERY_NS)
        return false;
    p->last_ns = now_ns;
    return true;
}

void
progress_draw(double part, const char *fmt, ...)
{
    const int cells = (int)(part * CELLS);
    struct buf b;
    va_list ap;

    fprintf(stderr, "\r\033[K%.*s%.*s %3.0f %%  ", cells, "##############################",
            CELLS - cells, "..............................", 100 * part);
    va_start(ap, fmt);
    buf_init(&b, TEXT_MOST);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    if (b.len > 0)
        text_defuse(b.data);
    fputs(b.data, stderr);
    buf_fini(&b);
}

void
progress_clear(const struct progress *p)
{
    if (p->last_ns != 0)
        fputs("\r\033[K", stderr);
}
