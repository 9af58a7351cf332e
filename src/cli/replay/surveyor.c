/* surveyor.c - from a recording to its markers, beside the player.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/replay/surveyor.h"

#include "base/mem.h"
#include "cli/replay/survey.h"
#include "fixture/fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct surveyor {
    pthread_t thread;
    struct desk *desk;
    const char *path, *page_start;
};

/* The time of the last event. What cannot be read any further the player will tell, once it is
 * there; what there is before it is known all the same. */
static void
read_all(struct surveyor *s, struct fixture *f, struct survey *survey)
{
    struct fixture_event event;
    struct err err = { 0 };
    uint64_t events = 0;
    int64_t end_ms = fixture_start_ms(f);
    const struct marker *markers;
    size_t count;
    bool is_cut;
    enum status st = OK;

    while ((st == OK || st == E_INVALID) && !desk_stops(s->desk)) {
        st = fixture_next(f, &event, &err);
        if (st == E_INVALID)
            desk_add_broken(s->desk, &err);
        if (st != OK)
            continue;
        survey_add(survey, &event);
        end_ms = fixture_start_ms(f) + event.t_ms;
        events++;
        fixture_event_fini(&event);
    }
    markers = survey_markers(survey, &count, &is_cut);
    desk_surveyed(s->desk, markers, count, is_cut, events, end_ms);
}

static void *
run(void *arg)
{
    struct surveyor *s = arg;
    struct survey *survey;
    struct fixture *f;

    if (fixture_open(&f, s->path, NULL) != OK) { /* it was there a moment ago */
        desk_surveyed(s->desk, NULL, 0, false, 0, INT64_MIN);
        return NULL;
    }
    survey = survey_new(fixture_start_ms(f), s->page_start);
    read_all(s, f, survey);
    survey_free(survey);
    fixture_close(f);
    return NULL;
}

enum status
surveyor_start(struct surveyor **out, struct desk *desk, const char *path, const char *page_start,
               struct err *err)
{
    struct surveyor *s = xcalloc(1, sizeof *s);
    sigset_t all, before;
    int e;

    *s = (struct surveyor){ .desk = desk, .path = path, .page_start = page_start };
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(&s->thread, NULL, run, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e != 0) {
        free(s);
        return err_errno(err, e, "cannot read the recording");
    }
    *out = s;
    return OK;
}

void
surveyor_join(struct surveyor *s)
{
    if (s == NULL)
        return;
    pthread_join(s->thread, NULL);
    free(s);
}
