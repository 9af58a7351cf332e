/* provider.c - one search at a time, and when to begin the next.
 * SPDX-License-Identifier: MIT
 *
 * A search reads the files anew, makes a plan, asks the plan's place for the first keys and assumes
 * its roles with them, one after another. The old keys stay in force until it has found others.
 *
 * When to search: there are no keys; less than fifteen minutes of them are left (in the
 * background), or less than ten (who asks waits), as botocore does; a service refuses them. Keys
 * that come with less than that are used until they end, or a program that hands out short keys
 * would be run without pause.
 *
 * While something is wrong (no keys, or refused ones) the files that the plan was made of are
 * looked at every few seconds, and a change begins a search: that is how a login made in another
 * terminal arrives here. */
#include "config.h"

#include "aws/provider.h"

#include "aws/key_plan.h"
#include "aws/key_source.h"
#include "aws/machine_region.h"
#include "aws/refusal.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RENEW_MS (15 * 60000) /* botocore, credentials.py: advisory and mandatory */
#define WAIT_MS  (10 * 60000)
#define AGAIN_MS                                                                  \
    60000 /* between background searches, and before refused keys are believed in \
             again */
#define WATCH_MS 3000
#define PAUSE_MS 5000 /* between searches that find nothing */
#define CODE_MAX 16
#define FILES    3

/* What a file was like; zeros when it is not there. */
struct file_state {
    int64_t modified_ns;
    int64_t size;
};

struct provider {
    struct net *net;
    const struct aws_target *target;
    provider_done *done;
    void *arg;

    struct aws_credentials keys;
    int64_t found_ms;     /* wall time */
    uint64_t searched_ns; /* the end of the last search; 0: none yet */
    bool has_failed;      /* the last search */
    bool is_refused;      /* the keys in force */
    struct err failure;
    char *region;
    char *source;

    /* the search under way */
    bool is_searching;
    struct net_wait *starting;
    struct shared_files *files;
    struct key_plan plan;
    struct key_job *job;
    struct machine_region *asking_region;
    struct aws_credentials so_far;
    size_t role;
    char *sts_url;

    char code[CODE_MAX];
    char *wants_code; /* the device; NULL: none */

    struct net_wait *watch;
    struct file_state seen[FILES];
    char *cache_file; /* of the last plan */
};

static void begin(struct provider *p);
static void next_step(struct provider *p);

/* --- watching the files --- */

static struct file_state
look_at(const char *path)
{
    struct stat st;

    if (path == NULL || stat(path, &st) != 0)
        return (struct file_state){ 0, 0 };
    return (struct file_state){
        .modified_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
        .size = st.st_size + 1,
    };
}

