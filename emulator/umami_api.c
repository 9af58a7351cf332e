/* umami_api.c - finding the endpoint, asking who it is, and how refusals look.
 * SPDX-License-Identifier: MIT
 *
 * Refusals come in the shape of the version that is emulated: v3 answers an object with message,
 * code and status, v2 a string, or a list of strings for wrong parameters. Neither minds where a
 * request comes from: every origin may ask, and the token says who. */
#include "config.h"

#include "emulator/umami_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "emulator/emulator.h"
#include "emulator/exchange_own.h"
#include "emulator/parts.h"
#include "emulator/umami.h"
#include "emulator/umami_collect.h"
#include "emulator/umami_loading.h"
#include "emulator/umami_print.h"
#include "wire/jwt.h"
#include "wire/sealed.h"

#define ANSWER_MAX   ((size_t)64 << 20)
#define METHODS_TEXT 64

struct store *
umami_store(struct umami_call *c)
{
    return emulator_store(exchange_emulator(c->x));
}

int64_t
umami_now_ms(struct umami_call *c)
{
    return exchange_now_ms(c->x);
}

unsigned
umami_view_types(const struct umami_call *c)
{
    return c->is_v3
               ? UMAMI_ALL_TYPES & ~UMAMI_BIT(UMAMI_ROW_EVENT) & ~UMAMI_BIT(UMAMI_ROW_PERFORMANCE)
               : UMAMI_BIT(UMAMI_ROW_VIEW);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* The call lives in the exchange's arena; only its buffer is its own. */
static void
end(struct umami_call *c, unsigned status)
{
    struct buf out = c->out;

    exchange_reply(c->x, status, "application/json", out.data, out.len);
    buf_fini(&out); /* the call may be gone by now */
}

void
umami_answer(struct umami_call *c)
{
    if (buf_failed(&c->out))
        umami_refuse_with(c, 500, NULL, "the answer is too long; ask for less");
    else
        end(c, 200);
}

struct refusal_words {
    unsigned status;
    const char *code, *message;
};

static const struct refusal_words *
words_of(unsigned status)
{
    static const struct refusal_words words[] = {
        { 400, "bad-request", "Bad request" },   { 401, "unauthorized", "Unauthorized" },
        { 403, "forbidden", "Forbidden" },       { 404, "not-found", "Not found" },
        { 501, "not-implemented", "Not built" }, { 503, "unavailable", "Unavailable" },
        { 500, "server-error", "Server error" },
    };
    size_t i = 0;

    while (words[i].status != status && words[i].status != 500)
        i++;
    return &words[i];
}

void
umami_refuse_with(struct umami_call *c, unsigned status, const char *code, const char *message)
{
    const struct refusal_words *words = words_of(status);

    buf_clear(&c->out);
    buf_adds(&c->out, "{");
    put_key(&c->out, "error");
    if (!c->is_v3)
        put_text(&c->out, NULL, message);
    else {
        buf_addc(&c->out, '{');
        put_text(&c->out, "message", message);
        put_text(&c->out, "code", code == NULL ? words->code : code);
        put_int(&c->out, "status", status);
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, '}');
    exchange_note(c->x, true, "Umami: %s", message);
    end(c, status);
}

void
umami_refuse(struct umami_call *c, unsigned status)
{
    umami_refuse_with(c, status, NULL, words_of(status)->message);
}

void
umami_refuse_unbuilt(struct umami_call *c, const char *what)
{
    umami_refuse_with(c, 501, NULL,
                      arena_printf(c->arena, "%s is not built in this emulator", what));
}

void
umami_fail(struct umami_call *c, enum status status, const struct err *err)
{
    if (status == E_INVALID || status == E_LIMIT)
        umami_refuse_with(c, 400, NULL, err->text);
    else if (status == E_BUSY)
        umami_refuse_with(c, 503, NULL, err->text);
    else
        umami_refuse_with(c, 500, NULL, err->text);
}

/* --- wrong parameters ------------------------------------------------------------------------- */

void
umami_is_wrong(struct umami_call *c, const char *field, const char *v2, const char *v3)
{
    if (c->fault_count < sizeof c->faults / sizeof c->faults[0])
        c->faults[c->fault_count++] = (struct umami_wrong){ field, v2, v3 };
}

static void
print_faults_v2(struct umami_call *c)
{
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < c->fault_count; i++) {
        const struct umami_wrong *f = &c->faults[i];

        if (f->field != NULL)
            put_text(&c->out, NULL, arena_printf(c->arena, "%s: %s", f->field, f->v2));
    }
    buf_addc(&c->out, ']');
}

