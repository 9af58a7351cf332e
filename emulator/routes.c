/* routes.c - the route table, and the way of a request through the guards to its handler.
 * SPDX-License-Identifier: MIT
 *
 * A request with a SigV4 scope goes to that AWS service, whatever its path; all others go by path.
 * The order of the guards is the order in which a stranger should learn about us: a wrong Host
 * hears nothing about tokens, a wrong token nothing about routes. Bodies are judged only after they
 * were read whole, because a client that is still sending sees a broken pipe instead of an answer.
 */
#include "config.h"

#include "emulator/routes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "domain/error_report.h"
#include "domain/limits.h"
#include "domain/web_vitals.h"
#include "emulator/api.h"
#include "emulator/assets.h"
#include "emulator/aws.h"
#include "emulator/errors.h"
#include "emulator/exchange_own.h"
#include "emulator/faults.h"
#include "emulator/guards.h"
#include "emulator/openreplay.h"
#include "emulator/parts.h"
#include "emulator/rate_limit.h"
#include "emulator/umami.h"
#include "emulator/umami_api.h"
#include "emulator/umami_collect.h"
#include "emulator/umami_record.h"
#include "emulator/vitals.h"

#define CANDIDATES_MAX 32
#define HANG_MS        75000 /* as long as a connection may be idle */
#define REPLAYED       "X-Obsview-Replay"

/* clang-format off */
const struct route routes[] = {
    /* method  path                  body limit        guards                   handler        */
    { "POST", "/metrics/web-vitals", LIMIT_BODY_BYTES, GUARD_CORS | GUARD_RATE, vitals_post,
      "web vitals of a page", WEB_VITALS_FUNCTION },
    { "POST", "/errors/report",      LIMIT_BODY_BYTES, GUARD_CORS | GUARD_RATE, errors_post,
      "an error of a page", ERROR_REPORT_FUNCTION },
    { "GET",  "/errors/*",           0,                0,                       errors_get,
      "a reported error by its errorId", NULL },
    { "GET",  "/",                   0,                0,                       assets_index,
      "the landing page", NULL },
    { "GET",  "/obsview.js",         0,                0,                       assets_script,
      "the script for pages that track nothing yet", NULL },
    { "GET",  "/script.js",          0,                0,                       assets_umami,
      "Umami's tracker script (--umami-script)", NULL },
    { "GET",  "/_obsview/health",    0,                0,                       api_health,
      "version, addresses, counters", NULL },
    { "GET",  "/_obsview/events",    0,                0,                       api_events,
      "what arrived, newest last", NULL },
    { "GET",  "/_obsview/events/*",  0,                0,                       api_event,
      "one of them with headers and body", NULL },
    { "POST", "/_obsview/events/*",  0,                GUARD_CORS,              api_again,
      "take a line of EMF once more", NULL },
    { "GET",  "/_obsview/changes",   0,                0,                       api_changes,
      "server-sent events: something changed", NULL },
    { "GET",  "/_obsview/database",  0,                GUARD_CORS,              api_database,
      "a copy of the database", NULL },
    { "GET",  "/_obsview/stack",     0,                0,                       api_stack,
      "the emulated account: what is simulated, what goes wrong", NULL },
    { "GET",  "/_obsview/error-groups", 0,             0,                       api_error_groups,
      "since when each group of errors is known", NULL },
    { "GET",  "/_obsview/links",     0,                0,                       api_links,
      "which ids belong to a visitor's error, recording or visit", NULL },
    { "POST", "/_obsview/clock",     LIMIT_BODY_BYTES, GUARD_CORS,              api_clock,
      "move a virtual clock forwards", NULL },
    { "GET",  "/_obsview/faults",    0,                0,                       api_faults,
      "answers that are made wrong on purpose", NULL },
    { "POST", "/_obsview/faults",    LIMIT_BODY_BYTES, GUARD_CORS,              api_set_fault,
      "let requests to a path fail", NULL },
    { "DELETE", "/_obsview/faults",  0,                GUARD_CORS,              api_clear_faults,
      "let none fail any more", NULL },
    { "POST", "/_obsview/reset",     LIMIT_BODY_BYTES, GUARD_CORS,              api_reset,
      "forget all data", NULL },
    { "POST", "/api/send",           LIMIT_UMAMI_BODY_BYTES, 0,                 umami_send_post,
      "a hit of an Umami tracker", NULL },
    { "POST", "/api/batch",          LIMIT_UMAMI_BATCH_BYTES, 0,                umami_batch_post,
      "many of them", NULL },
    { "GET",  "/api/heartbeat",      0,                0,                       umami_heartbeat_get,
      "whether Umami is there", NULL },
    { "GET",  "/api/config",         0,                OF_UMAMI_V3,             umami_config_get,
      "how Umami is set up (--umami-dialect v3)", NULL },
    { "POST", "/api/record",         LIMIT_UMAMI_BATCH_BYTES, OF_UMAMI_V3,      umami_record_post,
      "a recording of Umami 3, which no website takes", NULL },
    { "GET",  "/p/*",                0,                OF_UMAMI_V3,             umami_slug_get,
      "a pixel of Umami 3: not built", NULL },
    { "GET",  "/q/*",                0,                OF_UMAMI_V3,             umami_slug_get,
      "a link of Umami 3: not built", NULL },
    { "POST", "/ingest/v1/web/start", LIMIT_BODY_BYTES, BELOW_OPENREPLAY,   openreplay_start_post,
      "OpenReplay: a session begins or goes on", NULL },
    { "POST", "/ingest/v1/web/i",    LIMIT_RECORDING_BODY_BYTES, BELOW_OPENREPLAY, openreplay_batch_post,
      "a batch of its recording", NULL },
    { "GET",  "/ingest/v1/web/tags", 0,                BELOW_OPENREPLAY,        openreplay_tags_get,
      "tags to watch for: none", NULL },
    { "GET",  "/ingest/v1/web/conditions/*", 0,        BELOW_OPENREPLAY,        openreplay_conditions_get,
      "conditions for recording: none", NULL },
    { "POST", "/ingest/v1/web/feature-flags", LIMIT_BODY_BYTES, BELOW_OPENREPLAY, openreplay_flags_post,
      "feature flags: none", NULL },
    { "POST", "/ingest/v1/web/images", LIMIT_RECORDING_BODY_BYTES, BELOW_OPENREPLAY, openreplay_images_post,
      "pictures of a canvas, which are not kept", NULL },
    { "POST", "/ingest/v1/sdk/i",    LIMIT_RECORDING_BODY_BYTES, BELOW_OPENREPLAY, openreplay_sdk_post,
      "analytics events, which are not kept", NULL },
    { "POST", "/ingest/v1/sdk/start", LIMIT_BODY_BYTES, BELOW_OPENREPLAY,       openreplay_sdk_start_post,
      "analytics without a recording", NULL },
    { .method = NULL },
};
/* clang-format on */

