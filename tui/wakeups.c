/* wakeups.c - reading a stream of server-sent events, of which only the fact matters.
 * SPDX-License-Identifier: MIT
 *
 * Format: "Server-sent events", WHATWG HTML. A line that begins with "data:" is a change; comments
 * (":") are heartbeats and prove that the connection stands. A stream that stays silent longer than
 * two heartbeats is taken for dead, since a peer that vanished never says so. */
#include "config.h"

#include "tui/wakeups.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SILENCE_NS     (40ULL * 1000000000) /* the emulator's heart beats each 15 s */
#define RETRY_FIRST_MS 500
#define RETRY_MAX_MS   10000

struct wakeups {
    struct net *net;
    struct net_call *call;
    char *url;
    char *bearer;
    void (*changed)(void *arg);
    void *arg;
    uint64_t heard_ns; /* 0: not since it was connected */
    uint64_t retry_ns;
    int retry_ms;
    size_t matched; /* how much of "data:" the line so far is; SIZE_MAX: it is another line */
};

struct wakeups *
wakeups_new(struct net *net, const char *url, const char *token, void (*changed)(void *arg),
            void *arg)
{
    struct wakeups *w = xcalloc(1, sizeof *w);

    w->net = net;
    w->url = xasprintf("%s/_obsview/changes", url);
    w->bearer = token == NULL ? NULL : xasprintf("Authorization: Bearer %s", token);
    w->changed = changed;
    w->arg = arg;
    w->retry_ms = RETRY_FIRST_MS;
    return w;
}

void
wakeups_free(struct wakeups *w)
{
    if (w == NULL)
        return;
    net_cancel(w->call);
    free(w->url);
    free(w->bearer);
    free(w);
}

bool
wakeups_are_live(const struct wakeups *w)
{
    return w->call != NULL && w->heard_ns != 0;
}

static bool
on_bytes(void *arg, const char *bytes, size_t len)
{
    static const char mark[] = "data:";
    struct wakeups *w = arg;
    bool any = false;

    w->heard_ns = mono_ns();
    w->retry_ms = RETRY_FIRST_MS;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n')
            w->matched = 0;
        else if (w->matched != SIZE_MAX)
            w->matched = bytes[i] == mark[w->matched] ? w->matched + 1 : SIZE_MAX;
        if (w->matched == sizeof mark - 1) {
            any = true;
            w->matched = SIZE_MAX;
        }
    }
    if (any)
        w->changed(w->arg);
    return true;
}

static void
later(struct wakeups *w)
{
    w->call = NULL;
    w->heard_ns = 0;
    w->retry_ns = mono_ns() + (uint64_t)w->retry_ms * 1000000;
    w->retry_ms = w->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : w->retry_ms * 2;
}

/* A stream that breaks off is news as well: silence means nothing from here on. */
static void
broke_off(struct wakeups *w)
{
    bool was_live = wakeups_are_live(w);

    later(w);
    if (was_live)
        w->changed(w->arg);
}

static void
on_done(void *arg, const struct net_answer *answer)
{
    (void)answer;
    broke_off(arg);
}

int
wakeups_tend(struct wakeups *w)
{
    const char *headers[] = { "Accept: text/event-stream", w->bearer, NULL };
    uint64_t now = mono_ns();

    if (w->call != NULL && w->heard_ns != 0 && now - w->heard_ns > SILENCE_NS) {
        net_cancel(w->call);
        broke_off(w);
    }
    if (w->call != NULL)
        return (int)(SILENCE_NS / 1000000);
    if (now < w->retry_ns)
        return (int)((w->retry_ns - now) / 1000000) + 1;
    w->matched = 0;
    w->call = net_start(w->net, &(struct net_request){
                                    .method = "GET",
                                    .url = w->url,
                                    .headers = headers,
                                    .max_attempts = 1,
                                    .on_bytes = on_bytes,
                                    .done = on_done,
                                    .arg = w,
                                });
    return 0;
}
