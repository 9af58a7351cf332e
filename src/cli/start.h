/* start.h - from settings to a running emulator.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_START_H
#define OV_CLI_START_H

#include "base/clock.h"
#include "base/err.h"
#include "cli/settings.h"
#include "domain/pii.h"
#include "emulator/emulator.h"

struct recorder;
struct redactor;

/* The access key of the screen in the same process. */
#define SCREEN_KEY "obsview-screen"

struct started {
    struct emulator *emulator;
    struct clock *clock;
    char *db;                      /* the path in use */
    char screen_secret[UUID_TEXT]; /* with --require-auth: of the key SCREEN_KEY; else "" */
    /* --record; all NULL: nothing is recorded */
    struct recorder *recorder;
    struct redactor *redactor;
    struct pii_rules *rules;
    const char *record_path;
};

/* Makes the state directory when it is needed. On failure nothing is left running. */
MUST_CHECK enum status start_emulator(struct started *out, struct settings *s, struct err *err);
/* An emulator to replay a fixture in: with an empty store, in memory or at `db` (E_EXISTS: there is
 * something in that already), on a virtual clock that begins at `start_ms` and is moved by
 * emulator_step(), and on a port of its own. */
MUST_CHECK enum status start_stage(struct started *out, struct settings *s, const char *db,
                                   int64_t start_ms, struct err *err);
/* What could not be recorded is said on standard error. false: there was some. */
bool start_stop(struct started *started);

/* Does an obsview answer at the settings' address? *url is the caller's (free()). E_NOTFOUND:
 * nobody listens there; E_EXISTS: somebody else does; E_AUTH: it wants another token. */
MUST_CHECK enum status start_find_running(char **url, const struct settings *s, struct err *err);

/* Does an obsview answer behind this http:// URL, within `ms` (and a second at most)? E_USAGE: it
 * is no such URL; E_NOTFOUND: nobody listens there, or its name cannot be resolved; E_EXISTS:
 * another program does, or somebody who does not answer; E_AUTH: an obsview that wants another
 * token. */
MUST_CHECK enum status start_probe(const char *url, const char *token, int64_t ms, struct err *err);

/* The same in short. `token` is its --token; NULL: it has none. */
bool start_is_obsview(const char *url, const char *token);
/* The clock by which an obsview there must be looked at: a virtual one that shows what its own
 * does, or the real one; the caller's. */
struct clock *start_clock_of(const char *url, const char *token);

/* --db, else the project's file in the state directory (--demo never touches a file): where data
 * goes, or would go. Nothing is made; the caller's (free()). */
MUST_CHECK enum status start_database_path(char **out, const struct settings *s, struct err *err);
/* A file in the state directory, which is made when it is missing; the caller's (free()). */
char *start_state_path(const char *name);
/* The directory for what can be asked for again; not made here; the caller's (free()). */
char *start_cache_dir(void);

#endif
