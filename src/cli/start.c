/* start.c - reads the emulator's settings, and looks for one that runs already.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/start.h"

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/known_keys.h"
#include "cli/redaction.h"
#include "emulator/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define PROBE_MS       1000 /* a screen waits so long for its first frame, at most */
#define PROBE_LEAST_MS 50

char *
start_state_path(const char *name)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state != NULL && *state == '/')
        return xasprintf("%s/obsview/%s", state, name);
    return xasprintf("%s/.local/state/obsview/%s", home == NULL ? "" : home, name);
}

char *
start_cache_dir(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    if (cache != NULL && *cache == '/')
        return xasprintf("%s/obsview", cache);
    return xasprintf("%s/.cache/obsview", home == NULL ? "" : home);
}

enum status
start_database_path(char **out, const struct settings *s, struct err *err)
{
    const char *project = settings_text(s, SET_PROJECT), *db = settings_text(s, SET_DB);
    char *name;

    if (db != NULL && *db == '\0')
        return err_set(err, E_USAGE, "--db is empty: expected a path, or :memory:");
    if (db != NULL || settings_bool(s, SET_DEMO)) {
        *out = xstrdup(db != NULL ? db : ":memory:");
        return OK;
    }
    if (strchr(project, '/') != NULL || *project == '.' || *project == '\0')
        return err_set(err, E_USAGE, "--project %s: expected a plain name; a path goes to --db",
                       project);
    name = xasprintf("%s.db", project);
    *out = start_state_path(name);
    free(name);
    return OK;
}

/* The directory of one that nobody named is made. */
static enum status
make_database_path(char **out, const struct settings *s, struct err *err)
{
    char *path;
    enum status st = start_database_path(&path, s, err);

    if (st == OK && settings_text(s, SET_DB) == NULL && !settings_bool(s, SET_DEMO)) {
        st = path_make_directories(path, err);
        if (st != OK)
            free(path);
    }
    if (st == OK)
        *out = path;
    return st;
}

static enum status
make_clock(struct clock **out, const struct settings *s, struct err *err)
{
    const char *start = settings_text(s, SET_CLOCK);
    int64_t ms;

    if (start == NULL) {
        *out = clock_new_real();
        return OK;
    }
    if (!iso8601_parse(&ms, start))
        return err_set(err, E_USAGE, "--clock %s: expected a time such as 2026-11-24T10:00:00Z",
                       start);
    *out = clock_new_virtual(ms);
    return OK;
}

/* The bundled traffic: where OBSVIEW_DATA says, where it was installed, or beside a build that was
 * not installed; the caller's (free()). */
static enum status
demo_path(char **out, struct err *err)
{
    const char *given = getenv("OBSVIEW_DATA");
    char exe[4096] = "";
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *slash, *places[3] = { NULL };

    exe[n > 0 ? n : 0] = '\0';
    slash = strrchr(exe, '/');
    if (given != NULL && *given != '\0')
        places[0] = xasprintf("%s/demo.jsonl", given);
    places[1] = xstrdup(PKGDATADIR "/demo.jsonl");
    if (slash != NULL)
        places[2] = xasprintf("%.*s/../fixtures/demo.jsonl", (int)(slash - exe), exe);
    *out = NULL;
    for (size_t i = 0; i < 3; i++) {
        if (*out == NULL && places[i] != NULL && access(places[i], R_OK) == 0)
            *out = places[i];
        else
            free(places[i]);
    }
    if (*out == NULL)
        return err_set(
            err, E_IO,
            "cannot find demo.jsonl; install obsview, or let OBSVIEW_DATA name its directory");
    return OK;
}

/* The keys to let in, the screen's own among them. */
static enum status
read_keys(struct known_keys *keys, struct started *started, struct err *err)
{
    enum status st = known_keys_read(keys, &aws_environment_real, err);
    uint8_t uuid[16];
    struct clock *clock;

    if (st != OK)
        return st;
    clock = clock_new_real();
    clock_uuid(clock, uuid);
    clock_free(clock);
    uuid_format(uuid, started->screen_secret);
    known_keys_add(keys, SCREEN_KEY, started->screen_secret);
    return OK;
}

/* --- recording --------------------------------------------------------------------------------
 */