static void
look_at_all(const struct provider *p, struct file_state out[FILES])
{
    const struct aws_environment *env = &p->target->env;
    char *credentials = shared_files_path(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    char *config = shared_files_path(env, "AWS_CONFIG_FILE", "config");

    out[0] = look_at(credentials);
    out[1] = look_at(config);
    out[2] = look_at(p->cache_file);
    free(credentials);
    free(config);
}

static void
on_watch(void *arg, bool is_ready)
{
    struct provider *p = arg;
    struct file_state now[FILES];

    (void)is_ready;
    p->watch = NULL;
    if (!p->has_failed && !p->is_refused)
        return;
    look_at_all(p, now);
    if (!p->is_searching && memcmp(now, p->seen, sizeof now) != 0)
        begin(p);
    p->watch = net_wait(p->net, -1, WATCH_MS, on_watch, p);
}

static void
keep_watch(struct provider *p)
{
    if (p->watch == NULL)
        p->watch = net_wait(p->net, -1, WATCH_MS, on_watch, p);
}

/* --- the search --- */

static void
drop_search(struct provider *p)
{
    net_wait_cancel(p->starting);
    key_job_cancel(p->job);
    machine_region_cancel(p->asking_region);
    shared_files_free(p->files);
    key_plan_fini(&p->plan);
    aws_credentials_fini(&p->so_far);
    free(p->sts_url);
    p->starting = NULL;
    p->job = NULL;
    p->asking_region = NULL;
    p->files = NULL;
    p->plan = (struct key_plan){ .arena = NULL };
    p->sts_url = NULL;
    p->is_searching = false;
    explicit_bzero(p->code, sizeof p->code);
}

static void
end(struct provider *p, const struct err *err)
{
    p->searched_ns = mono_ns();
    p->has_failed = err != NULL;
    if (err != NULL) {
        p->failure = *err;
        keep_watch(p);
    }
    drop_search(p);
    p->done(p->arg, err);
}

static void
take_keys(struct provider *p)
{
    p->so_far.source = xstrdup(p->plan.source);
    p->is_refused = p->is_refused && aws_credentials_equal(&p->keys, &p->so_far);
    aws_credentials_fini(&p->keys);
    p->keys = p->so_far;
    p->so_far = (struct aws_credentials){ 0 };
    p->found_ms = refusal_wall_ms();
    free(p->wants_code);
    p->wants_code = NULL;
    end(p, NULL);
}

static void
on_keys(void *arg, struct aws_credentials *keys, const struct err *err)
{
    struct provider *p = arg;
    const struct key_role *role = p->role == 0 ? NULL : &p->plan.roles[p->role - 1];

    p->job = NULL;
    if (err == NULL) {
        aws_credentials_fini(&p->so_far);
        p->so_far = *keys;
        *keys = (struct aws_credentials){ 0 };
        next_step(p);
        return;
    }
    if (role != NULL && role->mfa_serial != NULL) { /* the code is used up */
        free(p->wants_code);
        p->wants_code = xstrdup(role->mfa_serial);
    }
    end(p, err);
}

static const struct key_order *
order_of(struct provider *p, struct key_order *out)
{
    *out = (struct key_order){
        .net = p->net,
        .env = &p->target->env,
        .plan = &p->plan,
        .region = p->region,
        .sts_url = p->sts_url,
    };
    return out;
}

static void
assume_next(struct provider *p)
{
    const struct key_role *role = &p->plan.roles[p->role];
    struct key_order order;
    struct err err;

    order_of(p, &order);
    order.role = role;
    order.keys = &p->so_far;
    order.code = p->code;
    if (role->mfa_serial != NULL && p->code[0] == '\0') {
        free(p->wants_code);
        p->wants_code = xstrdup(role->mfa_serial);
        err_set(&err, E_AUTH,
                "profile %s needs a code of the MFA device %s: type :mfa and the code on the "
                "screen",
                role->profile, role->mfa_serial);
        end(p, &err);
        return;
    }
    p->role++;
    p->job = key_role_start(&order, on_keys, p);
}

static void
ask_place(struct provider *p)
{
    static struct key_job *(*const places[KEY_PLACES])(const struct key_order *, key_done *,
                                                       void *) = {
        [KEYS_WEB_IDENTITY] = key_web_identity_start,
        [KEYS_SSO] = key_sso_start,
        [KEYS_LOGIN] = key_login_start,
        [KEYS_PROCESS] = key_process_start,
        [KEYS_CONTAINER] = key_container_start,
        [KEYS_IMDS] = key_imds_start,
    };
    struct key_order order;

    p->job = places[p->plan.place](order_of(p, &order), on_keys, p);
}

static void
next_step(struct provider *p)
{
    bool has_first = p->so_far.access_key != NULL;

    if (!has_first && p->plan.place == KEYS_GIVEN)
        aws_credentials_copy(&p->so_far, &p->plan.given);
    else if (!has_first) {
        ask_place(p);
        return;
    }
    free(p->so_far.source);
    p->so_far.source = NULL;
    if (p->role < p->plan.role_count)
        assume_next(p);
    else if (p->so_far.expires_ms != 0 && p->so_far.expires_ms <= refusal_wall_ms()) {
        struct err err;

        err_set(&err, E_AUTH, "the AWS credentials (%s) have expired: sign in again",
                p->plan.source);
        end(p, &err);
    } else
        take_keys(p);
}

static void
on_region(void *arg, const char *region)
{
    struct provider *p = arg;
    struct err err;

    p->asking_region = NULL;
    if (region == NULL) {
        err_set(&err, E_USAGE, "no AWS region: set AWS_REGION, or region in profile %s",
                p->target->profile);
        end(p, &err);
        return;
    }
    p->region = xstrdup(region);
    p->sts_url = aws_target_url(p->target, AWS_STS, region);
    next_step(p);
}

static void
on_start(void *arg, bool is_ready)
{
    struct provider *p = arg;
    const struct aws_target *target = p->target;
    struct err err = { 0 };

    (void)is_ready;
    p->starting = NULL;
    if (shared_files_read(&p->files, &target->env, &err) != OK ||
        key_plan_make(&p->plan, &target->env, p->files,
                      target->profile_is_named ? target->profile : NULL, &err) != OK) {
        look_at_all(p, p->seen);
        end(p, &err);
        return;
    }
    free(p->cache_file);
    free(p->source);
    p->cache_file = p->plan.cache_file == NULL ? NULL : xstrdup(p->plan.cache_file);
    p->source = xstrdup(p->plan.source);
    look_at_all(p, p->seen);
    if (p->region == NULL) {
        p->asking_region = machine_region_ask(
            p->net, key_plan_imds_url(&target->env, p->files, target->profile), on_region, p);
        return;
    }
    p->sts_url = aws_target_url(target, AWS_STS, p->region);
    next_step(p);
}

static void
begin(struct provider *p)
{
    if (p->is_searching)
        return;
    p->is_searching = true;
    p->role = 0;
    p->starting = net_wait(p->net, -1, 0, on_start, p);
}

/* A failure is as good as a search for a moment: many ask at once, and one program need not be run
 * for each. */
static void
on_failed_again(void *arg, bool is_ready)
{
    struct provider *p = arg;
    struct err err = p->failure;

    (void)is_ready;
    p->starting = NULL;
    p->is_searching = false;
    p->done(p->arg, &err);
}

static void
begin_or_repeat(struct provider *p)
{
    uint64_t pause_ns = PAUSE_MS * 1000000ULL;

    if (p->is_searching)
        return;
    if (p->has_failed && mono_ns() - p->searched_ns < pause_ns) {
        p->is_searching = true;
        p->starting = net_wait(p->net, -1, 0, on_failed_again, p);
    } else
        begin(p);
}

/* --- for the client --- */

struct provider *
provider_new(struct net *net, const struct aws_target *target, provider_done *done, void *arg)
{
    struct provider *p = xcalloc(1, sizeof *p);

    p->net = net;
    p->target = target;
    p->done = done;
    p->arg = arg;
    p->region = target->region == NULL ? NULL : xstrdup(target->region);
    if (target->credentials.access_key != NULL) {
        aws_credentials_copy(&p->keys, &target->credentials);
        p->source = xstrdup(p->keys.source == NULL ? "" : p->keys.source);
    }
    return p;
}

void
provider_free(struct provider *p)
{
    if (p == NULL)
        return;
    drop_search(p);
    net_wait_cancel(p->watch);
    aws_credentials_fini(&p->keys);
    free(p->region);
    free(p->source);
    free(p->wants_code);
    free(p->cache_file);
    free(p);
}

static bool
is_fixed(const struct provider *p)
{
    return p->target->credentials.access_key != NULL;
}

/* Keys that were short from the start are not renewed by the general rule. */
static int64_t
left_ms(const struct provider *p, int64_t rule_ms)
{
    int64_t life = p->keys.expires_ms - p->found_ms;

    return rule_ms < life ? rule_ms : 0;
}

const struct aws_credentials *
provider_keys(struct provider *p)
{
    int64_t left = p->keys.expires_ms - refusal_wall_ms();
    bool is_recent = mono_ns() - p->searched_ns < AGAIN_MS * 1000000ULL;

    if (is_fixed(p))
        return &p->keys;
    if (p->keys.access_key == NULL || (p->keys.expires_ms != 0 && left <= 0)) {
        begin_or_repeat(p);
        return NULL;
    }
    if (p->keys.expires_ms == 0 || left > left_ms(p, RENEW_MS))
        return &p->keys;
    if (!p->has_failed || !is_recent)
        begin(p);
    return p->is_searching && left < left_ms(p, WAIT_MS) ? NULL : &p->keys;
}

const struct aws_credentials *
provider_alive(const struct provider *p)
{
    bool is_over = p->keys.expires_ms != 0 && p->keys.expires_ms <= refusal_wall_ms();

    return p->keys.access_key == NULL || is_over ? NULL : &p->keys;
}

bool
provider_is_searching(const struct provider *p)
{
    return p->is_searching;
}

const char *
provider_region(const struct provider *p)
{
    return p->region;
}

bool
provider_refused(struct provider *p, const struct aws_credentials *keys)
{
    bool is_recent = mono_ns() - p->searched_ns < AGAIN_MS * 1000000ULL;

    if (is_fixed(p))
        return false;
    if (!aws_credentials_equal(keys, &p->keys))
        return true; /* others are in force already */
    if (p->is_refused && is_recent && !p->is_searching)
        return false;
    p->is_refused = true;
    keep_watch(p);
    begin(p);
    return true;
}

const char *
provider_wants_code(const struct provider *p)
{
    return p->wants_code;
}

void
provider_give_code(struct provider *p, const char *code)
{
    drop_search(p); /* it would only come to ask for a code */
    snprintf(p->code, sizeof p->code, "%s", code);
    free(p->wants_code);
    p->wants_code = NULL;
    begin(p);
}

const char *
provider_source(const struct provider *p)
{
    return p->source == NULL ? "" : p->source;
}
