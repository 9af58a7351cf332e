/* umami_api_sites.c - login, websites, users and shares.
 * SPDX-License-Identifier: MIT
 *
 * A login token is a signed JWT that names the user; Umami's own is encrypted besides, but no
 * client looks into it. Passwords are kept as bcrypt hashes, as Umami keeps them. */
#include "config.h"

#include "emulator/umami_api.h"

#include <crypt.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "emulator/parts.h"
#include "emulator/umami.h"
#include "emulator/umami_print.h"
#include "wire/jwt.h"

#define NAME_MAX_CHARS     100
#define DOMAIN_MAX_CHARS   500
#define SHARE_MAX_CHARS    50
#define USERNAME_MAX_CHARS 255
#define PASSWORD_MIN       8
#define TOKEN_MAX          ((size_t)4096)

/* --- users ------------------------------------------------------------------------------------ */

static bool
is_password(struct umami_call *c, const char *hash, const char *password)
{
    struct crypt_data *data = arena_alloc(c->arena, sizeof *data);
    const char *got = crypt_rn(password, hash, data, sizeof *data);

    return got != NULL && strlen(got) == strlen(hash) &&
           CRYPTO_memcmp(got, hash, strlen(hash)) == 0;
}

/* "$2b$10$" and 22 digits of salt: the cost that Umami uses. */
static const char *
hash_password(struct umami_call *c, const char *password)
{
    static const char digits[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    struct crypt_data *data = arena_alloc(c->arena, sizeof *data);
    unsigned char noise[21];
    char setting[32] = "$2b$10$";
    const char *got;

    if (RAND_bytes(noise, sizeof noise) != 1)
        return NULL;
    for (size_t i = 0; i < sizeof noise; i++)
        setting[7 + i] = digits[noise[i] % 64];
    setting[7 + sizeof noise] = '.'; /* of the last digit only two bits count */
    got = crypt_rn(password, setting, data, sizeof *data);
    return got == NULL || *got != '$' ? NULL : arena_strdup(c->arena, got);
}

static void
put_user(struct umami_call *c, const char *key, bool with_teams)
{
    const struct umami_user *u = &c->user;

    put_key(&c->out, key);
    buf_addc(&c->out, '{');
    put_text(&c->out, "id", u->id);
    put_text(&c->out, "username", u->username);
    put_text(&c->out, "role", u->role);
    put_time(&c->out, "createdAt", u->created_ms);
    put_bool(&c->out, "isAdmin", strcmp(u->role, "admin") == 0);
    if (with_teams && c->is_v3)
        buf_adds(&c->out, ",\"teams\":[]");
    buf_addc(&c->out, '}');
}

static void
put_token(struct umami_call *c, const struct buf *claims)
{
    const char *key = umami_key(emulator_umami(exchange_emulator(c->x)));
    struct buf token;

    buf_init(&token, TOKEN_MAX);
    jwt_sign(&token, key, claims->data, claims->len);
    put_text(&c->out, "token", token.data);
    buf_fini(&token);
}

static void
answer_login(struct umami_call *c)
{
    struct buf claims;

    buf_init(&claims, TOKEN_MAX);
    buf_addc(&claims, '{');
    put_text(&claims, "userId", c->user.id);
    put_text(&claims, "role", c->user.role);
    put_int(&claims, "iat", umami_now_ms(c) / 1000);
    buf_addc(&claims, '}');
    buf_addc(&c->out, '{');
    put_token(c, &claims);
    put_user(c, "user", true);
    buf_addc(&c->out, '}');
    buf_fini(&claims);
    umami_answer(c);
}

/* A body that is no object has no fields that could be wrong. */
static bool
has_object(struct umami_call *c)
{
    const char *got = c->body == NULL           ? "undefined"
                      : cJSON_IsArray(c->body)  ? "array"
                      : cJSON_IsString(c->body) ? "string"
                      : cJSON_IsNumber(c->body) ? "number"
                      : cJSON_IsNull(c->body)   ? "null"
                                                : "boolean";

    if (cJSON_IsObject(c->body))
        return true;
    umami_is_wrong(c, NULL, NULL,
                   arena_printf(c->arena, "Invalid input: expected object, received %s", got));
    return !umami_faulty(c);
}

void
umami_login(struct umami_call *c)
{
    const char *username, *password;

    if (!has_object(c))
        return;
    username = umami_body_text(c, "username", true, USERNAME_MAX_CHARS);
    password = umami_body_text(c, "password", true, USERNAME_MAX_CHARS);
    if (umami_faulty(c))
        return;
    if (store_umami_user(c->reader, c->arena, username, &c->user, NULL) != OK ||
        strcmp(c->user.username, username) != 0 || !is_password(c, c->user.password, password)) {
        umami_refuse_with(c, 401, "incorrect-username-password",
                          c->is_v3 ? "Unauthorized" : "message.incorrect-username-password");
        return;
    }
    answer_login(c);
}

void
umami_logout(struct umami_call *c)
{
    buf_adds(&c->out, "{\"ok\":true}");
    umami_answer(c);
}

void
umami_verify(struct umami_call *c)
{
    put_user(c, NULL, true);
    umami_answer(c);
}

void
umami_me(struct umami_call *c)
{
    buf_addc(&c->out, '{');
    put_text(&c->out, "token", c->token);
    put_text(&c->out, "shareToken", c->share_token);
    put_user(c, "user", false);
    buf_addc(&c->out, '}');
    umami_answer(c);
}

static const char *
new_id(struct umami_call *c)
{
    char *text = arena_alloc(c->arena, UUID_TEXT);
    uint8_t id[16];

    clock_uuid(emulator_clock(exchange_emulator(c->x)), id);
    uuid_format(id, text);
    return text;
}

static void
fail_write(struct umami_call *c, enum status st, const struct err *err)
{
    if (st == E_EXISTS)
        umami_refuse_with(c, 400, NULL, err->text);
    else
        umami_fail(c, st, err);
}

void
umami_user_make(struct umami_call *c)
{
    struct umami_user user = { .created_ms = umami_now_ms(c) };
    const char *password;
    struct err err = { 0 };
    enum status st;

    if (!has_object(c))
        return;
    user.username = umami_body_text(c, "username", true, USERNAME_MAX_CHARS);
    password = umami_body_text(c, "password", true, USERNAME_MAX_CHARS);
    user.role = umami_body_text(c, "role", true, SHARE_MAX_CHARS);
    if (password != NULL && strlen(password) < PASSWORD_MIN)
        umami_is_wrong(c, "password", "String must contain at least 8 character(s)",
                       "Too small: expected string to have >=8 characters");
    if (umami_faulty(c))
        return;
    user.id = new_id(c);
    user.password = hash_password(c, password);
    if (user.password == NULL) {
        umami_refuse_unbuilt(c, "a password on a system whose crypt() has no bcrypt");
        return;
    }
    st = store_umami_make_user(umami_store(c), &user, &err);
    if (st != OK) {
        fail_write(c, st, &err);
        return;
    }
    buf_addc(&c->out, '{');
    put_text(&c->out, "id", user.id);
    put_text(&c->out, "username", user.username);
    put_text(&c->out, "role", user.role);
    buf_addc(&c->out, '}');
    umami_answer(c);
}

/* --- websites --------------------------------------------------------------------------------- */

static void
put_moment(struct buf *b, const char *key, int64_t ms)
{
    if (ms == 0)
        put_null(b, key);
    else
        put_time(b, key, ms);
}

static void
put_site(struct umami_call *c, const struct umami_site *w, bool with_user)
{
    struct buf *b = &c->out;

    put_item(b);
    buf_addc(b, '{');
    put_id(b, "id", w->id);
    put_text(b, "name", w->name);
    put_text(b, "domain", w->domain);
    put_text(b, "shareId", w->share_id);
    put_moment(b, "resetAt", w->reset_ms);
    put_text(b, "userId", w->user_id);
    put_null(b, "teamId");
    put_text(b, "createdBy", w->created_by);
    put_moment(b, "createdAt", w->created_ms);
    put_moment(b, "updatedAt", w->updated_ms);
    put_null(b, "deletedAt");
    if (c->is_v3) {
        put_bool(b, "replayEnabled", false);
        put_null(b, "replayConfig");
    }
    if (with_user) {
        put_key(b, "user");
        buf_addc(b, '{');
        put_text(b, "username", w->username);
        put_text(b, "id", w->user_id);
        buf_addc(b, '}');
    }
    buf_addc(b, '}');
}

void
umami_open_page(struct umami_call *c)
{
    buf_adds(&c->out, "{\"data\":[");
}

void
umami_close_page(struct umami_call *c, int64_t count)
{
    buf_addc(&c->out, ']');
    put_int(&c->out, "count", count);
    put_int(&c->out, "page", c->page);
    put_int(&c->out, "pageSize", c->page_size);
}

/* v2 orders by whatever member is named; false: by none that a website has, which is answered. */
static bool
read_site_order(struct umami_call *c, const char **name, enum umami_site_order *order)
{
    static const char *const names[] = {
        [UMAMI_SITES_BY_NAME] = "name",         [UMAMI_SITES_BY_ID] = "id",
        [UMAMI_SITES_BY_DOMAIN] = "domain",     [UMAMI_SITES_BY_SHARE] = "shareId",
        [UMAMI_SITES_BY_RESET] = "resetAt",     [UMAMI_SITES_BY_CREATED] = "createdAt",
        [UMAMI_SITES_BY_UPDATED] = "updatedAt",
    };
    const char *text = c->is_v3 ? NULL : exchange_query(c->x, "orderBy");

    *name = names[UMAMI_SITES_BY_NAME];
    *order = c->is_v3 ? UMAMI_SITES_BY_ID : UMAMI_SITES_BY_NAME;
    if (text == NULL)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            *name = names[i];
            *order = (enum umami_site_order)i;
            return true;
        }
    }
    umami_is_wrong(c, "orderBy", "a website has no such member to be ordered by", NULL);
    return !umami_faulty(c);
}