#define ROUTES (sizeof routes / sizeof routes[0] - 1)
enum { ROW_AWS = ROUTES, ROW_OTHER, ROWS };
_Static_assert(ROWS <= ROUTE_ROWS_MAX, "counters have a row for each route");

unsigned
route_rows(void)
{
    return ROWS;
}

unsigned
route_row(const struct exchange *x)
{
    if (x->route != NULL)
        return (unsigned)(x->route - routes);
    return x->is_aws ? ROW_AWS : ROW_OTHER;
}

void
route_row_name(unsigned row, char name[ROUTE_NAME_MAX])
{
    if (row == ROW_AWS)
        snprintf(name, ROUTE_NAME_MAX, "aws");
    else if (row == ROW_OTHER)
        snprintf(name, ROUTE_NAME_MAX, "other");
    else
        snprintf(name, ROUTE_NAME_MAX, "%s %s", routes[row].method, routes[row].path);
}

/* --- finding -------------------------------------------------------------------------------- */

static bool
path_matches(const char *pattern, const char *path)
{
    size_t len = strlen(pattern);

    if (pattern[len - 1] != '*')
        return strcmp(pattern, path) == 0;
    return strncmp(pattern, path, len - 1) == 0 && path[len - 1] != '\0' &&
           strchr(path + len - 1, '/') == NULL;
}

static bool
method_matches(const char *wanted, const char *method)
{
    return strcmp(wanted, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(wanted, "GET") == 0);
}

