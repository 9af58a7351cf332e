/* openreplay_fold.c - the last step of a storyboard.
 * SPDX-License-Identifier: MIT
 *
 * Folded are: repeats of a line right behind it; a selection that grows while somebody drags; tabs
 * that come to the front and are there already, as each page load tells; pages that are visible and
 * were not hidden. */
#include "config.h"

#include "domain/openreplay_fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"

/* As OpenReplay counts rage: three clicks on one label, each less than 300 ms after the last. */
#define RAGE_CLICKS  3
#define RAGE_GAP_MS  300
#define SELECTION_MS 2000
#define REPEAT_MS    10000
#define CLICKS_MS    1000 /* later ones are clicks of their own */

static int
by_time(const void *a, const void *b)
{
    const struct openreplay_draft_line *first = a, *second = b;
    const struct openreplay_line *x = &first->line, *y = &second->line;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    if (first->rank != second->rank)
        return first->rank < second->rank ? -1 : 1;
    if (first->first_index != second->first_index)
        return first->first_index < second->first_index ? -1 : 1;
    if (x->body != y->body)
        return x->body < y->body ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

void
openreplay_fold_sort(struct openreplay_draft_line *drafts, size_t count)
{
    if (count > 0)
        qsort(drafts, count, sizeof *drafts, by_time);
}

static bool
same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_same_burst(const struct openreplay_draft_line *before, const struct openreplay_draft_line *click)
{
    return click->line.time_ms - before->line.time_ms < RAGE_GAP_MS &&
           same(before->line.tab, click->line.tab) && same(before->label, click->label) &&
           same(before->line.element, click->line.element);
}

void
openreplay_fold_rage(const struct openreplay_draft_line *drafts, size_t count,
                     openreplay_rage_found *found, void *arg)
{
    const struct openreplay_draft_line *before = NULL;
    unsigned clicks = 0;

    for (size_t i = 0; i < count; i++) {
        if (drafts[i].line.kind != OPENREPLAY_CLICK)
            continue;
        if (before != NULL && is_same_burst(before, &drafts[i])) {
            clicks++;
        } else {
            if (clicks >= RAGE_CLICKS)
                found(arg, before, clicks);
            clicks = 1;
        }
        before = &drafts[i];
    }
    if (clicks >= RAGE_CLICKS)
        found(arg, before, clicks);
}

struct folding {
    const char *front;   /* text of the last line of a tab */
    struct table hidden; /* bool by tab */
};

static bool
is_news_of_tab(struct folding *folding, const struct openreplay_line *line)
{
    bool is_first = folding->front == NULL, is_news = !same(folding->front, line->text);

    folding->front = line->text;
    return is_news && !is_first;
}

static bool
is_news_of_visibility(struct folding *folding, const struct openreplay_line *line)
{
    bool is_hidden = strcmp(line->text, "hidden") == 0, was_hidden;
    bool *hidden = table_find(&folding->hidden, line->tab, strlen(line->tab));

    if (hidden == NULL)
        hidden = table_add(&folding->hidden, line->tab, strlen(line->tab));
    was_hidden = *hidden;
    *hidden = is_hidden;
    return is_hidden != was_hidden;
}

static bool
is_news(struct folding *folding, const struct openreplay_line *line)
{
    if (line->kind == OPENREPLAY_TAB)
        return is_news_of_tab(folding, line);
    if (line->kind == OPENREPLAY_VISIBILITY)
        return is_news_of_visibility(folding, line);
    return true;
}

/* Whether `line` goes into the one before it. */
static bool
join(struct openreplay_line *before, const struct openreplay_line *line)
{
    unsigned repeated = before->repeated + line->repeated;
    int64_t gap = line->time_ms - before->time_ms;

    if (line->kind != before->kind || !same(line->tab, before->tab))
        return false;
    if (line->kind == OPENREPLAY_SELECTION && gap <= SELECTION_MS)
        *before = *line;
    else if (!same(line->text, before->text) ||
             gap > (line->kind == OPENREPLAY_CLICK ? CLICKS_MS : REPEAT_MS))
        return false;
    before->repeated = repeated;
    return true;
}

size_t
openreplay_fold(struct openreplay_line *out, const struct openreplay_draft_line *drafts,
                size_t count)
{
    struct folding folding = { 0 };
    size_t lines = 0;

    table_init(&folding.hidden, sizeof(bool));
    for (size_t i = 0; i < count; i++) {
        const struct openreplay_line *line = &drafts[i].line;

        if (is_news(&folding, line) && (lines == 0 || !join(&out[lines - 1], line)))
            out[lines++] = *line;
    }
    table_fini(&folding.hidden);
    return lines;
}
