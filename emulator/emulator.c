/* emulator.c - puts the parts together, and takes them apart in the opposite order.
 * SPDX-License-Identifier: MIT
 *
 * Stopping goes by the way of the data: first nobody new is let in, then what is under way is
 * answered, then the doors' threads end, then the readers, then what was counted is written, and
 * last the store, whose close commits what is left. */
#include "config.h"

#include "emulator/emulator.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "domain/recording_file.h"
#include "domain/stack.h"
#include "emulator/address.h"
#include "emulator/alarm_default.h"
#include "emulator/alarm_watch.h"
#include "emulator/changes.h"
#include "emulator/cost_ledger.h"
#include "emulator/emf_listener.h"
#include "emulator/faults.h"
#include "emulator/guards.h"
#include "emulator/insights_jobs.h"
#include "emulator/intake.h"
#include "emulator/keyring.h"
#include "emulator/live_tails.h"
#include "emulator/metric_filters.h"
#include "emulator/openreplay.h"
#include "emulator/parts.h"
#include "emulator/player.h"
#include "emulator/privacy.h"
#include "emulator/rate_limit.h"
#include "emulator/readers.h"
#include "emulator/s3_objects.h"
#include "emulator/server.h"
#include "emulator/service_metrics.h"
#include "emulator/stack_file.h"
#include "emulator/tally.h"
#include "emulator/throttle.h"
#include "emulator/umami.h"
#include "emulator/umami_loading.h"

#define STEP_WAIT_MS 60000
#define MINUTE_MS    60000
#define RETAIN_MS    3600000 /* how often what is too old goes */

struct emulator {
    struct emulator_options options;
    struct arena *arena; /* copies of the options' strings, and addresses */
    struct names names;
    const char *url;
    const char *emf_address;
    uint64_t started_ns;
    atomic_bool stopping;
    atomic_uint copies; /* of the database that are made or read */

    struct stack *stack;
    struct cost_ledger *cost_ledger;
    struct store *store;
    struct readers *readers;
    struct insights_jobs *insights;
    struct changes *changes;
    struct alarm_watch *alarm_watch;
    struct intake *intake;
    struct rate_limit *rate_limit;
    struct tally *tally;
    struct keyring *keyring;
    struct throttle *throttle;
    struct metric_filters *metric_filters;
    struct service_metrics *service_metrics;
    struct live_tails *live_tails;
    struct umami *umami;
    struct s3_objects *s3_objects;
    struct openreplay *openreplay;
    struct faults *faults;
    struct privacy *privacy;
    struct umami_loading *umami_loading;
    struct server *server;
    struct emf_listener *emf;
    struct player *player;
};

/* --- copies of the options -------------------------------------------------------------------- */

static const char *
copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