static bool
is_at(const struct route *r, const struct exchange *x, const char *path)
{
    const char *rest;

    if ((r->guards & BELOW_OPENREPLAY) == 0)
        return path_matches(r->path, path);
    rest = openreplay_rest(emulator_openreplay(x->em), path);
    return rest != NULL && path_matches(r->path + strlen(OPENREPLAY_PREFIX), rest);
}

static const struct route *
find(const struct exchange *x, const char *path)
{
    for (const struct route *r = routes; r->method != NULL; r++) {
        if (method_matches(r->method, x->method) && is_at(r, x, path))
            return r;
    }
    return NULL;
}

/* "POST, GET, HEAD, OPTIONS"; "" when no route has this path. */
static void
list_methods(char *text, size_t size, const struct exchange *x)
{
    size_t len = 0;

    text[0] = '\0';
    for (const struct route *r = routes; r->method != NULL; r++) {
        if (is_at(r, x, x->path) && len < size)
            len += (size_t)snprintf(text + len, size - len, "%s%s", r->method,
                                    strcmp(r->method, "GET") == 0 ? ", HEAD, " : ", ");
    }
    if (len > 0 && len < size)
        snprintf(text + len, size - len, "OPTIONS");
}

static bool
is_signed(const struct exchange *x)
{
    const char *authorization = exchange_header(x, "Authorization");

    if (authorization != NULL && strncasecmp(authorization, "AWS4-HMAC-SHA256", 16) == 0)
        return true;
    return strstr(x->query, "X-Amz-Algorithm=") != NULL || aws_vouched(x) != NULL;
}

/* An AWS client without credentials ("aws --no-sign-request") must be told so in its own protocol.
 */
static bool
is_unsigned_aws(const struct exchange *x)
{
    const char *type = exchange_header(x, "Content-Type");

    if (exchange_header(x, "Smithy-Protocol") != NULL || strncmp(x->path, "/2015-03-31/", 12) == 0)
        return true; /* RPC v2 CBOR, and Lambda's REST JSON */
    if (strcmp(x->method, "POST") != 0 || strcmp(x->path, "/") != 0)
        return false;
    return exchange_header(x, "X-Amz-Target") != NULL ||
           (type != NULL && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0);
}

size_t
route_body_limit(const struct exchange *x)
{
    const struct route *route;

    if (is_signed(x))
        return LIMIT_AWS_BODY_BYTES;
    route = find(x, x->path);
    return route == NULL || route->body_limit == 0 ? LIMIT_BODY_BYTES : route->body_limit;
}

/* --- guards: true means the request may go on ------------------------------------------------- */

static bool
pass_host(struct exchange *x)
{
    const char *host = exchange_header(x, "Host");

    if (guard_host(emulator_names(x->em), host))
        return true;
    if (is_signed(x)) {
        x->refusal = REFUSAL_HOST;
        aws_refuse(x, 421, "InvalidRequest",
                   "the Host header is not a name of this emulator; when it has a bucket in front, "
                   "ask in path style (addressing_style = path, forcePathStyle), else start with "
                   "--allow-host NAME");
        return false;
    }
    exchange_refuse(x, REFUSAL_HOST, 421,
                    "ask for it as localhost, or start with --allow-host NAME",
                    "the Host header says %.100s, which is not a name of this emulator", host);
    return false;
}

/* The access key id of a SigV4 request: what stands between "Credential=" and the first slash. */
static const char *
access_key(struct exchange *x)
{
    const char *from = exchange_header(x, "Authorization");
    const char *credential = from == NULL ? NULL : strstr(from, "Credential=");

    if (credential != NULL)
        credential += strlen("Credential=");
    else
        credential = exchange_query(x, "X-Amz-Credential");
    if (credential == NULL)
        return NULL;
    return arena_strndup(x->arena, credential, strcspn(credential, "/"));
}

