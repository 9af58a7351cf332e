/* target.h - which Umami is asked, and as whom.
 * SPDX-License-Identifier: MIT
 *
 * One that the settings name, else the emulator beside us by the login of a fresh installation,
 * else none. Secrets come from files and the environment, are sent to the named server alone, and
 * are wiped. */
#ifndef OV_UMAMI_TARGET_H
#define OV_UMAMI_TARGET_H

#include "base/err.h"

#include <stdbool.h>

/* What was said on the command line, in our config or by the emulator; any may be NULL. */
struct umami_options {
    const char *url; /* "https://umami.example.com", or with the path it lives under */
    const char *user;
    const char *password_file;
    const char *api_key_file;
    const char *emulator_url; /* of the emulator that is watched */
    const char *emulator_token;
    const char *endpoint; /* that was named and is no emulator; NULL: none was */
    const char *(*get_variable)(const char *name); /* UMAMI_*; NULL: there are none */
};

struct umami_target {
    char *url;  /* without a slash at the end; NULL: nobody is asked, and `err` says why */
    char *host; /* for sentences: "umami.example.com" */
    char *user;
    char *password;
    char *api_key;        /* instead of these two */
    char *emulator_token; /* goes along as ?token= */
    bool is_emulator;     /* beside us: asked as changes come */
    bool is_cloud;        /* Umami Cloud's paths lack "/api" */
    struct err err;       /* why it cannot be asked: nothing is configured, or what is wrong */
};

/* A setting that is wrong is a sentence in out->err, for the panels: everything else works without
 * Umami. An API key that was named wins, then a user with a password; then UMAMI_API_KEY, and
 * UMAMI_USERNAME with UMAMI_PASSWORD. */
void umami_target_resolve(struct umami_target *out, const struct umami_options *options);
void umami_target_fini(struct umami_target *target);

#endif