/* What a replay needs to be told to answer as this emulator does; but no secret. */
static cJSON *
settings_of_recording(const struct settings *s)
{
    cJSON *out = cJSON_CreateObject();

    for (int i = 0; i < SETTINGS; i++) {
        const char *text = settings_text(s, (enum setting)i);
        const char *otherwise = setting_table[i].otherwise;

        if (settings_is_of_fixtures((enum setting)i) && i != SET_UMAMI_SECRET && text != NULL &&
            (otherwise == NULL || strcmp(text, otherwise) != 0))
            cJSON_AddStringToObject(out, setting_table[i].key, text);
    }
    return out;
}

/* --record: with pseudonyms in the place of secrets, unless --no-redact. */
static enum status
open_recorder(struct started *started, struct settings *s, struct err *err)
{
    const char *path = settings_text(s, SET_RECORD);
    const char *expects = settings_text(s, SET_RECORD_EXPECT);
    uint8_t key[PII_KEY_BYTES];
    cJSON *settings;
    enum status st = OK;

    if (path == NULL)
        return OK;
    if (settings_bool(s, SET_REDACT)) {
        st = redaction_key(key, s, err);
        if (st != OK)
            return st;
        started->rules = pii_rules_default();
        started->redactor = redactor_new(started->rules, key);
    }
    settings = settings_of_recording(s);
    st = recorder_new(&started->recorder,
                      &(struct recorder_options){ .path = path,
                                                  .start_ms = clock_now_ms(started->clock),
                                                  .settings = settings,
                                                  .redactor = started->redactor,
                                                  .expects = *expects == 'b' ? RECORD_BODY
                                                             : *expects == 's'
                                                                 ? RECORD_STATUS
                                                                 : RECORD_NO_EXPECTATION },
                      err);
    cJSON_Delete(settings);
    return st;
}

/* false: not all that came is in it. */
static bool
close_recorder(struct started *started, const char *path)
{
    struct scribe_counts counts;
    struct err err = { 0 };
    bool is_whole = true;

    if (started->recorder != NULL) {
        is_whole = recorder_close(started->recorder, &counts, &err) == OK;
        if (!is_whole)
            command_say(stderr, "obsview: %s", err.text);
        command_say(stderr, "obsview: %" PRIu64 " event%s %s in %s", counts.written,
                    text_s(counts.written), text_are(counts.written), path);
        if (counts.dropped + counts.refused > 0)
            command_say(stderr, "obsview: %" PRIu64 " %s not; of the last one: %s",
                        counts.dropped + counts.refused, text_are(counts.dropped + counts.refused),
                        counts.last.text);
        is_whole &= counts.dropped + counts.refused == 0;
    }
    redactor_free(started->redactor);
    pii_rules_free(started->rules);
    return is_whole;
}

/* --- start and stop ---------------------------------------------------------------------------
 */

/* What both an emulator and a stage take from the settings. */
static struct emulator_options
read_options(struct settings *s)
{
    const char *region = settings_text(s, SET_REGION);

    return (struct emulator_options){
        .fsync = settings_bool(s, SET_FSYNC),
        .max_bytes = settings_int(s, SET_MAX_SIZE),
        .environment = settings_text(s, SET_ENVIRONMENT),
        .region = region == NULL ? "us-east-1" : region,
        .emf_group = settings_text(s, SET_EMF_GROUP),
        .stack_path = settings_text(s, SET_STACK),
        .umami_v3 = strcmp(settings_text(s, SET_UMAMI_DIALECT), "v3") == 0,
        .umami_drop_bots = strcmp(settings_text(s, SET_UMAMI_BOTS), "drop") == 0,
        .umami_strict = strcmp(settings_text(s, SET_UMAMI_WEBSITES), "strict") == 0,
        .umami_secret = settings_text(s, SET_UMAMI_SECRET),
        .umami_script = settings_text(s, SET_UMAMI_SCRIPT),
        .recordings_bucket = settings_text(s, SET_RECORDINGS_BUCKET),
        .geo_db = settings_text(s, SET_GEO_DB),
        .openreplay_prefix = settings_text(s, SET_OPENREPLAY_PREFIX),
        .openreplay_protocol = strcmp(settings_text(s, SET_OPENREPLAY_PROTOCOL), "2") == 0 ? 2 : 1,
        .pii_rules = settings_text(s, SET_PII_RULES),
        .openreplay_project = settings_text(s, SET_OPENREPLAY_PROJECT),
    };
}