static bool
pass_token(struct exchange *x)
{
    const char *token = emulator_names(x->em)->token;
    const char *authorization = exchange_header(x, "Authorization");

    if (token == NULL)
        return true;
    if (emulator_options(x->em)->require_auth && is_signed(x))
        return true; /* the signature will show more than a token can */
    if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0 &&
        guard_token(token, authorization + 7))
        return true;
    if (guard_token(token, exchange_query(x, "token")))
        return true;
    if (x->is_aws && guard_token(token, access_key(x)))
        return true;
    if (x->is_aws) {
        x->refusal = REFUSAL_TOKEN;
        aws_refuse(x, 403, "UnrecognizedClientException",
                   "this emulator was started with --token; give it as the access key id");
        return false;
    }
    exchange_set_header(x, "WWW-Authenticate", "Bearer realm=\"obsview\"");
    exchange_refuse(x, REFUSAL_TOKEN, 401,
                    "send it as Authorization: Bearer TOKEN, as ?token=TOKEN, or as the access key "
                    "id of an AWS client",
                    "this emulator was started with --token and the request does not show it");
    return false;
}

static bool
pass_size(struct exchange *x)
{
    if (x->body_seen <= x->body_limit)
        return true;
    if (umami_owns(x->path) && !x->is_aws) {
        umami_refuse_size(x);
        return false;
    }
    if (x->kind == INTAKE_REPLAY) {
        openreplay_refuse(x, REFUSAL_SIZE, 413, "body over %zu bytes", x->body_limit);
        return false;
    }
    if (x->is_aws) {
        x->refusal = REFUSAL_SIZE;
        aws_refuse(x, 413, "RequestEntityTooLargeException",
                   "the body is larger than any request "
                   "that CloudWatch takes");
        return false;
    }
    exchange_refuse(x, REFUSAL_SIZE, 413, "send fewer metrics in one request",
                    "body over %zu bytes", x->body_limit);
    return false;
}

/* Errors carry the same headers, or the page's script could not read them. */
static void
allow_origin(struct exchange *x, const char *origin)
{
    exchange_set_header(x, "Access-Control-Allow-Origin", origin);
    exchange_set_header(x, "Access-Control-Allow-Credentials", "true");
    exchange_set_header(x, "Access-Control-Expose-Headers", "Retry-After");
}

static bool
is_foreign(struct exchange *x)
{
    const char *origin = exchange_header(x, "Origin");

    if (origin == NULL)
        return false;
    exchange_set_header(x, "Vary", "Origin");
    if (!guard_origin(emulator_names(x->em)->allow_origins, origin))
        return true;
    allow_origin(x, origin);
    return false;
}

static void
refuse_origin(struct exchange *x)
{
    const char *origin = exchange_header(x, "Origin");
    char hint[400];

    snprintf(hint, sizeof hint, "start with --allow-origin %.200s to let its pages send here",
             origin);
    exchange_refuse(x, REFUSAL_ORIGIN, 403, hint, "CORS: origin %.100s is not allowed", origin);
}

/* `obsview replay` on this machine. A page cannot send the header: it is left out of what the
 * answer to its preflight allows. */
static bool
is_replayed(const struct exchange *x)
{
    return guard_is_loopback(&x->peer) && exchange_header(x, REPLAYED) != NULL;
}

static bool
pass_rate(struct exchange *x)
{
    unsigned wait_s = 1;
    char text[16];

    if (x->is_trusted || is_replayed(x) ||
        rate_limit_pass(emulator_rate_limit(x->em), &x->peer, (int64_t)(x->started_ns / 1000000),
                        &wait_s))
        return true;
    snprintf(text, sizeof text, "%u", wait_s);
    exchange_set_header(x, "Retry-After", text);
    exchange_refuse(x, REFUSAL_RATE, 429, "--rate-limit 0 turns the limit off",
                    "more than %lld requests within a minute from one address",
                    (long long)emulator_options(x->em)->rate_limit);
    return false;
}

/* --- dispatch -------------------------------------------------------------------------------- */

/* What a page wants to send, without what is not for pages. */
static const char *
allowed_headers(struct exchange *x, const char *wanted)
{
    char *list = arena_alloc(x->arena, strlen(wanted) + 1), *end = list;

    while (*wanted != '\0') {
        const char *name = wanted + strspn(wanted, ", \t");
        size_t length = strcspn(name, ", \t");

        wanted = name + length;
        if (length == 0 || (length == strlen(REPLAYED) && strncasecmp(name, REPLAYED, length) == 0))
            continue;
        if (end > list)
            *end++ = ',';
        memcpy(end, name, length);
        end += length;
    }
    return list;
}