static const char *const *
copy_list(struct arena *arena, const char *const *list)
{
    const char **copy;
    size_t count = 0;

    if (list == NULL)
        return NULL;
    while (list[count] != NULL)
        count++;
    copy = arena_alloc(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = arena_strdup(arena, list[i]);
    return copy;
}

static void
copy_keys(struct emulator *em, const struct emulator_options *from)
{
    struct emulator_key *keys = arena_alloc(em->arena, (from->key_count + 1) * sizeof *keys);

    for (size_t i = 0; i < from->key_count; i++)
        keys[i] =
            (struct emulator_key){ .access_key = copy_text(em->arena, from->keys[i].access_key),
                                   .secret = copy_text(em->arena, from->keys[i].secret),
                                   .token = copy_text(em->arena, from->keys[i].token) };
    em->options.keys = keys;
}

static void
copy_options(struct emulator *em, const struct emulator_options *from)
{
    struct emulator_options *o = &em->options;

    *o = *from;
    o->listen = copy_text(em->arena, from->listen);
    o->emf_listen = copy_text(em->arena, from->emf_listen);
    if (o->emf_listen != NULL && strcmp(o->emf_listen, "off") == 0)
        o->emf_listen = NULL;
    o->db = copy_text(em->arena, from->db);
    o->token =
        from->token == NULL || *from->token == '\0' ? NULL : copy_text(em->arena, from->token);
    o->allow_origins = copy_list(em->arena, from->allow_origins);
    o->allow_hosts = copy_list(em->arena, from->allow_hosts);
    o->throttle = copy_list(em->arena, from->throttle);
    o->faults = copy_list(em->arena, from->faults);
    o->environment = copy_text(em->arena, from->environment == NULL ? "dev" : from->environment);
    o->region = copy_text(em->arena, from->region == NULL ? "us-east-1" : from->region);
    o->emf_group = copy_text(em->arena, from->emf_group);
    o->demo_path = copy_text(em->arena, from->demo_path);
    o->stack_path = copy_text(em->arena, from->stack_path);
    o->umami_secret = copy_text(em->arena, from->umami_secret);
    o->umami_script = copy_text(em->arena, from->umami_script);
    o->recordings_bucket = copy_text(
        em->arena, from->recordings_bucket == NULL ? RECORDING_BUCKET : from->recordings_bucket);
    o->geo_db = copy_text(em->arena, from->geo_db);
    o->openreplay_prefix = copy_text(em->arena, from->openreplay_prefix);
    o->pii_rules = copy_text(em->arena, from->pii_rules);
    o->openreplay_project = copy_text(em->arena, from->openreplay_project);
    copy_keys(em, from);
    em->names = (struct names){ .allow_hosts = o->allow_hosts,
                                .token = o->token,
                                .allow_origins = o->allow_origins };
}

/* --- start --------------------------------------------------------------------------------------
 */

static enum status
check_reach(const struct emulator *em, const struct address *address, struct err *err)
{
    char text[ADDRESS_TEXT];

    if (guard_is_loopback(&address->sock) || em->names.token != NULL)
        return OK;
    address_format(text, &address->sock);
    return err_set(err, E_USAGE,
                   "will not listen on %s without a token: everybody who reaches it could read and "
                   "write (give --token TOKEN, or listen on 127.0.0.1)",
                   text);
}

/* The host part of "host:port" as a Host header would spell it. */
static const char *
host_of(struct arena *arena, const char *text)
{
    size_t len = (size_t)(strrchr(text, ':') - text);

    if (len >= 2 && text[0] == '[')
        return arena_strndup(arena, text + 1, len - 2);
    return arena_strndup(arena, text, len);
}

static enum status
bind_http(struct emulator *em, int *fd, struct err *err)
{
    struct address address;
    char text[ADDRESS_TEXT];
    enum status st;

    st = address_parse(&address, em->options.listen, "--listen", err);
    if (st == OK)
        st = check_reach(em, &address, err);
    if (st == OK)
        st = address_bind(fd, &address, SOCK_STREAM, "--listen", err);
    if (st != OK)
        return st;
    address_format(text, &address.sock);
    em->url = arena_printf(em->arena, "http://%s", text);
    em->names.host = host_of(em->arena, text);
    return OK;
}

/* TCP and UDP on the same port, also when the system picks it. */
static enum status
bind_emf(struct emulator *em, struct emf_doors *doors, struct err *err)
{
    struct address address;
    char text[ADDRESS_TEXT];
    enum status st = address_parse(&address, em->options.emf_listen, "--emf-listen", err);

    if (st == OK && !guard_is_loopback(&address.sock))
        st = err_set(err, E_USAGE,
                     "will not take EMF on %s: its protocol knows no token, so only loopback "
                     "addresses are allowed",
                     em->options.emf_listen);
    if (st == OK)
        st = address_bind(&doors->tcp_fd, &address, SOCK_STREAM, "--emf-listen", err);
    if (st == OK)
        st = address_bind(&doors->udp_fd, &address, SOCK_DGRAM, "--emf-listen", err);
    if (st != OK)
        return st;
    address_format(text, &address.sock);
    em->emf_address = arena_strdup(em->arena, text);
    return OK;
}

static enum status
start_emf(struct emulator *em, struct err *err)
{
    struct emf_doors doors = { .tcp_fd = -1, .udp_fd = -1, .in_fd = -1, .out_fd = -1 };
    enum status st = OK;

    if (em->options.emf_stdin) {
        doors.in_fd = STDIN_FILENO;
        doors.out_fd = STDOUT_FILENO;
    }
    if (em->options.emf_listen != NULL)
        st = bind_emf(em, &doors, err);
    if (st == OK && (doors.tcp_fd >= 0 || doors.in_fd >= 0))
        st = emf_listener_start(&em->emf, em, &doors, err);
    if (st == OK)
        return OK;
    if (doors.tcp_fd >= 0)
        close(doors.tcp_fd);
    if (doors.udp_fd >= 0)
        close(doors.udp_fd);
    return st;
}

/* Whoever asks the first question may be told all addresses. */
static enum status
start_doors(struct emulator *em, struct err *err)
{
    int fd;
    enum status st = bind_http(em, &fd, err);

    if (st != OK)
        return st;
    st = start_emf(em, err);
    if (st == OK)
        return server_start(&em->server, em, fd, err);
    close(fd);
    return st;
}

static enum status
load_from_store(struct emulator *em, struct err *err)
{
    struct store_reader *reader = NULL;
    enum status st = store_reader_open(&reader, em->store, err);

    if (st == OK)
        st = metric_filters_load(em->metric_filters, reader, err);
    if (st == OK)
        st = umami_load(em->umami, reader, err);
    store_reader_close(reader);
    return st;
}

static enum status
start_parts(struct emulator *em, struct err *err)
{
    const struct store_options store_options = {
        .path = em->options.db,
        .power_loss_safe = em->options.fsync,
        .max_bytes = em->options.max_bytes,
        .clock = em->options.clock,
        .is_stepped = em->options.is_stepped,
    };
    const struct live_tails_options tail_options = {
        .tick_ms = 1000,
        .life_ms = LIVE_TAIL_LIFE_S * 1000,
        .sessions = LIVE_TAIL_SESSIONS,
        .clock = em->options.clock,
    };
    enum status st = throttle_new(&em->throttle, em->options.throttle, err);

    if (st == OK)
        st = faults_begin(em->faults, em->options.faults, err);
    if (st == OK)
        st = stack_file_read(&em->stack, &em->options, err);
    if (st == OK)
        st = umami_prepare(em->umami, err);
    if (st == OK)
        st = openreplay_new(&em->openreplay, &em->options, err);
    if (st == OK)
        st = store_open(&em->store, &store_options, err);
    if (st == OK)
        st = load_from_store(em, err);
    if (st == OK)
        em->live_tails = live_tails_new(em->store, &tail_options);
    if (st == OK)
        st = readers_start(&em->readers, em->store, err);
    if (st == OK)
        em->insights = insights_jobs_new(em->readers, em->options.clock);
    if (st == OK)
        em->umami_loading = umami_loading_new(em);
    if (st == OK)
        st = changes_start(&em->changes, err);
    if (st == OK)
        st = service_metrics_start(&em->service_metrics, em, err);
    if (st == OK)
        st = privacy_start(&em->privacy, em, err);
    if (st == OK)
        st = alarm_default_make(em, err);
    if (st == OK)
        st = alarm_watch_start(&em->alarm_watch, em, err);
    if (st == OK)
        st = start_doors(em, err);
    if (st == OK && em->options.demo_path != NULL)
        st = player_start(&em->player, em, em->options.demo_path, err);
    return st;
}

/* Under a virtual clock a run has the fate of the run before it. */
static uint64_t
fault_seed(struct clock *clock)
{
    uint8_t uuid[16];

    if (clock_is_virtual(clock))
        return 1;
    clock_uuid(clock, uuid);
    return text_hash(uuid, sizeof uuid, 0);
}

enum status
emulator_start(struct emulator **out, const struct emulator_options *options, struct err *err)
{
    struct emulator *em = xcalloc(1, sizeof *em);
    enum status st;

    signal(SIGPIPE, SIG_IGN);
    em->arena = arena_new();
    em->started_ns = mono_ns();
    copy_options(em, options);
    em->intake = intake_new();
    em->cost_ledger = cost_ledger_new();
    em->tally = tally_new();
    em->metric_filters = metric_filters_new();
    em->umami = umami_new(&em->options);
    em->s3_objects = s3_objects_new();
    em->faults = faults_new(fault_seed(em->options.clock));
    em->rate_limit = rate_limit_new(em->options.rate_limit);
    em->keyring = keyring_new(em->options.keys, em->options.key_count);
    st = start_parts(em, err);
    if (st != OK) {
        emulator_stop(em);
        return st;
    }
    *out = em;
    return OK;
}

static enum status
settle(struct emulator *em, struct err *err)
{
    if (!privacy_settle(em->privacy, STEP_WAIT_MS))
        return err_set(err, E_BUSY, "the search for personal data did not end within %d s",
                       STEP_WAIT_MS / 1000);
    service_metrics_settle(em->service_metrics);
    if (!alarm_watch_await(em->alarm_watch, STEP_WAIT_MS))
        return err_set(err, E_BUSY, "the alarms were not judged within %d s", STEP_WAIT_MS / 1000);
    return OK;
}

enum status
emulator_step(struct emulator *em, int64_t now_ms, struct err *err)
{
    struct clock *clock = em->options.clock;
    const int64_t before_ms = clock_now_ms(clock), minute_ms = now_ms - now_ms % MINUTE_MS;
    enum status st = settle(em, err);

    if (st == OK && minute_ms > before_ms) {
        clock_set(clock, minute_ms);
        st = settle(em, err);
        if (st == OK && minute_ms / RETAIN_MS > before_ms / RETAIN_MS)
            st = store_retain(em->store, err);
    }
    clock_set(clock, now_ms);
    changes_poke(em->changes);
    return st;
}

void
emulator_stop(struct emulator *em)
{
    if (em == NULL)
        return;
    atomic_store(&em->stopping, true);
    if (em->changes != NULL)
        changes_end(em->changes);
    if (em->live_tails != NULL)
        live_tails_end(em->live_tails);
    player_stop(em->player);
    if (em->server != NULL)
        server_drain(em->server);
    server_stop(em->server);
    emf_listener_stop(em->emf);
    readers_stop(em->readers);
    privacy_stop(em->privacy);
    alarm_watch_stop(em->alarm_watch);
    service_metrics_stop(em->service_metrics);
    live_tails_free(em->live_tails);
    insights_jobs_free(em->insights);
    store_close(em->store);
    changes_stop(em->changes);
    intake_free(em->intake);
    tally_free(em->tally);
    metric_filters_free(em->metric_filters);
    rate_limit_free(em->rate_limit);
    keyring_free(em->keyring);
    throttle_free(em->throttle);
    umami_free(em->umami);
    s3_objects_free(em->s3_objects);
    openreplay_free(em->openreplay);
    faults_free(em->faults);
    umami_loading_free(em->umami_loading);
    cost_ledger_free(em->cost_ledger);
    stack_free(em->stack);
    arena_free(em->arena);
    free(em);
}

/* --- questions -----------------------------------------------------------------------------------
 */

const char *
emulator_url(const struct emulator *em)
{
    return em->url;
}

const char *
emulator_emf_address(const struct emulator *em)
{
    return em->emf_address;
}

unsigned
emulator_other_clients(const struct emulator *em)
{
    return server_foreign_connections(em->server);
}

struct store *
emulator_store(struct emulator *em)
{
    return em->store;
}

struct clock *
emulator_clock(struct emulator *em)
{
    return em->options.clock;
}

const struct emulator_options *
emulator_options(const struct emulator *em)
{
    return &em->options;
}

struct alarm_watch *
emulator_alarm_watch(struct emulator *em)
{
    return em->alarm_watch;
}

struct changes *
emulator_changes(struct emulator *em)
{
    return em->changes;
}

struct emf_listener *
emulator_emf_listener(struct emulator *em)
{
    return em->emf;
}

struct faults *
emulator_faults(struct emulator *em)
{
    return em->faults;
}

struct insights_jobs *
emulator_insights(struct emulator *em)
{
    return em->insights;
}

struct intake *
emulator_intake(struct emulator *em)
{
    return em->intake;
}

struct metric_filters *
emulator_metric_filters(struct emulator *em)
{
    return em->metric_filters;
}

const struct names *
emulator_names(const struct emulator *em)
{
    return &em->names;
}

struct openreplay *
emulator_openreplay(struct emulator *em)
{
    return em->openreplay;
}

struct privacy *
emulator_privacy(struct emulator *em)
{
    return em->privacy;
}

atomic_uint *
emulator_copies(struct emulator *em)
{
    return &em->copies;
}

struct rate_limit *
emulator_rate_limit(struct emulator *em)
{
    return em->rate_limit;
}

struct keyring *
emulator_keyring(struct emulator *em)
{
    return em->keyring;
}

struct live_tails *
emulator_live_tails(struct emulator *em)
{
    return em->live_tails;
}

struct readers *
emulator_readers(struct emulator *em)
{
    return em->readers;
}

struct service_metrics *
emulator_service_metrics(struct emulator *em)
{
    return em->service_metrics;
}

struct cost_ledger *
emulator_cost_ledger(struct emulator *em)
{
    return em->cost_ledger;
}

const struct stack *
emulator_stack(const struct emulator *em)
{
    return em->stack;
}

struct tally *
emulator_tally(struct emulator *em)
{
    return em->tally;
}

struct throttle *
emulator_throttle(struct emulator *em)
{
    return em->throttle;
}

struct umami *
emulator_umami(struct emulator *em)
{
    return em->umami;
}

struct umami_loading *
emulator_umami_loading(struct emulator *em)
{
    return em->umami_loading;
}

struct s3_objects *
emulator_s3_objects(struct emulator *em)
{
    return em->s3_objects;
}

uint64_t
emulator_started_ns(const struct emulator *em)
{
    return em->started_ns;
}

unsigned
emulator_connections(const struct emulator *em)
{
    return server_connections(em->server);
}

bool
emulator_is_stopping(const struct emulator *em)
{
    return atomic_load_explicit(&em->stopping, memory_order_relaxed);
}
