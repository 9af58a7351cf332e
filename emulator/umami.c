/* umami.c - what the collector of hits keeps in memory.
 * SPDX-License-Identifier: MIT
 *
 * Umami signs with APP_SECRET. A development server mostly has none, and then the secret is a fixed
 * one: ids stay the same from start to start, as they do for who sets it. */
#include "config.h"

#include "emulator/umami.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/table.h"
#include "emulator/geo_db.h"

#define SECRET_OTHERWISE "obsview-development-secret"
#define VISITS_KEPT      16384
#define KEY_MAX          2048 /* of a visit; a longer one is hashed again each time */
#define TOKENS_KEPT      4096
#define AGENTS_KEPT      2048
#define SCRIPT_MAX       (1024 * 1024) /* the original has 4.6 KB */
#define AGENT_BYTES      1024          /* longer ones are judged again each time */

/* The last ids of a sender. For one who comes again within the hour, asking memory is ten times
 * faster than hashing. */
struct visit {
    int64_t hour_end_s;
    char session_id[UUID_TEXT];
    char visit_id[UUID_TEXT];
};

struct umami {
    const struct emulator_options *options;
    struct umami_env env;
    struct geo_db *geo;
    struct umami_place_rules rules;
    struct buf script;
    pthread_mutex_t lock;
    /* under the lock */
    struct umami_agents *agents; /* made for the first hit */
    struct umami_signer *signer;
    struct buf key;
    struct table visits;   /* sender -> struct visit */
    struct table issued;   /* claims -> text of the token */
    struct table opened;   /* text of a token that is ours -> struct umami_token */
    struct table judged;   /* user agent -> struct umami_agent */
    struct table websites; /* id -> bool: it is gone */
};

struct umami *
umami_new(const struct emulator_options *options)
{
    struct umami *u = xcalloc(1, sizeof *u);

    u->options = options;
    buf_init(&u->script, SCRIPT_MAX);
    buf_init(&u->key, KEY_MAX);
    table_init(&u->visits, sizeof(struct visit));
    pthread_mutex_init(&u->lock, NULL);
    table_init(&u->issued, UMAMI_TOKEN_TEXT);
    table_init(&u->opened, sizeof(struct umami_token));
    table_init(&u->judged, sizeof(struct umami_agent));
    table_init(&u->websites, sizeof(bool));
    return u;
}

void
umami_free(struct umami *u)
{
    if (u == NULL)
        return;
    umami_agents_free(u->agents);
    buf_fini(&u->script);
    geo_db_close(u->geo);
    umami_signer_free(u->signer);
    buf_fini(&u->key);
    table_fini(&u->visits);
    table_fini(&u->issued);
    table_fini(&u->opened);
    table_fini(&u->judged);
    table_fini(&u->websites);
    pthread_mutex_destroy(&u->lock);
    free(u);
}

static const char *
first_given(const char *option, const char *variable, const char *otherwise)
{
    if (option != NULL && *option != '\0')
        return option;
    return variable == NULL ? otherwise : variable;
}

static enum status
read_script(struct umami *u, struct err *err)
{
    const char *path = u->options->umami_script;
    struct err why;

    if (path == NULL || buf_read_file(&u->script, path, &why) == OK)
        return OK;
    return err_set(err, E_USAGE, "--umami-script: %s", why.text);
}

static enum status
open_places(struct umami *u, struct err *err)
{
    const char *path = first_given(u->options->geo_db, u->env.geo_db, NULL);
    struct err why;

    u->rules = (struct umami_place_rules){ .dialect = umami_dialect(u),
                                           .client_ip_header = u->env.client_ip_header,
                                           .skips_headers = u->env.skips_place_headers };
    if (path == NULL)
        return OK;
    if (geo_db_open(&u->geo, path, &why) != OK)
        return err_set(err, E_USAGE, "%s: %s",
                       path == u->env.geo_db ? "GEOLITE_DB_PATH" : "--geo-db", why.text);
    u->rules.locate = geo_db_locate;
    u->rules.locate_arg = u->geo;
    return OK;
}

enum status
umami_prepare(struct umami *u, struct err *err)
{
    enum status st = umami_env_read(&u->env, umami_dialect(u), getenv, err);

    if (st != OK)
        return st;
    u->signer = umami_signer_new(
        first_given(u->options->umami_secret, u->env.app_secret, SECRET_OTHERWISE), u->env.salt);
    st = open_places(u, err);
    return st == OK ? read_script(u, err) : st;
}

