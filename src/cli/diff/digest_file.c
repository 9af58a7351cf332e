/* digest_file.c - a digest of a fixture, or of the database of an emulator.
 * SPDX-License-Identifier: MIT
 *
 * A fixture is played into an emulator of its own on its own clock, as `obsview replay` does, and
 * what that keeps is read like any other store. A database is read as it lies there, also while an
 * emulator writes on; of an emulator whose address is known it is had over the wire, whole, so that
 * all three ways lead to the same digest. */
#include "config.h"

#include "cli/diff/digest_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/diff/digest.h"
#include "cli/progress.h"
#include "cli/replay/replay.h"
#include "cli/sending.h"
#include "fixture/fixture.h"
#include "store/store.h"

#define DATABASE "SQLite format 3"  /* its first bytes, with the NUL behind them */
#define COPY_MAX ((int64_t)2 << 30) /* an emulator gives less */
#define FETCH_MS 300000

struct side {
    struct digest *digest;
    struct settings *settings;
    struct progress *progress;
    struct replay_tally tally;
    const char *path;
};

/* --- fixtures --------------------------------------------------------------------------------- */

static void
tell_sum(const struct side *side)
{
    const struct replay_tally *t = &side->tally;

    side->digest->requests = t->requests;
    side->digest->refused = t->refused;
    if (t->broken > 0)
        digest_add_gap(side->digest, "%" PRIu64 " broken line%s left out", t->broken,
                       t->broken == 1 ? " was" : "s were");
    if (t->passed_over > 0)
        digest_add_gap(side->digest,
                       "%" PRIu64 " answer%s of AWS %s in it, and nothing to replay %s into",
                       t->passed_over, text_s(t->passed_over), text_are(t->passed_over),
                       t->passed_over == 1 ? "it" : "them");
}

/* The first one in words. */
static enum status
tell_broken(struct side *side, const struct err *err)
{
    if (side->tally.broken++ == 0) {
        progress_clear(side->progress);
        command_say(stderr, "obsview: %s", err->text);
    }
    return OK;
}

/* E_NOTFOUND: the end. */
static enum status
play_next(struct side *side, struct replay_door *door, struct fixture *f, int64_t *now_ms,
          struct err *err)
{
    struct fixture_event event;
    enum status st = fixture_next(f, &event, err);

    if (st == E_INVALID)
        return tell_broken(side, err);
    if (st != OK)
        return st;
    *now_ms = fixture_start_ms(f) + event.t_ms;
    side->tally.passed_over += event.source == FIXTURE_AWS;
    side->tally.requests += event.source == FIXTURE_HTTP;
    side->tally.lines += event.source != FIXTURE_HTTP && event.source != FIXTURE_AWS;
    if (progress_is_due(side->progress))
        progress_draw(fixture_progress(f), "%s", side->digest->name);
    st = replay_prepare(&side->tally, door, &event, err);
    if (st != OK) {
        fixture_event_fini(&event);
        return tell_broken(side, err);
    }
    return door->play(door->state, &event, *now_ms, err);
}

static enum status
read_stage(struct digest *digest, const struct replay_door *door, struct err *err)
{
    struct store_reader *reader = NULL;
    enum status st = store_reader_open(&reader, replay_stage_store(door), err);

    if (st == OK)
        st = digest_read_store(digest, reader, err);
    store_reader_close(reader);
    return st;
}

static enum status
read_fixture(struct side *side, struct err *err)
{
    struct replay_door door;
    struct fixture *f;
    char *url = NULL;
    int64_t now_ms;
    enum status st = fixture_open(&f, side->path, err);

    if (st != OK)
        return st;
    side->digest->is_fixture = true;
    side->tally.path = side->path;
    now_ms = fixture_start_ms(f);
    st = replay_apply_settings(side->settings, f, side->path, err);
    if (st == OK)
        st = replay_open_stage(&door, side->settings, &side->tally, now_ms, &url, err);
    if (st != OK) {
        fixture_close(f);
        return st;
    }
    side->tally.kept = kept_new();
    while ((st = play_next(side, &door, f, &now_ms, err)) == OK)
        ;
    if (st == E_NOTFOUND)
        st = door.settle(door.state, now_ms, err);
    if (st == OK)
        st = door.rest(door.state, err);
    progress_clear(side->progress);
    if (st == OK)
        st = read_stage(side->digest, &door, err);
    door.close(door.state);
    free(url);
    kept_free(side->tally.kept);
    fixture_close(f);
    tell_sum(side);
    return st;
}

