/* keeper.c - checkpoints in passes, so that no commit waits for one; and housekeeping once a
 * minute. SPDX-License-Identifier: MIT
 *
 * The write-ahead log can only start again from its beginning when every frame was copied to the
 * database while nobody wrote. This thread copies what is there (PASSIVE, its own connection) when
 * about two thousand frames are in; the writer goes on meanwhile, so a few are always left. When
 * they are fewer than two hundred the writer copies those itself between two groups, a pass short
 * enough to hide. A reader that holds an old snapshot stops both; then the thread backs off. */
#include "config.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/keeper.h"
#include "store/reader.h"

#include <pthread.h>
#include <stdlib.h>

#define PASS_FRAMES 2000
#define LAST_FRAMES 200
#define BACKOFF_MS  20
#define BACKOFF_MAX 1000
#define HOUSE_MS    60000 /* retention runs at least this often */

struct keeper {
    struct store *store;
    struct db db;
    struct store_reader *reader;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* under the lock */
    int frames;      /* in the log */
    int copied;      /* of them, by the last pass */
    bool wants_pass; /* from the writer */
    bool stopping;
};

static void
wait_ms(struct keeper *k, int64_t ms)
{
    struct timespec until = mono_deadline(ms);

    pthread_cond_timedwait(&k->wake, &k->lock, &until);
}

/* Copies what can be copied; called with the lock held, works without it. true: something moved. */
static bool
pass(struct keeper *k)
{
    int frames = 0, copied = 0, before = k->copied, rc;

    pthread_mutex_unlock(&k->lock);
    rc = sqlite3_wal_checkpoint_v2(k->db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
    pthread_mutex_lock(&k->lock);
    if (rc != SQLITE_OK || frames < 0)
        return false;
    k->copied = copied;
    k->wants_pass = frames - copied < LAST_FRAMES;
    return copied != before;
}

static void *
keep(void *arg)
{
    struct keeper *k = arg;
    int64_t backoff = BACKOFF_MS;
    uint64_t house = mono_ns();
    unsigned turn = 0;

    pthread_mutex_lock(&k->lock);
    while (!k->stopping) {
        int64_t since_ms = (int64_t)((mono_ns() - house) / 1000000);

        if (since_ms >= HOUSE_MS) {
            pthread_mutex_unlock(&k->lock);
            store_keep_house(k->store, k->reader, ++turn);
            pthread_mutex_lock(&k->lock);
            house = mono_ns();
        } else if (k->frames - k->copied < PASS_FRAMES) {
            wait_ms(k, HOUSE_MS - since_ms);
        } else if (pass(k)) {
            backoff = BACKOFF_MS;
        } else {
            wait_ms(k, backoff);
            backoff = backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX : backoff * 2;
        }
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

void
keeper_saw_frames(struct keeper *k, int frames)
{
    bool wake;

    pthread_mutex_lock(&k->lock);
    if (frames < k->frames) { /* the log started again */
        k->copied = 0;
        k->wants_pass = false;
    }
    k->frames = frames;
    wake = frames - k->copied >= PASS_FRAMES;
    pthread_mutex_unlock(&k->lock);
    if (wake)
        pthread_cond_signal(&k->wake);
}

bool
keeper_wants_pass(struct keeper *k, int frames)
{
    bool wants;

    pthread_mutex_lock(&k->lock);
    wants = k->wants_pass && frames - k->copied < 2 * LAST_FRAMES;
    pthread_mutex_unlock(&k->lock);
    return wants;
}

void
keeper_passed(struct keeper *k)
{
    pthread_mutex_lock(&k->lock);
    k->wants_pass = false;
    pthread_mutex_unlock(&k->lock);
}

enum status
keeper_start(struct keeper **out, struct store *store, const char *path, struct err *err)
{
    struct keeper *k = xcalloc(1, sizeof *k);
    enum status st;

    k->store = store;
    st = db_open(&k->db, path, DB_WRITER, false, err);
    if (st == OK)
        st = store_reader_open(&k->reader, store, err);
    if (st != OK) {
        db_close(&k->db);
        free(k);
        return st;
    }
    pthread_mutex_init(&k->lock, NULL);
    mono_cond_init(&k->wake);
    *out = k;
    if (pthread_create(&k->thread, NULL, keep, k) == 0)
        return OK;
    store_reader_close(k->reader);
    db_close(&k->db);
    free(k);
    *out = NULL;
    return err_set(err, E_IO, "cannot start a thread");
}

void
keeper_stop(struct keeper *k)
{
    if (k == NULL)
        return;
    pthread_mutex_lock(&k->lock);
    k->stopping = true;
    pthread_mutex_unlock(&k->lock);
    pthread_cond_signal(&k->wake);
    pthread_join(k->thread, NULL);
    pthread_cond_destroy(&k->wake);
    pthread_mutex_destroy(&k->lock);
    store_reader_close(k->reader);
    db_close(&k->db);
    free(k);
}