const struct umami_env *
umami_environment(const struct umami *u)
{
    return &u->env;
}

const struct umami_place_rules *
umami_rules(const struct umami *u)
{
    return &u->rules;
}

const struct buf *
umami_script(const struct umami *u)
{
    return u->options->umami_script == NULL ? NULL : &u->script;
}

enum umami_dialect
umami_dialect(const struct umami *u)
{
    return u->options->umami_v3 ? UMAMI_V3 : UMAMI_V2;
}

const char *
umami_key(const struct umami *u)
{
    return umami_signer_key(u->signer);
}

bool
umami_drops_bots(const struct umami *u)
{
    return u->options->umami_drop_bots;
}

bool
umami_checks_bots(const struct umami *u)
{
    return u->options->umami_drop_bots || !u->env.skips_bot_check;
}

bool
umami_is_strict(const struct umami *u)
{
    return u->options->umami_strict;
}

static void
add_part(struct buf *key, const char *text)
{
    if (text != NULL)
        buf_adds(key, text);
    buf_addc(key, '\0');
}

/* Under the lock: what is remembered of a sender, new with an hour that is over; NULL when its
 * texts are too long to be kept. */
static struct visit *
recall(struct umami *u, const struct umami_sender *sender)
{
    struct buf *key = &u->key;
    struct visit *known;

    buf_clear(key);
    add_part(key, sender->target);
    add_part(key, sender->ip);
    add_part(key, sender->user_agent);
    add_part(key, sender->distinct_id);
    if (buf_failed(key))
        return NULL;
    known = table_find(&u->visits, key->data, key->len);
    if (known != NULL)
        return known;
    if (u->visits.count >= VISITS_KEPT)
        table_clear(&u->visits);
    known = table_add(&u->visits, key->data, key->len);
    *known = (struct visit){ .hour_end_s = INT64_MIN };
    return known;
}

/* Under the lock, with the signer at the time. */
static void
find_ids(struct umami *u, const struct umami_sender *sender, struct umami_ids *out)
{
    struct visit fresh = { .hour_end_s = umami_signer_hour_end(u->signer) };
    struct visit *known = recall(u, sender);

    *out = (struct umami_ids){ 0 };
    if (known != NULL) {
        memcpy(out->last_session_id, known->session_id, UUID_TEXT);
        memcpy(out->last_visit_id, known->visit_id, UUID_TEXT);
    }
    if (known == NULL || known->hour_end_s != fresh.hour_end_s) {
        umami_session_id(fresh.session_id, u->signer, sender);
        umami_visit_id(fresh.visit_id, u->signer, fresh.session_id);
        if (known != NULL)
            *known = fresh;
    } else {
        fresh = *known;
    }
    memcpy(out->session_id, fresh.session_id, UUID_TEXT);
    memcpy(out->visit_id, fresh.visit_id, UUID_TEXT);
}

bool
umami_identify(struct umami *u, const struct umami_sender *sender, int64_t time_s,
               struct umami_ids *out)
{
    bool is_date;

    pthread_mutex_lock(&u->lock);
    is_date = umami_signer_enter(u->signer, time_s);
    if (is_date)
        find_ids(u, sender, out);
    pthread_mutex_unlock(&u->lock);
    return is_date;
}

/* Under the lock. A tracker sends back what it was given: what was issued need not be verified, and
 * what was verified mostly is issued again as it is. */
static void
remember_token(struct umami *u, const struct umami_token *token, const char *text)
{
    const size_t len = strlen(text);
    struct umami_token *known;

    if (len >= UMAMI_TOKEN_TEXT || table_find(&u->opened, text, len) != NULL)
        return;
    if (u->opened.count >= TOKENS_KEPT)
        table_clear(&u->opened);
    known = table_add(&u->opened, text, len);
    *known = *token;
}

bool
umami_open_token(struct umami *u, const char *text, struct umami_token *out)
{
    const struct umami_token *known;
    bool is_ours = true;

    pthread_mutex_lock(&u->lock);
    known = table_find(&u->opened, text, strlen(text));
    if (known != NULL)
        *out = *known;
    else
        is_ours = umami_token_read(out, u->signer, text);
    if (known == NULL && is_ours)
        remember_token(u, out, text);
    pthread_mutex_unlock(&u->lock);
    return is_ours;
}