static void
answer_preflight(struct exchange *x, const char *methods)
{
    const char *headers = exchange_header(x, "Access-Control-Request-Headers");

    exchange_set_header(x, "Access-Control-Allow-Methods", methods);
    if (headers != NULL)
        exchange_set_header(x, "Access-Control-Allow-Headers", allowed_headers(x, headers));
    if (exchange_header(x, "Access-Control-Request-Private-Network") != NULL)
        exchange_set_header(x, "Access-Control-Allow-Private-Network", "true");
    exchange_set_header(x, "Access-Control-Max-Age", "600");
    exchange_note(x, false, "CORS preflight");
    exchange_reply(x, 204, NULL, NULL, 0);
}

static void
refuse_path(struct exchange *x)
{
    const char *candidates[CANDIDATES_MAX + 1];
    const char *path = x->path, *near;
    char hint[256];
    size_t count = 0, version = 0;

    for (const struct route *r = routes; r->method != NULL && count < CANDIDATES_MAX; r++)
        candidates[count++] = r->path;
    candidates[count] = NULL;
    if (path[0] == '/' && path[1] == 'v')
        version = strspn(path + 2, "0123456789");
    if (version > 0 && path[2 + version] == '/') {
        const char *rest = path + 2 + version;

        snprintf(hint, sizeof hint, "there is one version, and its paths have no prefix: %.100s",
                 find(x, rest) != NULL ? rest : "/metrics/web-vitals");
    } else {
        near = text_nearest(path, candidates);
        if (exchange_header(x, "X-Amz-Target") != NULL)
            snprintf(hint, sizeof hint,
                     "this looks like an AWS request, but it is not signed; any credentials do");
        else if (near != NULL)
            snprintf(hint, sizeof hint, "did you mean %s?", near);
        else
            snprintf(hint, sizeof hint, "GET / lists what is here");
    }
    exchange_refuse(x, REFUSAL_PATH, 404, hint, "nothing is at %.100s", path);
}

static void
refuse_method(struct exchange *x, const char *methods)
{
    char hint[160];

    exchange_set_header(x, "Allow", methods);
    snprintf(hint, sizeof hint, "it takes %s", methods);
    exchange_refuse(x, REFUSAL_METHOD, 405, hint, "%.30s is not a method of %.100s", x->method,
                    x->path);
}

/* OPTIONS never reaches a handler: with a method asked for it is a preflight, else a question. */
static void
answer_options(struct exchange *x, bool foreign, const char *methods)
{
    if (exchange_header(x, "Access-Control-Request-Method") == NULL) {
        exchange_set_header(x, "Allow", methods);
        exchange_reply(x, 204, NULL, NULL, 0);
        return;
    }
    if (foreign)
        refuse_origin(x);
    else
        answer_preflight(x, methods);
}

/* A path that only the other dialect has. */
static bool
is_of_other_umami(const struct exchange *x)
{
    if (umami_dialect(emulator_umami(x->em)) == UMAMI_V3)
        return false;
    for (const struct route *r = routes; r->method != NULL; r++) {
        if ((r->guards & OF_UMAMI_V3) != 0 && path_matches(r->path, x->path))
            return true;
    }
    return false;
}

static void
dispatch_unsigned(struct exchange *x, bool foreign)
{
    const struct route *route = find(x, x->path);
    char methods[128];

    if (is_of_other_umami(x)) {
        umami_answer_no_route(x, "");
        return;
    }
    if (route == NULL) {
        list_methods(methods, sizeof methods, x);
        if (x->kind == INTAKE_REPLAY)
            openreplay_answer_no_route(x, methods);
        else if (umami_owns(x->path) && methods[0] == '\0')
            umami_api_handle(x);
        else if (umami_owns(x->path))
            umami_answer_no_route(x, methods);
        else if (methods[0] == '\0')
            refuse_path(x);
        else if (strcmp(x->method, "OPTIONS") == 0)
            answer_options(x, foreign, methods);
        else
            refuse_method(x, methods);
        return;
    }
    x->route = route;
    if (foreign && (route->guards & GUARD_CORS) != 0) {
        refuse_origin(x);
        return;
    }
    if ((route->guards & GUARD_RATE) != 0 && !pass_rate(x))
        return;
    if (!pass_size(x))
        return;
    x->handled_ns = mono_ns();
    route->handle(x);
}