static void
add_doors(struct emulator_options *options, struct settings *s, const char *demo)
{
    const char *emf = settings_text(s, SET_EMF_LISTEN);

    options->listen = settings_text(s, SET_LISTEN);
    options->emf_listen = strcmp(emf, "off") == 0 ? NULL : emf;
    options->token = settings_text(s, SET_TOKEN);
    options->allow_origins = settings_list(s, SET_ALLOW_ORIGIN);
    options->allow_hosts = settings_list(s, SET_ALLOW_HOST);
    options->rate_limit = settings_int(s, SET_RATE_LIMIT);
    options->emf_stdin = settings_bool(s, SET_EMF_STDIN);
    options->demo_path = demo;
    options->throttle = settings_list(s, SET_THROTTLE);
    options->faults = settings_list(s, SET_FAULT);
    options->require_auth = settings_bool(s, SET_REQUIRE_AUTH);
}

static bool
free_started(struct started *started, const char *record_path)
{
    bool is_whole;

    emulator_stop(started->emulator);
    is_whole = close_recorder(started, record_path);
    clock_free(started->clock);
    free(started->db);
    *started = (struct started){ 0 };
    return is_whole;
}

enum status
start_emulator(struct started *out, struct settings *s, struct err *err)
{
    struct started started = { 0 };
    struct emulator_options options = read_options(s);
    struct known_keys keys = { 0 };
    char *demo = NULL;
    enum status st = make_database_path(&started.db, s, err);

    if (st == OK)
        st = make_clock(&started.clock, s, err);
    if (st == OK && settings_bool(s, SET_DEMO))
        st = demo_path(&demo, err);
    if (st == OK && settings_bool(s, SET_REQUIRE_AUTH))
        st = read_keys(&keys, &started, err);
    if (st == OK)
        st = open_recorder(&started, s, err);
    if (st == OK) {
        add_doors(&options, s, demo);
        options.db = started.db;
        options.keys = keys.list;
        options.key_count = keys.count;
        options.clock = started.clock;
        options.recorder = started.recorder;
        st = emulator_start(&started.emulator, &options, err);
    }
    known_keys_fini(&keys);
    free(demo);
    started.record_path = settings_text(s, SET_RECORD);
    if (st == OK)
        *out = started;
    else
        free_started(&started, started.record_path);
    return st;
}

/* An empty file is one that mktemp(1) made for us. */
static enum status
check_empty(const char *db, struct err *err)
{
    struct stat about;

    if (strcmp(db, ":memory:") == 0 || stat(db, &about) != 0 || about.st_size == 0)
        return OK;
    return err_set(err, E_EXISTS,
                   "--db %s: is there already, and a replay begins with an empty store; remove it, "
                   "or name another file",
                   db);
}

enum status
start_stage(struct started *out, struct settings *s, const char *db, int64_t start_ms,
            struct err *err)
{
    struct started started = { .db = xstrdup(db == NULL ? ":memory:" : db),
                               .clock = clock_new_virtual(start_ms) };
    struct emulator_options options = read_options(s);
    enum status st = check_empty(started.db, err);

    options.listen = "127.0.0.1:0";
    options.allow_origins = settings_list(s, SET_ALLOW_ORIGIN);
    options.db = started.db;
    options.clock = started.clock;
    options.is_stepped = true;
    if (st == OK)
        st = emulator_start(&started.emulator, &options, err);
    if (st == OK)
        *out = started;
    else
        free_started(&started, NULL);
    return st;
}

bool
start_stop(struct started *started)
{
    return free_started(started, started->record_path);
}

/* Splits "host:port" or "[v6]:port". */
static bool
split_address(const char *text, char host[256], char port[16])
{
    const char *colon = strrchr(text, ':');
    size_t len;

    if (colon == NULL || colon == text)
        return false;
    len = (size_t)(colon - text);
    if (*text == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= 256)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    snprintf(port, 16, "%s", colon + 1);
    return true;
}

/* -1: nobody listens, or *unresolved says why the name is that of no host. */
static int
connect_to(const char *host, const char *port, int ms, int *unresolved)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    const struct timeval patience = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
    struct addrinfo *list;
    int fd = -1;

    *unresolved = getaddrinfo(host, port, &hints, &list);
    if (*unresolved != 0)
        return -1;
    for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

