/* umami_env.c - one row per variable: its name, what it does, and who reads its value.
 * SPDX-License-Identifier: MIT
 *
 * Lists stay the text they are: they are checked here, and walked for each hit, which costs nothing
 * while they are not set. */
#include "config.h"

#include "domain/umami_env.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

#define ENTRY_MAX 64 /* "ffff:...:255.255.255.255/128" and room */

typedef enum status parse(void *to, const char *name, const char *value, struct err *err);

static parse take_text, take_switch, take_salt, take_header, take_seconds, take_networks, take_path;

#define AT(member) offsetof(struct umami_env, member)

/* clang-format off */
static const struct row {
    struct umami_variable variable;
    size_t offset;
    parse *parse;
    bool newer; /* not known to version 2 */
} rows[] = {
    { { "APP_SECRET", "secret of ids and tokens", true },
      AT(app_secret),          take_text,     false },
    { { "CLIENT_IP_HEADER", "header that has the visitor's address, before all others", false },
      AT(client_ip_header),    take_header,   false },
    { { "COLLECT_API_ENDPOINT", "further path of POST /api/send", false },
      AT(collect_endpoint),    take_path,     false },
    { { "CORS_MAX_AGE", "seconds that a browser may keep a preflight", false },
      AT(cors_max_age),        take_seconds,  false },
    { { "DISABLE_BOT_CHECK", "bots are visitors like others", false },
      AT(skips_bot_check),     take_switch,   false },
    { { "GEOLITE_DB_PATH", "MaxMind database of places", false },
      AT(geo_db),              take_text,     false },
    { { "IGNORE_IP", "addresses and networks whose hits answer 403", false },
      AT(ignore_ip),           take_networks, false },
    { { "REMOVE_TRAILING_SLASH", "a slash at the end of a path is dropped", false },
      AT(drops_last_slash),    take_switch,   false },
    { { "SALT_ROTATION", "when a visitor is a new one: each day, week, else month (version 3)", false },
      AT(salt),                take_salt,     true },
    { { "SKIP_LOCATION_HEADERS", "a proxy's word on the place is not believed", false },
      AT(skips_place_headers), take_switch,   false },
    { { "TRACKER_SCRIPT_NAME", "further paths of GET /script.js, with commas", false },
      AT(script_names),        take_text,     false },
};
/* clang-format on */
#define ROWS (sizeof rows / sizeof rows[0])

const struct umami_variable *
umami_variable(size_t at)
{
    return at < ROWS ? &rows[at].variable : NULL;
}

/* --- values ----------------------------------------------------------------------------------- */

static enum status
take_text(void *to, const char *name, const char *value, struct err *err)
{
    (void)name;
    (void)err;
    *(const char **)to = value;
    return OK;
}

static enum status
take_switch(void *to, const char *name, const char *value, struct err *err)
{
    (void)name;
    (void)value;
    (void)err;
    *(bool *)to = true;
    return OK;
}

static enum status
take_salt(void *to, const char *name, const char *value, struct err *err)
{
    (void)name;
    (void)err;
    *(enum umami_salt *)to = strcmp(value, "day") == 0    ? UMAMI_SALT_DAY
                             : strcmp(value, "week") == 0 ? UMAMI_SALT_WEEK
                                                          : UMAMI_SALT_MONTH;
    return OK;
}