/* Questions of our own screen would fill the intake with themselves. */
static bool
is_own_screen(const struct exchange *x)
{
    const char *agent = exchange_header(x, "User-Agent");

    return agent != NULL && strncmp(agent, "obsview/", 8) == 0;
}

/* What a screen does; a replay posts as an app does. */
static bool
is_looking(const struct exchange *x)
{
    return strcmp(x->method, "GET") == 0 || strcmp(exchange_path(x), "/api/auth/login") == 0;
}

static const char *
error_code(unsigned status)
{
    static const struct {
        unsigned status;
        const char *code;
    } codes[] = { { 400, "ValidationException" },   { 401, "UnrecognizedClientException" },
                  { 403, "AccessDeniedException" }, { 404, "ResourceNotFoundException" },
                  { 429, "ThrottlingException" },   { 503, "ServiceUnavailableException" } };

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].status == status)
            return codes[i].code;
    }
    return status < 500 ? "ValidationException" : "InternalFailure";
}

/* In the shape that the client knows. */
static void
answer_error(struct exchange *x, unsigned status)
{
    static const char sentence[] = "fault injected: answered %u";
    char text[64];

    snprintf(text, sizeof text, sentence, status);
    if (x->kind == INTAKE_REPLAY) {
        openreplay_refuse(x, REFUSAL_FAULT, status, "%s", text);
    } else if (x->is_aws) {
        x->refusal = REFUSAL_FAULT;
        aws_refuse(x, status, error_code(status), text);
    } else {
        exchange_refuse(x, REFUSAL_FAULT, status, "see GET /_obsview/faults", "%s", text);
    }
}

/* true: this request is one that somebody asked to see fail, and is done with. */
static bool
answer_fault(struct exchange *x)
{
    struct fault fault;

    if (!faults_take(emulator_faults(x->em), x->method, x->path, &fault))
        return false;
    if (fault.kind == FAULT_STATUS) {
        answer_error(x, fault.status);
        return true;
    }
    x->fault = fault.kind;
    x->fault_ms = fault.kind == FAULT_HANG ? HANG_MS : fault.ms;
    if (fault.kind == FAULT_SLOW || fault.kind == FAULT_HALF)
        return false;
    exchange_note(x, true, "fault injected: %s",
                  fault.kind == FAULT_HANG    ? "no answer"
                  : fault.kind == FAULT_RESET ? "the connection was reset"
                                              : "answered with garbage");
    exchange_break(x);
    return true;
}

/* No page of a foreign origin may use an AWS service here, whatever it says in its query. */
static void
dispatch_signed(struct exchange *x, bool foreign)
{
    x->is_unseen = is_own_screen(x);
    if (foreign)
        refuse_origin(x);
    else if (pass_size(x))
        aws_handle(x);
}

void
route_dispatch(struct exchange *x)
{
    bool foreign;

    if (!x->is_trusted && !pass_host(x))
        return;
    x->is_aws = is_signed(x) || is_unsigned_aws(x);
    x->is_unseen = is_own_screen(x) && is_looking(x);
    if (!x->is_aws && openreplay_rest(emulator_openreplay(x->em), x->path) != NULL) {
        openreplay_set_headers(x);
        foreign = false;
    } else if (!x->is_aws && umami_owns(x->path)) {
        umami_set_headers(x);
        foreign = false;
    } else {
        foreign = is_foreign(x);
    }
    if (emulator_is_stopping(x->em)) {
        exchange_set_header(x, "Connection", "close");
        exchange_set_header(x, "Retry-After", "2");
        exchange_refuse(x, REFUSAL_BUSY, 503, NULL, "the emulator is stopping");
        return;
    }
    if (!x->is_trusted && strcmp(x->method, "OPTIONS") != 0 && x->kind != INTAKE_REPLAY &&
        !pass_token(x))
        return;
    if (answer_fault(x))
        return;
    if (x->is_aws)
        dispatch_signed(x, foreign);
    else
        dispatch_unsigned(x, foreign);
}
