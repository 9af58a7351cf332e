/* openreplay_start.c - POST /v1/web/start: a session begins, or goes on.
 * SPDX-License-Identifier: MIT
 *
 * Whatever a tracker of any age sends is read: unknown members are passed over, members of another
 * type count as absent. A session goes on when its token is one of ours and the store still has it;
 * else the tracker gets a new one, and sends its page from the beginning. */
#include "config.h"

#include "emulator/openreplay.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/limits.h"
#include "emulator/exchange_own.h"
#include "emulator/parts.h"
#include "emulator/umami.h"
#include "store/recording.h"

#define TEXT_MAX        512
#define SIZE_MAX_PX     100000
#define BUFFER_MAX_MS   300000 /* more is a clock, not a duration: trackers before 18.0.4 */
#define TRACKER_OLDEST  6
#define NUMBERS_TRIED   1000
#define BEACON_BYTES    1000000
#define GZIP_FROM_BYTES 24000

struct start {
    const char *project_key, *version, *user_uuid;
    const char *token;
    bool is_probe; /* asks for conditions first: nothing is recorded with it */
    int64_t buffered_ms;
    struct recording_start row;
};

/* --- the request ------------------------------------------------------------------------------ */

/* At most `max` bytes, and whole characters. */
static const char *
clip(struct arena *arena, const char *text, size_t max)
{
    size_t len = strlen(text);

    if (len <= max)
        return text;
    for (len = max; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
        len--;
    return arena_strndup(arena, text, len);
}

static const char *
text_of(struct exchange *x, const cJSON *body, const char *key)
{
    return clip(x->arena, json_get_string(body, key, ""), TEXT_MAX);
}

/* 0 for what is no number or no sensible one. */
static int64_t
number_of(const cJSON *body, const char *key, int64_t max)
{
    double n = json_get_number(body, key, 0);

    return n > 0 && n <= (double)max ? (int64_t)n : 0;
}

static void
read_start(struct exchange *x, const cJSON *body, struct start *s)
{
    const char *agent = exchange_header(x, "User-Agent");

    *s = (struct start){
        .project_key = text_of(x, body, "projectKey"),
        .version = text_of(x, body, "trackerVersion"),
        .user_uuid = text_of(x, body, "userUUID"),
        .token = json_get_string(body, "token", NULL),
        .is_probe = cJSON_IsTrue(json_get(body, "doNotRecord")),
        .buffered_ms = number_of(body, "bufferDiff", BUFFER_MAX_MS),
    };
    if (cJSON_IsTrue(json_get(body, "reset")))
        s->token = NULL;
    s->row = (struct recording_start){
        .project_key = s->project_key,
        .tracker_version = s->version,
        .user_agent = clip(x->arena, agent == NULL ? "" : agent, LIMIT_USER_AGENT_BYTES),
        .user_id = text_of(x, body, "userID"),
        .timezone = text_of(x, body, "timezone"),
        .referrer = clip(x->arena, json_get_string(body, "referrer", ""), LIMIT_URL_BYTES),
        .width = (unsigned)number_of(body, "width", SIZE_MAX_PX),
        .height = (unsigned)number_of(body, "height", SIZE_MAX_PX),
    };
}

/* What does not begin with a number is of nobody knows when, and taken. */
static bool
is_too_old(const char *version)
{
    int64_t major;
    char text[8] = "";
    size_t len = strcspn(version, ".");

    if (version[len] != '.' || len >= sizeof text)
        return false;
    memcpy(text, version, len);
    return text_parse_int(&major, text) && major >= 0 && major < TRACKER_OLDEST;
}

static bool
check(struct exchange *x, const struct start *s)
{
    if (*s->project_key == '\0')
        openreplay_refuse(x, REFUSAL_BODY, 403, "projectKey: expected a text, got none");
    else if (!openreplay_knows_project(emulator_openreplay(x->em), s->project_key))
        openreplay_refuse(x, REFUSAL_ANSWERED, 404, "there is no project %.60s", s->project_key);
    else if (is_too_old(s->version))
        openreplay_refuse(x, REFUSAL_BODY, 426,
                          "trackerVersion: %.40s is too old, expected 6.0.0 or newer", s->version);
    else
        return true;
    return false;
}

/* --- the session ------------------------------------------------------------------------------ */

/* E_NOTFOUND: there is none to go on with. */
static enum status
find_session(struct exchange *x, struct store_reader *reader, struct start *s, struct err *err)
{
    struct openreplay_token token = { .session = openreplay_recorded(x) };
    struct recording found;
    enum status st;

    if (token.session == 0 && !openreplay_open(emulator_openreplay(x->em), s->token, &token))
        return E_NOTFOUND;
    st = store_find_recording(reader, x->arena, token.session, &found, err);
    if (st != OK)
        return st;
    s->row.session = token.session;
    s->row.time_ms = found.start.time_ms;
    s->row.again = true;
    if (*s->user_uuid == '\0')
        s->user_uuid = found.start.user_uuid;
    return OK;
}

/* A virtual clock may stand where it stood when an earlier process gave out numbers. */
static enum status
new_session(struct exchange *x, struct store_reader *reader, struct start *s, struct err *err)
{
    struct recording found;
    enum status st = OK;

    s->row.time_ms = x->now_ms - s->buffered_ms;
    s->row.session = openreplay_recorded(x);
    if (s->row.session != 0) /* and find_session() did not find it */
        return OK;
    for (int i = 0; i < NUMBERS_TRIED && st == OK; i++) {
        s->row.session = openreplay_mint(emulator_openreplay(x->em), s->row.time_ms);
        st = store_find_recording(reader, x->arena, s->row.session, &found, err);
    }
    if (st == E_NOTFOUND)
        return OK;
    return st == OK ? err_set(err, E_BUSY, "too many sessions began at this time") : st;
}

static void
make_uuid(struct exchange *x, struct start *s)
{
    uint8_t uuid[16];
    char text[UUID_TEXT];

    if (*s->user_uuid == '\0') {
        clock_uuid(emulator_clock(x->em), uuid);
        uuid_format(uuid, text);
        s->user_uuid = arena_strdup(x->arena, text);
    }
    s->row.user_uuid = s->user_uuid;
}

/* --- the answer ------------------------------------------------------------------------------- */

static void
add_member(struct buf *b, const char *key, const char *value)
{
    buf_addf(b, ",\"%s\":", key);
    json_print_string(b, value == NULL ? "" : value, value == NULL ? 0 : strlen(value));
}

static void
print_answer(struct buf *b, struct exchange *x, const struct start *s)
{
    struct openreplay *o = emulator_openreplay(x->em);
    const struct openreplay_token token = { .session = s->row.session,
                                            .expiry_ms =
                                                (uint64_t)x->now_ms + OPENREPLAY_TOKEN_LIFE_MS };
    char text[OPENREPLAY_TOKEN_TEXT];
    struct umami_agent agent;

    umami_agent_of(emulator_umami(x->em), s->row.user_agent, &agent);
    openreplay_sign(o, &token, text);
    buf_addf(b, "{\"timestamp\":%" PRId64 ",\"startTimestamp\":%" PRId64 ",\"delay\":0", x->now_ms,
             s->row.time_ms);
    add_member(b, "token", s->row.again && s->token != NULL ? s->token : text);
    add_member(b, "userUUID", s->user_uuid);
    add_member(b, "userOS", agent.os);
    add_member(b, "userDevice", agent.kind);
    add_member(b, "userBrowser", agent.browser);
    buf_addf(b,
             ",\"userCountry\":\"\",\"userState\":\"\",\"userCity\":\"\","
             "\"sessionID\":\"%" PRIu64 "\",\"projectID\":\"1\",\"beaconSizeLimit\":%d,"
             "\"compressionThreshold\":%d,\"canvasEnabled\":false,\"canvasQuality\":\"low\","
             "\"canvasFPS\":1,\"framesSupport\":false,\"assistOnly\":false,\"protocolVersion\":%u}",
             s->row.session, BEACON_BYTES, GZIP_FROM_BYTES, openreplay_protocol(o));
}

static void
answer(struct exchange *x, const struct start *s)
{
    struct store_write *write;
    struct buf b;

    buf_init(&b, 8192);
    print_answer(&b, x, s);
    exchange_note(x, false, "session %" PRIu64 " %s", s->row.session,
                  s->is_probe    ? "asks for conditions"
                  : s->row.again ? "goes on"
                                 : "begins");
    if (s->is_probe && !s->row.again) {
        exchange_reply(x, 200, "application/json", b.data, b.len);
    } else {
        write = store_write_new(emulator_store(x->em));
        store_write_recording(write, &s->row);
        openreplay_link(write, arena_printf(x->arena, "%" PRIu64, s->row.session), LINK_VISITOR,
                        s->row.user_id, x->now_ms);
        exchange_commit(x, write, 200, "application/json", b.data, b.len);
    }
    buf_fini(&b);
}

/* On a reader thread. */
static void
start(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct err err = { 0 };
    const cJSON *body = NULL;
    struct start s;
    enum status st;
    size_t len;
    const char *text = exchange_body(x, &len);

    (void)arg;
    if (json_parse_in(&body, x->arena, text, len, &err) != OK || !cJSON_IsObject(body)) {
        openreplay_refuse(x, REFUSAL_BODY, 400, "expected a JSON object%s%s",
                          err.code == OK ? "" : ": ", err.text);
        return;
    }
    read_start(x, body, &s);
    if (!check(x, &s))
        return;
    st = find_session(x, reader, &s, &err);
    if (st == E_NOTFOUND)
        st = new_session(x, reader, &s, &err);
    if (st != OK) {
        exchange_set_header(x, "Retry-After", "1");
        openreplay_refuse(x, REFUSAL_STORAGE, 503, "%s", err.text);
        return;
    }
    make_uuid(x, &s);
    answer(x, &s);
}

void
openreplay_start_post(struct exchange *x)
{
    exchange_hide_body(x);
    exchange_set_excuse(x, openreplay_excuse, NULL);
    exchange_defer(x, start, NULL);
}