static void
print_faults_v3(struct umami_call *c)
{
    bool has_fields = false;

    buf_addc(&c->out, '{');
    put_text(&c->out, "message", "Bad request");
    put_text(&c->out, "code", "bad-request");
    put_int(&c->out, "status", 400);
    put_key(&c->out, "errors");
    buf_addc(&c->out, '[');
    for (size_t i = 0; i < c->fault_count; i++) {
        if (c->faults[i].field == NULL)
            put_text(&c->out, NULL, c->faults[i].v3);
        else
            has_fields = true;
    }
    buf_addc(&c->out, ']');
    if (has_fields) {
        put_key(&c->out, "properties");
        buf_addc(&c->out, '{');
        for (size_t i = 0; i < c->fault_count; i++) {
            if (c->faults[i].field == NULL)
                continue;
            put_key(&c->out, c->faults[i].field);
            buf_adds(&c->out, "{\"errors\":[");
            put_text(&c->out, NULL, c->faults[i].v3);
            buf_adds(&c->out, "]}");
        }
        buf_addc(&c->out, '}');
    }
    buf_addc(&c->out, '}');
}

bool
umami_faulty(struct umami_call *c)
{
    const struct umami_wrong *f = &c->faults[0];

    if (c->fault_count == 0)
        return false;
    buf_clear(&c->out);
    buf_adds(&c->out, "{\"error\":");
    if (c->is_v3)
        print_faults_v3(c);
    else
        print_faults_v2(c);
    buf_addc(&c->out, '}');
    exchange_note(c->x, true, "Umami: %s%s%s", f->field == NULL ? "" : f->field,
                  f->field == NULL ? "" : ": ", f->v3);
    end(c, 400);
    return true;
}

/* --- who it is -------------------------------------------------------------------------------- */

static const char *
secret_of(struct umami_call *c)
{
    return umami_key(emulator_umami(exchange_emulator(c->x)));
}

/* The user a token names: one of ours, or sealed besides, as a real server seals its own and
 * @umami/api-client 0.79 the one it makes from a user's id and the secret. */
static const char *
user_of_token(struct umami_call *c, const char *token)
{
    const cJSON *claims = NULL;
    struct buf opened;

    if (strchr(token, '.') == NULL) {
        buf_init(&opened, SEALED_MAX);
        if (sealed_open(&opened, secret_of(c), token, NULL) == OK)
            token = arena_strndup(c->arena, opened.data, opened.len);
        buf_fini(&opened);
    }
    if (jwt_verify(&claims, c->arena, secret_of(c), token, NULL) != OK)
        return NULL;
    return json_get_string(claims, "userId", NULL);
}

/* As a bearer's, or in the header that asks Umami Cloud. */
static const char *
token_of(const struct umami_call *c)
{
    const char *header = exchange_header(c->x, "Authorization");

    if (header != NULL && strncasecmp(header, "Bearer ", 7) == 0)
        return header + 7;
    return exchange_header(c->x, "x-umami-api-key");
}

static void
read_user(struct umami_call *c)
{
    const char *id;

    c->token = token_of(c);
    id = c->token == NULL ? NULL : user_of_token(c, c->token);
    if (id == NULL || store_umami_user(c->reader, c->arena, id, &c->user, NULL) != OK)
        c->user = (struct umami_user){ 0 };
}

static void
read_share(struct umami_call *c)
{
    const char *token = exchange_header(c->x, "x-umami-share-token");
    const char *context = exchange_header(c->x, "x-umami-share-context");
    const cJSON *claims = NULL;

    if (token == NULL || (c->is_v3 && (context == NULL || *context == '\0')))
        return;
    if (jwt_verify(&claims, c->arena, secret_of(c), token, NULL) == OK &&
        uuid_parse(c->share_website, json_get_string(claims, "websiteId", "")))
        c->share_token = token;
}

static bool
is_admin(const struct umami_call *c)
{
    return c->user.id != NULL && strcmp(c->user.role, "admin") == 0;
}

static bool
owns_website(struct umami_call *c)
{
    struct umami_site w;

    return c->user.id != NULL &&
           store_umami_website(c->reader, c->arena, c->website, &w, NULL) == OK &&
           w.user_id != NULL && strcmp(w.user_id, c->user.id) == 0;
}

