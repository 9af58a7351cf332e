/* umami_env.h - the environment variables by which Umami is told how to take hits.
 * SPDX-License-Identifier: MIT
 *
 * Their meaning is the real server's, oddities included: a switch is on with any text but the empty
 * one, "0" and "false" too. Read once; texts are borrowed from the environment. */
#ifndef OV_DOMAIN_UMAMI_ENV_H
#define OV_DOMAIN_UMAMI_ENV_H

#include "base/err.h"
#include "domain/umami_dialect.h"
#include "domain/umami_identity.h"

#include <stdbool.h>
#include <stddef.h>

/* An absent text is NULL. */
struct umami_env {
    const char *app_secret;
    const char *client_ip_header;
    const char *collect_endpoint;
    const char *cors_max_age;
    const char *geo_db;
    const char *ignore_ip;
    const char *script_names;
    enum umami_salt salt;
    bool skips_bot_check;
    bool skips_place_headers;
    bool drops_last_slash;
};

/* A variable, for lists of them. */
struct umami_variable {
    const char *name; /* "IGNORE_IP" */
    const char *help;
    bool is_secret; /* its value is not for the eye */
};
/* In order of names; NULL behind the last. */
const struct umami_variable *umami_variable(size_t at);

/* The value of a variable, or NULL; getenv() is one. */
typedef char *umami_getenv(const char *name);
/* E_USAGE names the variable and what was expected. What version 2 does not know stays unset. */
MUST_CHECK enum status umami_env_read(struct umami_env *out, enum umami_dialect dialect,
                                      umami_getenv *get, struct err *err);

/* Whether IGNORE_IP holds the address: the same text, or a network that it is in. */
bool umami_env_ignores(const struct umami_env *env, const char *ip);
/* The path under which the request is known: "/api/send" for that of COLLECT_API_ENDPOINT,
 * "/script.js" for those of TRACKER_SCRIPT_NAME, else `path` itself. */
const char *umami_env_path(const struct umami_env *env, const char *path);

#endif
