/* openreplay.c - prefix, numbers and tokens; and the routes that keep nothing.
 * SPDX-License-Identifier: MIT
 *
 * The secret of tokens is fixed but for --token, so that a page goes on with its session when the
 * emulator is started anew. A tracker cannot show --token itself (its own bearer token stands in
 * that header): with --token the project key must be it, and nothing else is answered without a
 * token that a start gave out. */
#include "config.h"

#include "emulator/openreplay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"
#include "emulator/exchange_own.h"
#include "emulator/guards.h"
#include "emulator/parts.h"
#include "fixture/fixture.h"

#define JSON_TYPE  "application/json"
#define PREFIX_MAX 200

struct openreplay {
    const struct emulator_options *options;
    char *prefix; /* without a slash at its end: "" is the root */
    char *secret;
    atomic_uint minted;
};

/* --- prefix ----------------------------------------------------------------------------------- */

static bool
is_below(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(path, prefix, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static enum status
check_prefix(const char *prefix, struct err *err)
{
    static const char *const taken[] = { "/_obsview", "/api", "/errors", "/metrics" };
    size_t len = strlen(prefix);

    if (len == 0 || (len == 1 && prefix[0] == '/'))
        return OK;
    if (prefix[0] != '/' || len > PREFIX_MAX || strpbrk(prefix, "?#% \\*") != NULL ||
        strstr(prefix, "//") != NULL)
        return err_set(err, E_USAGE,
                       "--openreplay-prefix: expected a path such as /ingest, got \"%.80s\"",
                       prefix);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (is_below(prefix, taken[i]))
            return err_set(err, E_USAGE, "--openreplay-prefix: %s belongs to another endpoint",
                           taken[i]);
    }
    return OK;
}

enum status
openreplay_new(struct openreplay **out, const struct emulator_options *options, struct err *err)
{
    const char *prefix =
        options->openreplay_prefix == NULL ? OPENREPLAY_PREFIX : options->openreplay_prefix;
    enum status st = check_prefix(prefix, err);
    struct openreplay *o;
    size_t len;

    if (st != OK)
        return st;
    o = xcalloc(1, sizeof *o);
    o->options = options;
    o->prefix = xstrdup(prefix);
    len = strlen(o->prefix);
    if (len > 0 && o->prefix[len - 1] == '/')
        o->prefix[len - 1] = '\0';
    o->secret = xasprintf("obsview-openreplay%s", options->token == NULL ? "" : options->token);
    *out = o;
    return OK;
}

void
openreplay_free(struct openreplay *o)
{
    if (o == NULL)
        return;
    free(o->prefix);
    free(o->secret);
    free(o);
}

/* At the root there are other paths beside. */
const char *
openreplay_rest(const struct openreplay *o, const char *path)
{
    if (*o->prefix != '\0')
        return is_below(path, o->prefix) ? path + strlen(o->prefix) : NULL;
    return is_below(path, "/v1/web") || is_below(path, "/v1/sdk") ? path : NULL;
}

unsigned
openreplay_protocol(const struct openreplay *o)
{
    return o->options->openreplay_protocol == 2 ? 2 : 1;
}

bool
openreplay_knows_project(const struct openreplay *o, const char *key)
{
    const char *known = o->options->openreplay_project;

    if (known == NULL)
        known = o->options->token;
    return known == NULL || guard_token(known, key);
}

/* --- numbers and tokens ----------------------------------------------------------------------- */

uint64_t
openreplay_mint(struct openreplay *o, int64_t time_ms)
{
    return openreplay_session_first(time_ms) | (atomic_fetch_add(&o->minted, 1) & 0xffffff);
}

void
openreplay_sign(const struct openreplay *o, const struct openreplay_token *token,
                char text[OPENREPLAY_TOKEN_TEXT])
{
    openreplay_token_format(text, token,
                            &(struct openreplay_secret){ o->secret, strlen(o->secret) });
}

bool
openreplay_open(const struct openreplay *o, const char *text, struct openreplay_token *out)
{
    return text != NULL &&
           openreplay_token_parse(out, text,
                                  &(struct openreplay_secret){ o->secret, strlen(o->secret) });
}

uint64_t
openreplay_recorded(const struct exchange *x)
{
    const char *text = x->is_trusted ? exchange_header(x, FIXTURE_RECORDING) : NULL;
    uint8_t bytes[8];
    uint64_t session = 0;

    if (text == NULL || *text != 'r' || strlen(text) != 17 ||
        !hex_parse(bytes, text + 1, sizeof bytes))
        return 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        session = session << 8 | bytes[i];
    return session;
}

/* A word that no rule takes for a card's number. */
void
openreplay_recorded_format(uint64_t session, char text[OPENREPLAY_RECORDED_TEXT])
{
    snprintf(text, OPENREPLAY_RECORDED_TEXT, "r%016" PRIx64, session);
}

bool
openreplay_authorize(struct exchange *x, struct openreplay_token *out)
{
    const char *authorization = exchange_header(x, "Authorization");

    *out = (struct openreplay_token){ .session = openreplay_recorded(x) };
    if (out->session != 0)
        return true;
    if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0 &&
        openreplay_open(emulator_openreplay(x->em), authorization + 7, out))
        return true;
    openreplay_refuse(x, REFUSAL_TOKEN, 401, "%s",
                      authorization == NULL ? "no token: expected Authorization: Bearer TOKEN"
                                            : "this token was not given out here");
    return false;
}