/* There are no teams, so with theirs they are the same; but then the owner is not told. */
void
umami_sites(struct umami_call *c)
{
    const char *teams = c->is_v3 ? exchange_query(c->x, "includeTeams") : NULL, *order_name;
    const bool with_user = teams == NULL || *teams == '\0';
    enum umami_site_order order;
    struct umami_site_list list;
    struct err err = { 0 };
    enum status st;

    if (!read_site_order(c, &order_name, &order))
        return;
    st = store_umami_websites(c->reader, c->arena, c->user.id, c->search, order,
                              (size_t)c->page_size, umami_page_offset(c), &list, &err);
    if (st != OK) {
        umami_fail(c, st, &err);
        return;
    }
    umami_open_page(c);
    for (size_t i = 0; i < list.count; i++)
        put_site(c, &list.websites[i], with_user);
    umami_close_page(c, list.total);
    if (!c->is_v3)
        put_text(&c->out, "orderBy", order_name);
    else if (c->search != NULL)
        put_text(&c->out, "search", c->search);
    buf_addc(&c->out, '}');
    umami_answer(c);
}

static void
answer_site(struct umami_call *c, const uint8_t id[16])
{
    struct umami_site w;
    struct err err = { 0 };
    enum status st = store_umami_website(c->reader, c->arena, id, &w, &err);

    if (st == OK)
        put_site(c, &w, false);
    else if (st == E_NOTFOUND)
        buf_adds(&c->out, "null");
    if (st == OK || st == E_NOTFOUND)
        umami_answer(c);
    else
        umami_fail(c, st, &err);
}