static enum status
take_header(void *to, const char *name, const char *value, struct err *err)
{
    static const char token[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "!#$%&'*+-.^_`|~";

    if (value[strspn(value, token)] != '\0')
        return err_set(err, E_USAGE, "%s: expected the name of a header, got \"%.60s\"", name,
                       value);
    return take_text(to, name, value, err);
}

static enum status
take_seconds(void *to, const char *name, const char *value, struct err *err)
{
    int64_t seconds;

    if (!text_parse_int(&seconds, value) || seconds < 0)
        return err_set(err, E_USAGE, "%s: expected whole seconds, got \"%.60s\"", name, value);
    return take_text(to, name, value, err);
}

static enum status
take_path(void *to, const char *name, const char *value, struct err *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/-_.~";

    if (*value != '/' || value[1] == '\0' || value[strspn(value, plain)] != '\0')
        return err_set(err, E_USAGE, "%s: expected a path such as /api/hit, got \"%.60s\"", name,
                       value);
    return take_text(to, name, value, err);
}

/* --- lists ------------------------------------------------------------------------------------ */

/* The next entry of a list with commas, without the space around it; false at the end. */
static bool
next_entry(const char **list, const char **entry, size_t *len)
{
    const char *at = *list;

    if (at == NULL)
        return false;
    *len = strcspn(at, ",");
    *list = at[*len] == ',' ? at + *len + 1 : NULL;
    while (*len > 0 && strchr(" \t", *at) != NULL) {
        at++;
        --*len;
    }
    while (*len > 0 && strchr(" \t", at[*len - 1]) != NULL)
        --*len;
    *entry = at;
    return true;
}

struct network {
    int family;
    unsigned bits;
    uint8_t bytes[16];
};

static bool
read_address(struct network *out, const char *text)
{
    for (int i = 0; i < 2; i++) {
        out->family = i == 0 ? AF_INET : AF_INET6;
        out->bits = i == 0 ? 32 : 128;
        if (inet_pton(out->family, text, out->bytes) == 1)
            return true;
    }
    return false;
}

/* "10.0.0.0/8" */
static bool
read_network(struct network *out, const char *entry, size_t len)
{
    const char *slash = memchr(entry, '/', len);
    char text[ENTRY_MAX];
    int64_t bits;

    if (slash == NULL || len >= sizeof text)
        return false;
    memcpy(text, entry, len);
    text[len] = '\0';
    text[slash - entry] = '\0';
    if (!read_address(out, text) || !text_parse_int(&bits, text + (slash - entry) + 1) ||
        bits < 0 || bits > out->bits)
        return false;
    out->bits = (unsigned)bits;
    return true;
}

static bool
holds(const struct network *network, const struct network *address)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;

    if (network->family != address->family || memcmp(network->bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 || (network->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

/* An entry without a slash is compared as text, so nothing can be wrong with it. */
static enum status
take_networks(void *to, const char *name, const char *value, struct err *err)
{
    const char *list = value, *entry;
    struct network network;
    size_t len;

    while (next_entry(&list, &entry, &len)) {
        if (memchr(entry, '/', len) != NULL && !read_network(&network, entry, len))
            return err_set(err, E_USAGE,
                           "%s: expected addresses and networks such as 10.0.0.0/8, with commas, "
                           "got \"%.*s\"",
                           name, (int)(len < 60 ? len : 60), entry);
    }
    return take_text(to, name, value, err);
}

bool
umami_env_ignores(const struct umami_env *env, const char *ip)
{
    const char *list = env->ignore_ip, *entry;
    struct network network, address;
    bool is_address;
    size_t len;

    if (list == NULL || ip == NULL)
        return false;
    is_address = read_address(&address, ip);
    while (next_entry(&list, &entry, &len)) {
        if (strlen(ip) == len && memcmp(ip, entry, len) == 0)
            return true;
        if (is_address && read_network(&network, entry, len) && holds(&network, &address))
            return true;
    }
    return false;
}

static bool
is_script(const struct umami_env *env, const char *path)
{
    const char *list = env->script_names, *entry;
    size_t len;

    while (next_entry(&list, &entry, &len)) {
        while (len > 0 && *entry == '/') {
            entry++;
            len--;
        }
        if (len > 0 && strlen(path) == len + 1 && memcmp(path + 1, entry, len) == 0)
            return true;
    }
    return false;
}

const char *
umami_env_path(const struct umami_env *env, const char *path)
{
    if (env->collect_endpoint != NULL && strcmp(path, env->collect_endpoint) == 0)
        return "/api/send";
    return *path == '/' && is_script(env, path) ? "/script.js" : path;
}

/* --- the whole -------------------------------------------------------------------------------- */

enum status
umami_env_read(struct umami_env *out, enum umami_dialect dialect, umami_getenv *get,
               struct err *err)
{
    struct umami_env env = { .salt = UMAMI_SALT_MONTH };
    enum status st = OK;

    for (size_t i = 0; i < ROWS && st == OK; i++) {
        const char *name = rows[i].variable.name, *value = get(name);

        if (value != NULL && *value != '\0' && (!rows[i].newer || dialect == UMAMI_V3))
            st = rows[i].parse((char *)&env + rows[i].offset, name, value, err);
    }
    if (st == OK)
        *out = env;
    return st;
}
