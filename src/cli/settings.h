/* settings.h - every option of the program: one row each, one value each, and where the value came
 * from. SPDX-License-Identifier: MIT
 *
 * A setting `some-key` is the flag --some-key, the variable OBSVIEW_SOME_KEY and the line `some-key
 * = value` in the config file. The flag wins over the variable, the variable over the file ([env
 * NAME] over [default]), the file over the default. */
#ifndef OV_CLI_SETTINGS_H
#define OV_CLI_SETTINGS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting {
    SET_ENV,
    /* emulator */
    SET_LISTEN,
    SET_EMF_LISTEN,
    SET_DB,
    SET_PROJECT,
    SET_FSYNC,
    SET_MAX_SIZE,
    SET_TOKEN,
    SET_REQUIRE_AUTH,
    SET_THROTTLE,
    SET_FAULT,
    SET_ALLOW_ORIGIN,
    SET_ALLOW_HOST,
    SET_RATE_LIMIT,
    SET_ENVIRONMENT,
    SET_PRINT_PORT,
    SET_EXIT_WITH_PARENT,
    SET_EMF_STDIN,
    SET_EMF_GROUP,
    SET_DEMO,
    SET_CLOCK,
    SET_STACK,
    SET_UMAMI_DIALECT,
    SET_UMAMI_SECRET,
    SET_UMAMI_BOTS,
    SET_UMAMI_WEBSITES,
    SET_UMAMI_SCRIPT,
    SET_RECORDINGS_BUCKET,
    SET_GEO_DB,
    SET_OPENREPLAY_PREFIX,
    SET_OPENREPLAY_PROTOCOL,
    SET_OPENREPLAY_PROJECT,
    SET_PII_RULES,
    /* client */
    SET_ENDPOINT_URL,
    SET_PROFILE,
    SET_REGION,
    SET_LOG_GROUPS,
    SET_FUNCTIONS,
    SET_RANGE,
    SET_UMAMI_URL,
    SET_UMAMI_WEBSITE,
    SET_UMAMI_USER,
    SET_UMAMI_PASSWORD_FILE,
    SET_UMAMI_API_KEY_FILE,
    SET_MAX_SPEND,
    SET_PRICES,
    /* screen */
    SET_VIEW,
    SET_ONCE,
    SET_SIZE,
    SET_THEME,
    SET_COLOR,
    SET_ASCII,
    SET_GRAPH,
    SET_MOUSE,
    /* report */
    SET_FORMAT,
    SET_MONTH,
    SET_MARK,
    SET_PERIOD,
    SET_RULES,
    SET_SEVERITY,
    SET_OVER,
    SET_BASELINE,
    SET_SAVE,
    SET_LEAST,
    SET_WARN,
    SET_LIMIT,
    SET_ALLOW,
    /* sessions */
    SET_OUTPUT,
    SET_REVEAL,
    SET_YES,
    /* emit, run */
    SET_TO,
    SET_LOG_GROUP,
    SET_NAMESPACE,
    SET_UNIT,
    SET_DIM,
    SET_FIELD,
    SET_NAME,
    SET_FUNCTION,
    SET_REQUEST_ID,
    SET_ERROR,
    SET_TYPE,
    SET_STACK_TRACE,
    SET_URL,
    SET_SESSION,
    SET_USER_AGENT,
    SET_WEBSITE,
    /* fixtures */
    SET_REDACTION_KEY,
    SET_RECORD,
    SET_RECORD_EXPECT,
    SET_REDACT,
    SET_FIXTURE,
    SET_AT,
    SET_PAUSED,
    SET_SPEED,
    SET_UNTIL,
    SET_EXPECT,
    SET_STRICT,
    SET_FRESH,
    SET_SHOW,
    /* await, ready */
    SET_WHERE,
    SET_COUNT,
    SET_SINCE,
    SET_TIMEOUT,
    SET_WAIT,
    /* pii-seed */
    SET_SEED,
    SETTINGS
};

enum setting_type {
    TYPE_TEXT,
    TYPE_BOOL,
    TYPE_INT,
    TYPE_BYTES,
    TYPE_LIST,
    TYPE_CHOICE,
    TYPE_USD,
    TYPE_PAIRS, /* NAME=VALUE, may be given again */
    TYPE_TEXTS, /* may be given again */
    TYPE_SPAN
};