/* The start of what GET /_obsview/health answers; "" when nothing did. */
static void
ask_health(int fd, const char *address, const char *token, int ms, char *answer, size_t size)
{
    uint64_t end = mono_ns() + (uint64_t)ms * 1000000;
    char *request = xasprintf("GET /_obsview/health HTTP/1.0\r\nHost: %s\r\n%s%s%s\r\n", address,
                              token == NULL ? "" : "Authorization: Bearer ",
                              token == NULL ? "" : token, token == NULL ? "" : "\r\n");
    size_t used = 0;
    ssize_t n;

    if (send(fd, request, strlen(request), MSG_NOSIGNAL) > 0) {
        while (used < size - 1 && mono_ns() < end &&
               (n = recv(fd, answer + used, size - 1 - used, 0)) > 0)
            used += (size_t)n;
    }
    answer[used] = '\0';
    free(request);
}

#define HEALTH_TEXT 4096

/* E_NOTFOUND: nobody listens, or there is no such host; E_EXISTS: somebody who is not obsview;
 * E_AUTH: one that wants another token. */
static enum status
probe(const char *address, const char *host, const char *port, const char *token, int ms,
      char answer[HEALTH_TEXT], struct err *err)
{
    int unresolved = 0;
    int fd = strcmp(port, "0") == 0 ? -1 : connect_to(host, port, ms, &unresolved);

    if (unresolved != 0)
        return err_set(err, E_NOTFOUND, "the name %.100s cannot be resolved: %s", host,
                       gai_strerror(unresolved));
    if (fd < 0)
        return err_set(err, E_NOTFOUND, "nothing listens on %s", address);
    ask_health(fd, address, token, ms, answer, HEALTH_TEXT);
    close(fd);
    if (*answer == '\0')
        return err_set(err, E_EXISTS, "who listens on %s does not answer", address);
    if (strstr(answer, "this emulator was started with --token") != NULL)
        return err_set(err, E_AUTH, "the emulator at %s was started with another --token", address);
    if (strstr(answer, "\"name\":\"obsview\"") == NULL)
        return err_set(err, E_EXISTS, "%s is taken by another program; try --listen 127.0.0.1:0",
                       address);
    return OK;
}

enum status
start_find_running(char **url, const struct settings *s, struct err *err)
{
    const char *listen = settings_text(s, SET_LISTEN);
    char host[256], port[16], answer[HEALTH_TEXT];
    enum status st;

    if (!split_address(listen, host, port))
        return err_set(err, E_USAGE, "--listen %s: expected HOST:PORT", listen);
    st = probe(listen, host, port, settings_text(s, SET_TOKEN), PROBE_MS, answer, err);
    if (st == OK)
        *url = xasprintf("http://%s", listen);
    return st;
}

static enum status
probe_url(const char *url, const char *token, int ms, char answer[HEALTH_TEXT], struct err *err)
{
    char address[300], host[256], port[16];
    int64_t number;

    if (strncmp(url, "http://", 7) == 0) {
        snprintf(address, sizeof address, "%.*s", (int)strcspn(url + 7, "/"), url + 7);
        if (split_address(address, host, port) && text_parse_int(&number, port) && number > 0 &&
            number <= 65535)
            return probe(address, host, port, token, ms, answer, err);
    }
    return err_set(err, E_USAGE, "%s: expected http://HOST:PORT", url);
}

enum status
start_probe(const char *url, const char *token, int64_t ms, struct err *err)
{
    char answer[HEALTH_TEXT];

    ms = ms < PROBE_LEAST_MS ? PROBE_LEAST_MS : ms > PROBE_MS ? PROBE_MS : ms;
    return probe_url(url, token, (int)ms, answer, err);
}

bool
start_is_obsview(const char *url, const char *token)
{
    return start_probe(url, token, PROBE_MS, NULL) == OK;
}

struct clock *
start_clock_of(const char *url, const char *token)
{
    static const char virtual[] = "\"virtualClock\":true", now[] = "\"now\":";
    char answer[HEALTH_TEXT];
    const char *at;

    if (probe_url(url, token, PROBE_MS, answer, NULL) != OK || strstr(answer, virtual) == NULL ||
        (at = strstr(answer, now)) == NULL)
        return clock_new_real();
    return clock_new_virtual(strtoll(at + strlen(now), NULL, 10));
}