bool
umami_may_see(struct umami_call *c)
{
    if (c->share_token != NULL && memcmp(c->share_website, c->website, 16) == 0)
        return true;
    return is_admin(c) || owns_website(c);
}

static bool
may_pass(struct umami_call *c)
{
    switch (c->endpoint->access) {
    case ACCESS_ANYBODY:
        return true;
    case ACCESS_USER:
        return c->user.id != NULL;
    case ACCESS_ADMIN:
        return is_admin(c);
    case ACCESS_SEE:
        return umami_may_see(c);
    case ACCESS_CHANGE:
        return is_admin(c) || owns_website(c);
    }
    return false;
}

/* --- the way of a call ------------------------------------------------------------------------ */

/* Umami looks an id up in the database and fails when it is none; that is a 400 here. */
static bool
read_website(struct umami_call *c)
{
    if (c->endpoint->access != ACCESS_SEE && c->endpoint->access != ACCESS_CHANGE)
        return true;
    if (!uuid_parse(c->website, c->args[0])) {
        umami_refuse_with(c, 400, NULL,
                          arena_printf(c->arena, "%.64s is not the id of a website", c->args[0]));
        return false;
    }
    memcpy(c->scope.website, c->website, 16);
    return true;
}

static void
read_body(struct umami_call *c)
{
    size_t len;
    const char *body = exchange_body(c->x, &len);

    if (len > 0 && json_parse_in(&c->body, c->arena, body, len, NULL) != OK)
        c->body = NULL;
}

static void
run(struct umami_call *c)
{
    read_body(c);
    if (c->endpoint == NULL) {
        umami_refuse_unbuilt(
            c, arena_printf(c->arena, "%s %.200s", exchange_method(c->x), exchange_path(c->x)));
        return;
    }
    if (!umami_read_params(c))
        return;
    read_user(c);
    read_share(c);
    if (!read_website(c))
        return;
    if (!may_pass(c))
        umami_refuse(c, 401);
    else
        c->endpoint->handle(c);
}

/* Whether it asks about a website's events, and not only about the website. */
static bool
counts_events(const struct umami_endpoint *e)
{
    if (e == NULL)
        return false;
    return (e->access == ACCESS_SEE && e->handle != umami_site_get) ||
           strstr(e->path, "/reports/") != NULL;
}

/* A question that would have to load many events first waits elsewhere until they are. */
static void
run_on_reader(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct umami_call *c = arg;
    bool more = false;
    struct err err;

    c->reader = reader;
    buf_init(&c->out, ANSWER_MAX);
    if (!counts_events(c->endpoint) || store_umami_catch_up(reader, &more, &err) != OK || !more)
        run(c);
    else if (!umami_loading_wait(emulator_umami_loading(exchange_emulator(x)), x, run_on_reader, c))
        umami_refuse_with(c, 503, NULL, "the events are not loaded yet; ask again");
    /* The exchange has its own copy of the answer, and may be gone with the call. */
}

/* --- finding the endpoint --------------------------------------------------------------------- */

static const char *const method_names[] = { "DELETE", "GET", "HEAD", "OPTIONS", "POST" };
enum { METHOD_GET = 1, METHOD_OPTIONS = 3, METHOD_NAMES = 5 };

/* What the tables have for a path. */
struct route {
    const char *path; /* the pattern of the fewest ":"; NULL: none fits */
    size_t holes;
    unsigned methods; /* bits of method_names */
    const struct umami_endpoint *endpoint;
    bool is_unbuilt;
};

/* One pattern against one path. The segments that ":" takes are put into args. */
static bool
matches(const char *pattern, const char *path, struct arena *arena,
        const char *args[UMAMI_PATH_ARGS], size_t *holes)
{
    size_t len;

    for (*holes = 0; *pattern != '\0'; pattern++) {
        if (*pattern != ':') {
            if (*pattern != *path++)
                return false;
            continue;
        }
        len = strcspn(path, "/");
        if (len == 0)
            return false;
        if (args != NULL && *holes < UMAMI_PATH_ARGS)
            args[*holes] = arena_strndup(arena, path, len);
        ++*holes;
        path += len;
    }
    return *path == '\0';
}

static void
try_path(struct route *r, const struct umami_call *c, const char *pattern, unsigned dialects)
{
    size_t holes;

    if ((dialects & (c->is_v3 ? IN_V3 : IN_V2)) == 0 ||
        !matches(pattern, exchange_path(c->x), NULL, NULL, &holes))
        return;
    if (r->path == NULL || holes < r->holes) {
        r->path = pattern;
        r->holes = holes;
    }
}