/* --- databases -------------------------------------------------------------------------------- */

/* A name or password in it would be part of what is printed. */
static enum status
check_address(const char *path, struct err *err)
{
    const char *host = strstr(path, "//") + 2;
    const size_t length = strcspn(host, "/");

    if (length == 0 || memchr(host, '@', length) != NULL)
        return err_set(err, E_USAGE, "expected http://HOST:PORT for the address of an emulator");
    return OK;
}

/* Before somebody else's answer is taken for a database that is broken. */
static enum status
check_obsview(const struct side *side, struct err *err)
{
    cJSON *health = NULL;
    enum status st = sending_get_health(&health, side->path, side->settings, err);

    if (st == OK && health == NULL)
        st = err_set(err, E_INVALID, "%s: who answers there is no obsview emulator", side->path);
    cJSON_Delete(health);
    return st;
}

static bool
holds_database(int fd)
{
    char first[sizeof DATABASE];

    return pread(fd, first, sizeof first, 0) == sizeof first &&
           memcmp(first, DATABASE, sizeof DATABASE) == 0;
}

static enum status
fetch(void *arg, int fd, struct err *err)
{
    const struct side *side = arg;
    enum status st = sending_fetch_within(FETCH_MS, side->path, "/_obsview/database",
                                          side->settings, fd, COPY_MAX, err);

    if (st == OK && !holds_database(fd))
        return err_set(err, E_INVALID, "%s: what it answered is no database", side->path);
    return st;
}

static enum status
open_store(struct side *side, struct store **store, struct clock *clock, struct err *err)
{
    enum status st;

    if (!sending_is_url(side->path))
        return store_open_beside(store, side->path, clock, err);
    st = check_obsview(side, err);
    return st == OK ? store_open_copy(store, side->path, clock, fetch, side, err) : st;
}

/* By a clock that stands at the beginning of time nothing is too old to be read. */
static enum status
read_database(struct side *side, struct err *err)
{
    struct clock *clock = clock_new_virtual(0);
    struct store_reader *reader = NULL;
    struct store *store = NULL;
    enum status st = open_store(side, &store, clock, err);

    if (st == OK)
        st = store_reader_open(&reader, store, err);
    if (st == OK)
        st = digest_read_store(side->digest, reader, err);
    store_reader_close(reader);
    store_close(store);
    clock_free(clock);
    if (st != OK && strstr(err->text, side->path) == NULL)
        err_context(err, "%s", side->path);
    return st;
}

static enum status
look(bool *is_database, const char *path, struct err *err)
{
    struct stat about;
    int fd;

    *is_database = sending_is_url(path);
    if (*is_database)
        return check_address(path, err);
    if (stat(path, &about) != 0)
        return err_errno(err, errno, "cannot open %s", path);
    if (S_ISDIR(about.st_mode))
        return err_set(err, E_USAGE, "%s is a directory: expected " DIGEST_EXPECTED, path);
    fd = S_ISREG(about.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1; /* a pipe is read once */
    *is_database = fd >= 0 && holds_database(fd);
    if (fd >= 0)
        close(fd);
    return OK;
}

static enum status
read_path(struct digest *digest, struct settings *settings, const char *path, struct err *err)
{
    struct progress progress;
    struct side side = {
        .digest = digest, .settings = settings, .progress = &progress, .path = path
    };
    bool is_database = false;
    enum status st = look(&is_database, path, err);

    progress_init(&progress);
    if (st == OK && is_database)
        st = read_database(&side, err);
    else if (st == OK)
        st = read_fixture(&side, err);
    if (st == E_INVALID && !is_database && digest->requests + digest->lines == 0)
        return err_set(err, E_INVALID, "%s: expected " DIGEST_EXPECTED, path);
    if (st == OK)
        digest_end(digest);
    return st;
}

enum status
digest_open(struct digest **out, struct settings *settings, const char *path, struct err *err)
{
    struct digest *digest = xcalloc(1, sizeof *digest);
    enum status st;

    digest_init(digest, path);
    st = read_path(digest, settings, path, err);
    if (st == OK)
        *out = digest;
    else
        digest_free(digest);
    return st;
}

void
digest_free(struct digest *digest)
{
    if (digest == NULL)
        return;
    digest_fini(digest);
    free(digest);
}
