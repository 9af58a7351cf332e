/* alarm_change.c - alarms and their history are written.
 * SPDX-License-Identifier: MIT
 *
 * Changes are rare (someone configures, a state turns), so each is a job of its own on the writer
 * thread and its caller waits. Events go into the same transaction as the change they tell of. */
#include "config.h"

#include "store/store_inside.h"

struct batch {
    const struct alarm_change *changes;
    size_t count;
};

static void
bind_text(sqlite3_stmt *st, int at, const char *text)
{
    sqlite3_bind_text(st, at, text == NULL ? "" : text, -1, SQLITE_STATIC);
}

static enum status
put(struct writer *w, const struct alarm_row *row, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ALARM_PUT);

    bind_text(st, 1, row->name);
    sqlite3_bind_int(st, 2, row->is_composite);
    sqlite3_bind_int(st, 3, row->actions_enabled);
    bind_text(st, 4, row->definition);
    bind_text(st, 5, row->tags);
    sqlite3_bind_int(st, 6, (int)row->state);
    bind_text(st, 7, row->reason);
    bind_text(st, 8, row->reason_data);
    sqlite3_bind_int64(st, 9, row->updated_ms);
    sqlite3_bind_int64(st, 10, row->changed_ms);
    sqlite3_bind_int64(st, 11, row->configured_ms);
    return db_run(&w->db, st, err);
}

static enum status
set_state(struct writer *w, const struct alarm_row *row, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ALARM_STATE);

    bind_text(st, 1, row->name);
    sqlite3_bind_int(st, 2, (int)row->state);
    bind_text(st, 3, row->reason);
    bind_text(st, 4, row->reason_data);
    sqlite3_bind_int64(st, 5, row->updated_ms);
    sqlite3_bind_int64(st, 6, row->changed_ms);
    return db_run(&w->db, st, err);
}

static enum status
set_actions(struct writer *w, const struct alarm_row *row, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ALARM_ACTIONS);

    bind_text(st, 1, row->name);
    sqlite3_bind_int(st, 2, row->actions_enabled);
    sqlite3_bind_int64(st, 3, row->configured_ms);
    return db_run(&w->db, st, err);
}

static enum status
set_tags(struct writer *w, const struct alarm_row *row, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ALARM_TAGS);

    bind_text(st, 1, row->name);
    bind_text(st, 2, row->tags);
    return db_run(&w->db, st, err);
}

static enum status
drop(struct writer *w, const struct alarm_row *row, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ALARM_DROP);

    bind_text(st, 1, row->name);
    return db_run(&w->db, st, err);
}

static enum status (*const changers[])(struct writer *, const struct alarm_row *, struct err *) = {
    [ALARM_PUT] = put,
    [ALARM_DELETE] = drop,
    [ALARM_SET_STATE] = set_state,
    [ALARM_SET_ACTIONS] = set_actions,
    [ALARM_SET_TAGS] = set_tags,
};

static enum status
add_event(struct writer *w, const struct alarm_event *event, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_EVENT_ADD);

    bind_text(st, 1, event->name);
    sqlite3_bind_int(st, 2, event->is_composite);
    sqlite3_bind_int(st, 3, (int)event->kind);
    sqlite3_bind_int64(st, 4, event->time_ms);
    bind_text(st, 5, event->summary);
    bind_text(st, 6, event->data);
    return db_run(&w->db, st, err);
}

static enum status
count_alarms(struct writer *w, int64_t *count, struct err *err)
{
    return db_get_int(&w->db, db_stmt(&w->db, SQL_ALARM_COUNT), 0, count, err);
}

static enum status
exists(struct writer *w, const char *name, bool *out, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ALARM_GET);
    enum status status;

    bind_text(st, 1, name);
    status = db_next(&w->db, st, out, err);
    if (st != NULL)
        sqlite3_reset(st);
    return status;
}

/* Room is looked for before anything is written: a job that fails with another status than E_IO
 * leaves what it wrote. */
static enum status
check_room(struct writer *w, const struct batch *batch, struct err *err)
{
    int64_t count = 0, more = 0;
    enum status st = count_alarms(w, &count, err);
    bool is_known;

    for (size_t i = 0; i < batch->count && st == OK; i++) {
        if (batch->changes[i].kind != ALARM_PUT)
            continue;
        st = exists(w, batch->changes[i].row.name, &is_known, err);
        more += st == OK && !is_known;
    }
    if (st == OK && more > 0 && count + more > STORE_ALARMS_MAX)
        return err_set(err, E_LIMIT, "there are %lld alarms, and at most %d are kept",
                       (long long)count, STORE_ALARMS_MAX);
    return st;
}

static enum status
change_job(struct writer *w, void *arg, struct err *err)
{
    const struct batch *batch = arg;
    enum status st = check_room(w, batch, err);

    for (size_t i = 0; i < batch->count && st == OK; i++) {
        const struct alarm_change *change = &batch->changes[i];

        st = changers[change->kind](w, &change->row, err);
        if (change->kind != ALARM_PUT && sqlite3_changes(w->db.handle) == 0)
            continue;
        for (size_t k = 0; k < change->event_count && st == OK; k++)
            st = add_event(w, &change->events[k], err);
    }
    return st;
}

enum status
store_change_alarms(struct store *s, const struct alarm_change *changes, size_t count,
                    struct err *err)
{
    struct batch batch = { changes, count };
    enum status st = store_ask_writer(s, change_job, NULL, &batch, err);

    if (st == OK)
        s->counters.alarm_changes++;
    return st;
}

uint64_t
store_alarm_generation(const struct store *s)
{
    return s->counters.alarm_changes;
}

struct claim {
    const char *giver;
    bool first;
};

static enum status
claim_job(struct writer *w, void *arg, struct err *err)
{
    struct claim *claim = arg;
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ALARM_CLAIM);
    enum status status;

    bind_text(st, 1, claim->giver);
    status = db_run(&w->db, st, err);
    claim->first = status == OK && sqlite3_changes(w->db.handle) > 0;
    return status;
}

enum status
store_claim_alarms(struct store *s, const char *giver, bool *first, struct err *err)
{
    struct claim claim = { .giver = giver };
    enum status st = store_ask_writer(s, claim_job, NULL, &claim, err);

    if (st == OK)
        *first = claim.first;
    return st;
}