/* Under the lock. */
static const char *
issue(struct umami *u, const struct umami_token *token)
{
    struct buf *key = &u->key;
    char *text;

    buf_clear(key);
    buf_add(key, &token->iat_s, sizeof token->iat_s);
    add_part(key, token->website_id);
    add_part(key, token->session_id);
    add_part(key, token->visit_id);
    text = table_find(&u->issued, key->data, key->len);
    if (text != NULL)
        return text;
    if (u->issued.count >= TOKENS_KEPT)
        table_clear(&u->issued);
    text = umami_token_print(table_add(&u->issued, key->data, key->len), u->signer, token);
    remember_token(u, token, text);
    return text;
}

char *
umami_sign_token(struct umami *u, const struct umami_token *token, char text[UMAMI_TOKEN_TEXT])
{
    pthread_mutex_lock(&u->lock);
    memcpy(text, issue(u, token), UMAMI_TOKEN_TEXT);
    pthread_mutex_unlock(&u->lock);
    return text;
}

/* Under the lock, as a new user agent is rare. A pattern that does not compile is our bug, which
 * the unit tests find; hits then have neither browser nor system. */
static void
judge(struct umami *u, const char *user_agent, struct umami_agent *out)
{
    struct err err;

    *out = (struct umami_agent){ 0 };
    if (u->agents != NULL || umami_agents_new(&u->agents, &err) == OK)
        umami_agents_judge(u->agents, user_agent, out);
}

void
umami_agent_of(struct umami *u, const char *user_agent, struct umami_agent *out)
{
    size_t len = strlen(user_agent);
    struct umami_agent *known;

    pthread_mutex_lock(&u->lock);
    known = table_find(&u->judged, user_agent, len);
    if (known != NULL) {
        *out = *known;
    } else {
        judge(u, user_agent, out);
        if (u->judged.count >= AGENTS_KEPT)
            table_clear(&u->judged);
        if (len <= AGENT_BYTES) {
            known = table_add(&u->judged, user_agent, len);
            *known = *out;
        }
    }
    pthread_mutex_unlock(&u->lock);
}

/* --- websites --------------------------------------------------------------------------------- */

/* Under the lock. */
static void
set_gone(struct umami *u, const char *id, bool is_gone)
{
    bool *known = table_find(&u->websites, id, strlen(id));

    if (known == NULL && u->websites.count < UMAMI_WEBSITES_MAX)
        known = table_add(&u->websites, id, strlen(id));
    if (known != NULL)
        *known = is_gone;
}

static void
take_website(void *arg, const char *id, bool is_deleted)
{
    set_gone(arg, id, is_deleted);
}

enum status
umami_load(struct umami *u, struct store_reader *reader, struct err *err)
{
    enum status st;

    pthread_mutex_lock(&u->lock);
    table_clear(&u->websites);
    table_clear(&u->visits);
    st = store_visit_websites(reader, take_website, u, err);
    pthread_mutex_unlock(&u->lock);
    return st;
}

enum umami_website_state
umami_website_seen(struct umami *u, const char *id)
{
    enum umami_website_state found = UMAMI_WEBSITE_KNOWN;
    const bool *known;

    pthread_mutex_lock(&u->lock);
    known = table_find(&u->websites, id, strlen(id));
    if (known != NULL && *known)
        found = UMAMI_WEBSITE_GONE;
    else if (known == NULL && (umami_is_strict(u) || u->websites.count >= UMAMI_WEBSITES_MAX))
        found = UMAMI_WEBSITE_GONE;
    else if (known == NULL)
        found = UMAMI_WEBSITE_NEW;
    if (found == UMAMI_WEBSITE_NEW)
        set_gone(u, id, false);
    pthread_mutex_unlock(&u->lock);
    return found;
}

bool
umami_website_is_known(struct umami *u, const char *id)
{
    const bool *gone;
    bool is_known;

    pthread_mutex_lock(&u->lock);
    gone = table_find(&u->websites, id, strlen(id));
    is_known = gone != NULL && !*gone;
    pthread_mutex_unlock(&u->lock);
    return is_known;
}

void
umami_website_made(struct umami *u, const char *id)
{
    pthread_mutex_lock(&u->lock);
    set_gone(u, id, false);
    pthread_mutex_unlock(&u->lock);
}

void
umami_website_gone(struct umami *u, const char *id)
{
    pthread_mutex_lock(&u->lock);
    set_gone(u, id, true);
    pthread_mutex_unlock(&u->lock);
}