static void
add_method(struct route *r, const char *method, size_t len)
{
    for (size_t i = 0; i < METHOD_NAMES; i++) {
        if (strlen(method_names[i]) == len && strncmp(method_names[i], method, len) == 0)
            r->methods |= 1u << i;
    }
    r->methods |= 1u << METHOD_OPTIONS | (r->methods & 1u << METHOD_GET) << 1;
}

/* "GET, HEAD, OPTIONS"; "" when no path fits. */
static void
print_methods(const struct route *r, char text[METHODS_TEXT])
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < METHOD_NAMES; i++) {
        if ((r->methods >> i & 1) != 0)
            len += (size_t)snprintf(text + len, METHODS_TEXT - len, "%s%s", len == 0 ? "" : ", ",
                                    method_names[i]);
    }
}

static bool
is_of(const struct route *r, const struct umami_call *c, const char *path, unsigned dialects)
{
    return strcmp(path, r->path) == 0 && (dialects & (c->is_v3 ? IN_V3 : IN_V2)) != 0;
}

/* The row of the method, and all methods of the path. */
static void
take_methods(struct route *r, const struct umami_call *c, const char *method)
{
    for (const struct umami_endpoint *e = umami_endpoints; e->method != NULL; e++) {
        if (!is_of(r, c, e->path, e->dialects))
            continue;
        add_method(r, e->method, strlen(e->method));
        if (strcmp(e->method, method) == 0)
            r->endpoint = e;
    }
    for (const struct umami_unbuilt *u = umami_unbuilt; u->methods != NULL; u++) {
        const char *at = u->methods;

        if (!is_of(r, c, u->path, u->dialects))
            continue;
        for (size_t len = strcspn(at, " "); len > 0; len = strcspn(at, " ")) {
            add_method(r, at, len);
            r->is_unbuilt |= strlen(method) == len && strncmp(at, method, len) == 0;
            at += len + (at[len] == ' ');
        }
    }
}

/* The path first, then its method: another path does not lend its own. */
static void
find_route(struct route *r, struct umami_call *c)
{
    const char *method = exchange_method(c->x);
    size_t holes;

    *r = (struct route){ 0 };
    for (const struct umami_endpoint *e = umami_endpoints; e->method != NULL; e++)
        try_path(r, c, e->path, e->dialects);
    for (const struct umami_unbuilt *u = umami_unbuilt; u->methods != NULL; u++)
        try_path(r, c, u->path, u->dialects);
    if (r->path == NULL)
        return;
    take_methods(r, c, strcmp(method, "HEAD") == 0 ? "GET" : method);
    (void)matches(r->path, exchange_path(c->x), c->arena, c->args, &holes);
    c->endpoint = r->endpoint;
}

/* --- the door --------------------------------------------------------------------------------- */

/* When the readers have too much to do already. */
static void
excuse(struct exchange *x, const char *reason, void *arg)
{
    struct umami_call *c = arg;

    (void)x;
    buf_init(&c->out, ANSWER_MAX);
    umami_refuse_with(c, 503, NULL, reason);
}

/* Questions would fill the intake with themselves; what changes something is shown, but for what
 * may hold a password. */
static void
hide_questions(struct exchange *x, const struct umami_endpoint *endpoint)
{
    static const char *const secret[] = { "/api/auth/", "/api/users", "/api/me/", "/api/2fa/" };

    x->is_unseen |= endpoint != NULL && strcmp(endpoint->method, "GET") == 0;
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        if (strncmp(exchange_path(x), secret[i], strlen(secret[i])) == 0)
            exchange_hide_body(x);
    }
}

void
umami_api_handle(struct exchange *x)
{
    struct umami_call *c = arena_alloc(exchange_arena(x), sizeof *c);
    struct route route;
    char methods[METHODS_TEXT];

    c->x = x;
    c->arena = exchange_arena(x);
    c->is_v3 = umami_dialect(emulator_umami(exchange_emulator(x))) == UMAMI_V3;
    find_route(&route, c);
    print_methods(&route, methods);
    if (route.endpoint == NULL && !route.is_unbuilt)
        umami_answer_no_route(x, methods);
    else if (x->body_seen > x->body_limit)
        umami_refuse_size(x);
    else {
        hide_questions(x, c->endpoint);
        exchange_set_excuse(x, excuse, c);
        exchange_defer(x, run_on_reader, c);
    }
}