void
umami_site_get(struct umami_call *c)
{
    answer_site(c, c->website);
}

static void
tell_collector(struct umami_call *c, const uint8_t id[16], bool made)
{
    struct umami *umami = emulator_umami(exchange_emulator(c->x));
    char text[UUID_TEXT];

    uuid_format(id, text);
    if (made)
        umami_website_made(umami, text);
    else
        umami_website_gone(umami, text);
}

static void
read_site_id(struct umami_call *c, uint8_t id[16])
{
    const char *text = umami_body_text(c, "id", false, UUID_TEXT);

    if (text == NULL)
        clock_uuid(emulator_clock(exchange_emulator(c->x)), id);
    else if (!uuid_parse(id, text))
        umami_is_wrong(c, "id", "Invalid uuid", "Invalid UUID");
}

void
umami_site_make(struct umami_call *c)
{
    struct umami_site w = { .user_id = c->user.id,
                            .created_by = c->user.id,
                            .created_ms = umami_now_ms(c),
                            .updated_ms = umami_now_ms(c) };
    struct err err = { 0 };
    enum status st;

    if (!has_object(c))
        return;
    read_site_id(c, w.id);
    w.name = umami_body_text(c, "name", true, NAME_MAX_CHARS);
    w.domain = umami_body_text(c, "domain", true, DOMAIN_MAX_CHARS);
    w.share_id = umami_body_text(c, "shareId", false, SHARE_MAX_CHARS);
    if (umami_faulty(c))
        return;
    if (umami_body_text(c, "teamId", false, UUID_TEXT) != NULL) {
        umami_refuse_unbuilt(c, "a website of a team");
        return;
    }
    st = store_umami_make_website(umami_store(c), &w, &err);
    if (st != OK) {
        fail_write(c, st, &err);
        return;
    }
    tell_collector(c, w.id, true);
    answer_site(c, w.id);
}