/* An id that is no id is none; that is no reason to refuse what it came with. */
void
openreplay_link(struct store_write *write, const char *session, enum link_kind kind, const char *id,
                int64_t now_ms)
{
    (void)store_link_add(write, &(struct store_link){ .kind = LINK_RECORDING,
                                                      .to_kind = kind,
                                                      .id = session,
                                                      .to_id = id,
                                                      .owner = "",
                                                      .seen_ms = now_ms,
                                                      .keep_ms = LIMIT_RECORDING_KEEP_MS });
}

/* --- answers ---------------------------------------------------------------------------------- */

void
openreplay_set_headers(struct exchange *x)
{
    x->kind = INTAKE_REPLAY;
    exchange_set_header(x, "Access-Control-Allow-Origin", "*");
    exchange_set_header(x, "Access-Control-Allow-Methods", "POST, GET, OPTIONS");
    exchange_set_header(x, "Access-Control-Allow-Headers",
                        "Content-Type, Authorization, Content-Encoding, DataType, "
                        "X-Openreplay-Batch");
    exchange_set_header(x, "Access-Control-Max-Age", "86400");
}

static void
reply_error(struct exchange *x, unsigned status, const char *sentence)
{
    struct buf b;

    buf_init(&b, 4096);
    buf_adds(&b, "{\"error\":");
    json_print_string(&b, sentence, strlen(sentence));
    buf_addc(&b, '}');
    exchange_reply(x, status, JSON_TYPE, b.data, b.len);
    buf_fini(&b);
}

void
openreplay_refuse(struct exchange *x, enum refusal_reason why, unsigned status, const char *fmt,
                  ...)
{
    char sentence[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    x->refusal = why;
    exchange_note(x, true, "%s", sentence);
    reply_error(x, status, sentence);
}

void
openreplay_excuse(struct exchange *x, const char *reason, void *arg)
{
    (void)arg;
    reply_error(x, 503, reason);
}

/* Trackers up to 16 ask for user tests, and take a 404 for "none". */
static bool
is_user_test(const struct exchange *x)
{
    const char *rest = openreplay_rest(emulator_openreplay(x->em), x->path);

    return is_below(rest, "/v1/web/uxt");
}

void
openreplay_answer_no_route(struct exchange *x, const char *methods)
{
    if (*methods == '\0') {
        openreplay_refuse(x, REFUSAL_PATH, 404, "nothing is at %.100s", x->path);
        if (is_user_test(x))
            exchange_note(x, false, "user tests are not kept here: there is none");
    } else if (strcmp(x->method, "OPTIONS") == 0) {
        if (exchange_header(x, "Access-Control-Request-Private-Network") != NULL)
            exchange_set_header(x, "Access-Control-Allow-Private-Network", "true");
        exchange_note(x, false, "CORS preflight");
        exchange_reply(x, 204, NULL, NULL, 0);
    } else {
        exchange_set_header(x, "Allow", methods);
        openreplay_refuse(x, REFUSAL_METHOD, 405, "%.30s is not a method of %.100s; it takes %s",
                          x->method, x->path, methods);
    }
}

/* --- what keeps nothing ----------------------------------------------------------------------- */

/* A page of a stranger may not even learn that there are no tags. */
static bool
pass(struct exchange *x)
{
    struct openreplay_token token;

    return emulator_options(x->em)->token == NULL || openreplay_authorize(x, &token);
}

static void
answer_none(struct exchange *x, const char *what, const char *answer)
{
    if (!pass(x))
        return;
    exchange_note(x, false, "no %s", what);
    exchange_reply(x, 200, JSON_TYPE, answer, strlen(answer));
}

void
openreplay_tags_get(struct exchange *x)
{
    answer_none(x, "tags", "{\"tags\":[]}");
}

void
openreplay_conditions_get(struct exchange *x)
{
    answer_none(x, "conditions", "{\"conditions\":[]}");
}

void
openreplay_flags_post(struct exchange *x)
{
    exchange_hide_body(x);
    answer_none(x, "feature flags", "{\"flags\":[]}");
}

void
openreplay_sdk_post(struct exchange *x)
{
    struct openreplay_token token;

    exchange_hide_body(x);
    if (!openreplay_authorize(x, &token))
        return;
    exchange_note(x, false, "analytics events, taken and not kept");
    exchange_reply(x, 200, NULL, NULL, 0);
}

/* Of analytics without a recording: the token names a session that is not there. */
void
openreplay_sdk_start_post(struct exchange *x)
{
    struct openreplay *o = emulator_openreplay(x->em);
    struct openreplay_token token = { .session = openreplay_mint(o, x->now_ms),
                                      .expiry_ms = (uint64_t)x->now_ms + OPENREPLAY_TOKEN_LIFE_MS };
    char text[OPENREPLAY_TOKEN_TEXT], *answer;
    size_t len;
    const char *body = exchange_body(x, &len), *key;
    const cJSON *request = NULL;

    exchange_hide_body(x);
    if (json_parse_in(&request, x->arena, body, len, NULL) != OK || !cJSON_IsObject(request)) {
        openreplay_refuse(x, REFUSAL_BODY, 400, "the body is not a JSON object");
        return;
    }
    key = json_get_string(request, "projectKey", "");
    if (!openreplay_knows_project(o, key)) {
        openreplay_refuse(x, REFUSAL_TOKEN, 404, "there is no project %.60s", key);
        return;
    }
    openreplay_sign(o, &token, text);
    answer = arena_printf(x->arena, "{\"token\":\"%s\"}", text);
    exchange_note(x, false, "analytics without a recording");
    exchange_reply(x, 200, JSON_TYPE, answer, strlen(answer));
}