/* Which commands take a setting. */
#define FOR_EMULATE  1u
#define FOR_WATCH    2u
#define FOR_REPORT   4u
#define FOR_DOCTOR   8u
#define FOR_POLICY   16u
#define FOR_ALARMS   32u
#define FOR_CHECK    64u
#define FOR_EMIT     128u
#define FOR_RUN      256u
#define FOR_FIXTURE  512u
#define FOR_SESSIONS 1024u
#define FOR_AWAIT    2048u
#define FOR_READY    4096u
#define FOR_SEED     8192u
#define FOR_WHY      16384u
#define FOR_REPLAY   32768u
#define FOR_DIFF     65536u
#define FOR_WAITING  (FOR_AWAIT | FOR_READY)

struct setting_info {
    const char *key;
    enum setting_type type;
    const char *argument;  /* "HOST:PORT"; NULL for a bool */
    const char *otherwise; /* the default as text; NULL: none */
    unsigned commands;
    const char *help;           /* one sentence without a full stop */
    const char *const *choices; /* TYPE_CHOICE: NULL-terminated */
};
extern const struct setting_info setting_table[SETTINGS];

/* What a command with these FOR_* may be given: of --format not every command has all. Ends with
 * NULL; NULL: it is no choice. */
const char *const *setting_choices(enum setting which, unsigned commands);

struct settings;

struct settings *settings_new(void);
void settings_free(struct settings *s);

/* Sets from the command line: `name` without dashes; "no-x" switches a bool off. `value` NULL when
 * none was given. *took_value says whether `value` was used. E_USAGE with the nearest known flag.
 */
MUST_CHECK enum status settings_set_flag(struct settings *s, const char *name, const char *value,
                                         bool *took_value, struct err *err);
/* Reads OBSVIEW_* and the config file (OBSVIEW_CONFIG, else $XDG_CONFIG_HOME/obsview/config).
 * Unknown keys are told through `warn`. A missing file is fine; an unreadable one is E_IO, a wrong
 * value E_USAGE. Call after all flags. */
MUST_CHECK enum status settings_resolve(struct settings *s, void (*warn)(const char *sentence),
                                        struct err *err);

/* What a fixture says of the emulator it was recorded with; flags alone come before it. E_INVALID:
 * none of its business. */
MUST_CHECK enum status settings_set_of_fixture(struct settings *s, const char *key,
                                               const char *value, const char *origin,
                                               struct err *err);
void settings_forget_fixture(struct settings *s);
bool settings_is_of_fixtures(enum setting which);

/* The names of the [env NAME] sections of the config file, in its order: NULL-terminated, the
 * caller's (settings_environments_free()). Call after settings_resolve(). */
char **settings_environments(const struct settings *s);
void settings_environments_free(char **names);
/* The settings as if `env` had been chosen from the start: flags of the screen stay, but what says
 * whom to ask comes from the section alone, since who switches means the section and not a flag of
 * an hour ago. *out is the caller's. */
MUST_CHECK enum status settings_switch(struct settings **out, const struct settings *s,
                                       const char *env, void (*warn)(const char *sentence),
                                       struct err *err);

/* NULL when there is no value. Lists: comma-separated text as given; pairs and texts: one a
 * line, as such a flag may be given again and again. */
const char *settings_text(const struct settings *s, enum setting which);
bool settings_bool(const struct settings *s, enum setting which);
int64_t
settings_int(const struct settings *s,
             enum setting which); /* bytes for TYPE_BYTES; millionths of a dollar for
                                     TYPE_USD, -1 when it is "off"; milliseconds for TYPE_SPAN */
/* NULL-terminated, NULL when empty; owned by `s`. */
const char *const *settings_list(struct settings *s, enum setting which);
/* "flag", "fixture demo.jsonl", "variable OBSVIEW_DB", "file /home/..., [env prod]", "default" */
const char *settings_origin(const struct settings *s, enum setting which);
const char *settings_config_path(const struct settings *s);
/* The variable's name, e.g. OBSVIEW_EMF_LISTEN, into `name`. */
void settings_variable(enum setting which, char name[64]);

#endif