/* What the body leaves out stays, except that v2 wants name and domain. */
static void
read_changes(struct umami_call *c, struct umami_site *w)
{
    const char *name = umami_body_text(c, "name", !c->is_v3, NAME_MAX_CHARS);
    const char *domain = umami_body_text(c, "domain", !c->is_v3, DOMAIN_MAX_CHARS);
    const char *share = umami_body_text(c, "shareId", false, SHARE_MAX_CHARS);

    if (name != NULL)
        w->name = name;
    if (domain != NULL)
        w->domain = domain;
    if (json_get(c->body, "shareId") != NULL)
        w->share_id = share;
    w->updated_ms = umami_now_ms(c);
}

void
umami_site_set(struct umami_call *c)
{
    struct umami_site w = { 0 };
    struct err err = { 0 };
    enum status st;

    if (!has_object(c))
        return;
    read_changes(c, &w); /* what is wrong is said before what is not there */
    if (umami_faulty(c))
        return;
    st = store_umami_website(c->reader, c->arena, c->website, &w, &err);
    if (st == OK)
        read_changes(c, &w);
    if (st == OK)
        st = store_umami_change_website(umami_store(c), &w, &err);
    if (st == E_NOTFOUND)
        umami_refuse(c, 404);
    else if (st != OK)
        fail_write(c, st, &err);
    else
        answer_site(c, c->website);
}

static void
empty_site(struct umami_call *c, bool forget)
{
    struct err err = { 0 };
    enum status st =
        store_umami_empty_website(umami_store(c), c->website, forget, umami_now_ms(c), &err);

    if (st == E_NOTFOUND)
        umami_refuse(c, 404);
    else if (st != OK)
        umami_fail(c, st, &err);
    else {
        if (forget)
            tell_collector(c, c->website, false);
        buf_adds(&c->out, "{\"ok\":true}");
        umami_answer(c);
    }
}

void
umami_site_drop(struct umami_call *c)
{
    empty_site(c, true);
}

void
umami_site_reset(struct umami_call *c)
{
    empty_site(c, false);
}

/* --- shares ----------------------------------------------------------------------------------- */

/* The claims of the token are the answer without it, and the time. */
static void
answer_share(struct umami_call *c, struct buf *claims)
{
    buf_add(&c->out, claims->data, claims->len);
    put_int(claims, "iat", umami_now_ms(c) / 1000);
    buf_addc(claims, '}');
    put_token(c, claims);
    buf_addc(&c->out, '}');
    umami_answer(c);
}

static bool
find_share_v2(struct umami_call *c, struct buf *claims)
{
    uint8_t id[16];

    if (store_umami_shared_website(c->reader, c->args[0], id, NULL) != OK)
        return false;
    put_id(claims, "websiteId", id);
    return true;
}

static bool
find_share_v3(struct umami_call *c, struct buf *claims)
{
    struct umami_share share;

    if (store_umami_share(c->reader, c->arena, c->args[0], &share, NULL) != OK)
        return false;
    put_text(claims, "shareId", share.id);
    put_int(claims, "shareType", share.type);
    put_key(claims, "parameters");
    buf_adds(claims, share.parameters);
    put_text(claims, "websiteId", share.entity_id);
    return true;
}

void
umami_share_get(struct umami_call *c)
{
    struct buf claims;
    bool found;

    buf_init(&claims, TOKEN_MAX);
    buf_addc(&claims, '{');
    found = c->is_v3 ? find_share_v3(c, &claims) : find_share_v2(c, &claims);
    if (found && buf_failed(&claims))
        umami_refuse_with(c, 500, NULL, "the parameters of the share are too long for a token");
    else if (found)
        answer_share(c, &claims);
    else
        umami_refuse(c, 404);
    buf_fini(&claims);
}

static const char *
print_parameters(struct umami_call *c)
{
    const cJSON *value = json_get(c->body, "parameters");
    const char *text;
    struct buf b;

    if (value == NULL)
        return "{}";
    if (!cJSON_IsObject(value)) {
        umami_is_wrong(c, "parameters", "Expected object",
                       "Invalid input: expected record, received string");
        return "{}";
    }
    buf_init(&b, TOKEN_MAX / 2);
    json_print(&b, value);
    if (buf_failed(&b))
        umami_is_wrong(c, "parameters", "Too big", "Too big: expected at most 2048 bytes of JSON");
    text = arena_strdup(c->arena, b.data);
    buf_fini(&b);
    return text;
}

static void
print_share(struct umami_call *c, const struct umami_share *s)
{
    buf_addc(&c->out, '{');
    put_text(&c->out, "id", s->id);
    put_text(&c->out, "entityId", s->entity_id);
    put_text(&c->out, "name", s->name);
    put_int(&c->out, "shareType", s->type);
    put_text(&c->out, "slug", s->slug);
    put_key(&c->out, "parameters");
    buf_adds(&c->out, s->parameters);
    put_time(&c->out, "createdAt", s->created_ms);
    put_time(&c->out, "updatedAt", s->created_ms);
    buf_addc(&c->out, '}');
}

/* Only websites can be shared: the other types need links, pixels and boards. */
void
umami_share_make(struct umami_call *c)
{
    struct umami_share share = { .type = 1, .created_ms = umami_now_ms(c) };
    struct umami_site w;
    struct err err = { 0 };
    enum status st;

    if (!has_object(c))
        return;
    share.entity_id = umami_body_text(c, "entityId", true, UUID_TEXT);
    if (share.entity_id != NULL && !uuid_parse(c->website, share.entity_id))
        umami_is_wrong(c, "entityId", "Invalid uuid", "Invalid UUID");
    share.name = umami_body_text(c, "name", true, NAME_MAX_CHARS * 2);
    share.slug = umami_body_text(c, "slug", false, NAME_MAX_CHARS);
    share.parameters = print_parameters(c);
    if (umami_faulty(c))
        return;
    if (json_get_int(c->body, "shareType", 1) != 1) {
        umami_refuse_unbuilt(c, "a share of anything but a website");
        return;
    }
    st = store_umami_website(c->reader, c->arena, c->website, &w, &err);
    if (st != OK || (strcmp(c->user.role, "admin") != 0 &&
                     (w.user_id == NULL || strcmp(w.user_id, c->user.id) != 0))) {
        umami_refuse(c, 401);
        return;
    }
    share.id = new_id(c);
    if (share.slug == NULL)
        share.slug = share.id;
    st = store_umami_make_share(umami_store(c), &share, &err);
    if (st != OK) {
        fail_write(c, st, &err);
        return;
    }
    print_share(c, &share);
    umami_answer(c);
}
