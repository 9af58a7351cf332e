/* settings.c - one table, four sources.
 * SPDX-License-Identifier: MIT
 *
 * Each source is a column of the same array of values; resolving is picking the first column that
 * has one. So `obsview config` can say where a value came from without any bookkeeping. */
#include "config.h"

#include "cli/settings.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/setting_value.h"
#include "domain/recording_file.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *const themes[] = { "terminal", "dark", "light", "high-contrast", "mono", NULL };
static const char *const colors[] = { "auto", "256", "16", "mono", NULL };
static const char *const graphs[] = { "braille", "block", "ascii", NULL };
static const char *const formats[] = {
    "text", "json", "csv", "md", "junit", "github", "sarif", NULL
};
static const char *const dialects[] = { "v2", "v3", NULL };
static const char *const protocols[] = { "1", "2", NULL };
static const char *const bots[] = { "count", "drop", NULL };
static const char *const websites[] = { "auto", "strict", NULL };
static const char *const record_expects[] = { "none", "status", "body", NULL };
static const char *const severities[] = { "low", "medium", "high", NULL };
static const char *const ranges[] = { "5m", "15m", "1h", "3h", "24h", "7d", "30d", NULL };

/* In the value of a pair that a flag gave, in the place of a newline: pairs are one a line. */
#define LINE_WITHIN '\x1f'

/* The commands that ask an emulator or an account. */
#define FOR_NAMES   (FOR_WATCH | FOR_REPORT | FOR_DOCTOR | FOR_ALARMS) /* and look at names */
#define FOR_SENDING (FOR_EMIT | FOR_RUN)
#define FOR_ASKING  (FOR_NAMES | FOR_CHECK | FOR_SESSIONS | FOR_SENDING | FOR_WHY)
#define FOR_UMAMI   (FOR_WATCH | FOR_REPORT | FOR_DOCTOR)

/* clang-format off */
const struct setting_info setting_table[SETTINGS] = {
    [SET_ENV] = { "env", TYPE_TEXT, "NAME", NULL, FOR_EMULATE | FOR_ASKING | FOR_POLICY,
        "use the section [env NAME] of the config file", NULL },
    [SET_LISTEN] = { "listen", TYPE_TEXT, "HOST:PORT", "127.0.0.1:6270", FOR_EMULATE | FOR_WAITING,
        "address of the HTTP endpoints; port 0 picks a free one", NULL },
    [SET_EMF_LISTEN] = { "emf-listen", TYPE_TEXT, "HOST:PORT", "127.0.0.1:25888", FOR_EMULATE,
        "address for EMF over TCP and UDP; \"off\" opens none", NULL },
    [SET_DB] = { "db", TYPE_TEXT, "PATH", NULL, FOR_EMULATE | FOR_CHECK | FOR_REPLAY,
        "database file, or :memory: (default: the project's file in the state directory); for check pii: one to search, which nobody has open", NULL },
    [SET_PROJECT] = { "project", TYPE_TEXT, "NAME", "obsview", FOR_EMULATE,
        "name of the database in the state directory, when --db is not given", NULL },
    [SET_FSYNC] = { "fsync", TYPE_BOOL, NULL, "off", FOR_EMULATE | FOR_REPLAY,
        "survive a power loss too, not only the end of the process", NULL },
    [SET_MAX_SIZE] = { "max-size", TYPE_BYTES, "SIZE", "1GiB", FOR_EMULATE | FOR_REPLAY,
        "size of the database at which the oldest data goes", NULL },
    [SET_TOKEN] = { "token", TYPE_TEXT, "SECRET", NULL, FOR_EMULATE | FOR_ASKING | FOR_WAITING | FOR_REPLAY | FOR_DIFF,
        "what an emulator requires from every client; needed to listen beyond loopback", NULL },
    [SET_REQUIRE_AUTH] = { "require-auth", TYPE_BOOL, NULL, "off", FOR_EMULATE,
        "verify the signatures of AWS requests: keys of this environment, the credentials file, or STS", NULL },
    [SET_THROTTLE] = { "throttle", TYPE_LIST, "RULE,...", NULL, FOR_EMULATE,
        "most requests a second: SERVICE=RATE or SERVICE:Operation=RATE, e.g. monitoring=5", NULL },
    [SET_FAULT] = { "fault", TYPE_TEXTS, "RULE", NULL, FOR_EMULATE,
        "let requests fail: PATH=500, hang, reset, half, garbage or slow:MS, with @PROBABILITY; may be given again", NULL },
    [SET_ALLOW_ORIGIN] = { "allow-origin", TYPE_LIST, "ORIGIN,...", NULL, FOR_EMULATE | FOR_REPLAY,
        "origins that may post (default: loopback, any port)", NULL },
    [SET_ALLOW_HOST] = { "allow-host", TYPE_LIST, "NAME,...", NULL, FOR_EMULATE,
        "further host names that are ours, such as host.docker.internal", NULL },
    [SET_RATE_LIMIT] = { "rate-limit", TYPE_INT, "N", "1000", FOR_EMULATE,
        "requests a minute and address on the tracking endpoints; 0 turns the limit off", NULL },
    [SET_ENVIRONMENT] = { "environment", TYPE_TEXT, "NAME", "dev", FOR_EMULATE | FOR_WATCH | FOR_REPORT | FOR_ALARMS | FOR_REPLAY | FOR_DIFF,
        "value of the dimension \"environment\"", NULL },
    [SET_PRINT_PORT] = { "print-port", TYPE_BOOL, NULL, "off", FOR_EMULATE,
        "print the HTTP port alone on the first line, for scripts that gave port 0", NULL },
    [SET_EXIT_WITH_PARENT] = { "exit-with-parent", TYPE_BOOL, NULL, "off", FOR_EMULATE,
        "end when the process that started it ends, however that does", NULL },
    [SET_EMF_STDIN] = { "emf-stdin", TYPE_BOOL, NULL, "off", FOR_EMULATE,
        "read a Lambda's output on standard input and pass it through unchanged", NULL },
    [SET_EMF_GROUP] = { "emf-group", TYPE_TEXT, "NAME", NULL, FOR_EMULATE | FOR_REPLAY | FOR_DIFF,
        "log group for lines that name none", NULL },
    [SET_DEMO] = { "demo", TYPE_BOOL, NULL, "off", FOR_EMULATE,
        "play the bundled traffic in a loop, in memory", NULL },
    [SET_CLOCK] = { "clock", TYPE_TEXT, "TIME", NULL, FOR_EMULATE,
        "start a virtual clock at this ISO 8601 time instead of using the real one", NULL },
    [SET_STACK] = { "stack", TYPE_TEXT, "FILE", NULL, FOR_EMULATE | FOR_REPLAY | FOR_DIFF | FOR_WATCH | FOR_REPORT,
        "the account to emulate, a stack file; \"off\": none (default: the built-in one)", NULL },
    [SET_UMAMI_DIALECT] = { "umami-dialect", TYPE_CHOICE, "VERSION", "v2", FOR_EMULATE | FOR_REPLAY,
        "which Umami to be: 2.20 or 3.1", dialects },
    [SET_UMAMI_SECRET] = { "umami-secret", TYPE_TEXT, "TEXT", NULL, FOR_EMULATE | FOR_REPLAY,
        "secret of Umami's ids and tokens (default: APP_SECRET, else a fixed one)", NULL },
    [SET_UMAMI_BOTS] = { "umami-bots", TYPE_CHOICE, "HOW", "count", FOR_EMULATE | FOR_REPLAY | FOR_DIFF,
        "hits of bots: count and flag them, or drop them as Umami does", bots },
    [SET_UMAMI_WEBSITES] = { "umami-websites", TYPE_CHOICE, "HOW", "auto", FOR_EMULATE | FOR_REPLAY | FOR_DIFF,
        "unknown websites: make and flag them, or refuse their hits as Umami does", websites },
    [SET_UMAMI_SCRIPT] = { "umami-script", TYPE_TEXT, "FILE", NULL, FOR_EMULATE | FOR_REPLAY,
        "what GET /script.js gives instead of our own tracker, such as a copy of your Umami's", NULL },
    [SET_RECORDINGS_BUCKET] = { "recordings-bucket", TYPE_TEXT, "NAME", RECORDING_BUCKET, FOR_EMULATE | FOR_SESSIONS | FOR_POLICY | FOR_WATCH | FOR_REPORT | FOR_REPLAY,
        "S3 bucket of the session recordings", NULL },
    [SET_GEO_DB] = { "geo-db", TYPE_TEXT, "FILE", NULL, FOR_EMULATE | FOR_REPLAY,
        "MaxMind database (GeoLite2-City) in which Umami finds country, region and city (default: GEOLITE_DB_PATH)", NULL },
    [SET_OPENREPLAY_PREFIX] = { "openreplay-prefix", TYPE_TEXT, "PATH", "/ingest", FOR_EMULATE | FOR_REPLAY,
        "where an OpenReplay tracker sends recordings: the path of its ingestPoint", NULL },
    [SET_OPENREPLAY_PROTOCOL] = { "openreplay-protocol", TYPE_CHOICE, "NUMBER", "1", FOR_EMULATE | FOR_REPLAY,
        "how trackers from 18 on cut their recordings: one stream, or four and the page at once", protocols },
    [SET_OPENREPLAY_PROJECT] = { "openreplay-project", TYPE_TEXT, "KEY", NULL, FOR_EMULATE | FOR_REPLAY,
        "the project key that trackers must have (default: any)", NULL },
    [SET_PII_RULES] = { "pii-rules", TYPE_TEXT, "FILE", NULL, FOR_EMULATE | FOR_REPLAY | FOR_DIFF,
        "what counts as personal data, and what must be masked (default: built-in rules)", NULL },
    [SET_ENDPOINT_URL] = { "endpoint-url", TYPE_TEXT, "URL", NULL, FOR_ASKING | FOR_WAITING,
        "server to ask instead of the local emulator", NULL },
    [SET_PROFILE] = { "profile", TYPE_TEXT, "NAME", NULL, FOR_ASKING,
        "profile of the AWS configuration files", NULL },
    [SET_REGION] = { "region", TYPE_TEXT, "NAME", NULL, FOR_EMULATE | FOR_ASKING | FOR_POLICY | FOR_REPLAY,
        "AWS region (default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, the machine's)", NULL },
    [SET_LOG_GROUPS] = { "log-groups", TYPE_LIST, "NAME,...", NULL, FOR_NAMES | FOR_POLICY | FOR_CHECK,
        "log groups to look at, or prefixes that end in * (default: all that are found)", NULL },
    [SET_FUNCTIONS] = { "functions", TYPE_LIST, "NAME,...", NULL, FOR_NAMES,
        "Lambda functions to look at (default: all that are found)", NULL },
    [SET_RANGE] = { "range", TYPE_CHOICE, "RANGE", "1h", FOR_WATCH | FOR_REPORT | FOR_WHY | FOR_CHECK | FOR_REPLAY,
        "how far back to look (check: a day, unless this is given)", ranges },
    [SET_UMAMI_URL] = { "umami-url", TYPE_TEXT, "URL", NULL, FOR_UMAMI,
        "Umami to ask for visitors (default: the emulator's own)", NULL },
    [SET_UMAMI_WEBSITE] = { "umami-website", TYPE_TEXT, "NAME", NULL, FOR_UMAMI,
        "website to look at: its domain, name or id (default: the first)", NULL },
    [SET_UMAMI_USER] = { "umami-user", TYPE_TEXT, "NAME", NULL, FOR_UMAMI,
        "user who asks Umami (default: UMAMI_USERNAME)", NULL },
    [SET_UMAMI_PASSWORD_FILE] = { "umami-password-file", TYPE_TEXT, "FILE", NULL, FOR_UMAMI,
        "file whose first line is that user's password (default: UMAMI_PASSWORD)", NULL },
    [SET_UMAMI_API_KEY_FILE] = { "umami-api-key-file", TYPE_TEXT, "FILE", NULL, FOR_UMAMI,
        "file whose first line is an API key of Umami, instead of a user (default: UMAMI_API_KEY)", NULL },
    [SET_MAX_SPEND] = { "max-spend", TYPE_USD, "USD", "3", FOR_WATCH | FOR_REPORT | FOR_ALARMS | FOR_CHECK,
        "what asking AWS may cost a month: slows down, then stops, what costs; \"off\": no limit", NULL },
    [SET_PRICES] = { "prices", TYPE_TEXT, "FILE", NULL, FOR_WATCH | FOR_REPORT | FOR_ALARMS | FOR_CHECK | FOR_DIFF,
        "price list read over the built-in one", NULL },
    [SET_VIEW] = { "view", TYPE_TEXT, "NAME", NULL, FOR_WATCH | FOR_POLICY,
        "view to open first (default: the first tab); for a policy: the views it allows, with commas", NULL },
    [SET_ONCE] = { "once", TYPE_BOOL, NULL, "off", FOR_WATCH,
        "print one frame as text and end", NULL },
    [SET_SIZE] = { "size", TYPE_TEXT, "COLSxROWS", NULL, FOR_WATCH | FOR_REPLAY,
        "size of the frame of --once (default: the terminal's, else 120x36); of a replay: of each frame", NULL },
    [SET_THEME] = { "theme", TYPE_CHOICE, "NAME", "terminal", FOR_WATCH,
        "colours", themes },
    [SET_COLOR] = { "color", TYPE_CHOICE, "DEPTH", "auto", FOR_WATCH,
        "palette to use; NO_COLOR means mono", colors },
    [SET_ASCII] = { "ascii", TYPE_BOOL, NULL, "off", FOR_WATCH | FOR_REPLAY,
        "draw with ASCII only", NULL },
    [SET_GRAPH] = { "graph", TYPE_CHOICE, "KIND", "braille", FOR_WATCH | FOR_REPLAY,
        "how graphs are drawn", graphs },
    [SET_MOUSE] = { "mouse", TYPE_BOOL, NULL, "off", FOR_WATCH,
        "let clicks and the wheel act on the screen", NULL },
    [SET_FORMAT] = { "format", TYPE_CHOICE, "FORMAT", "text", FOR_REPORT | FOR_DOCTOR | FOR_ALARMS | FOR_CHECK | FOR_FIXTURE | FOR_SESSIONS | FOR_WHY | FOR_SEED | FOR_REPLAY | FOR_DIFF,
        "how the answer is written", formats },
    [SET_MONTH] = { "month", TYPE_TEXT, "YYYY-MM", NULL, FOR_REPORT,
        "of the costs: the review of that month instead of what the screen shows", NULL },
    [SET_MARK] = { "mark", TYPE_TEXT, "TIME", NULL, FOR_REPORT | FOR_CHECK,
        "of Aurora: compare before and after that moment, 11:30 or in ISO 8601", NULL },
    [SET_PERIOD] = { "period", TYPE_TEXT, "START..END", NULL, FOR_CHECK,
        "for check budget: the period of a Cost Explorer query, as it is asked, to be judged too", NULL },
    [SET_RULES] = { "rules", TYPE_TEXT, "FILE", NULL, FOR_CHECK | FOR_SEED,
        "for check pii with paths, or a --db: what is personal data (default: the rules that are built in)", NULL },
    [SET_SEVERITY] = { "severity", TYPE_CHOICE, "LEVEL", "medium", FOR_CHECK,
        "for check pii and logs: the lowest severity that is a finding, low, medium or high", severities },
    [SET_BASELINE] = { "baseline", TYPE_TEXT, "FILE", NULL, FOR_CHECK,
        "for check vitals, errors and logs: what to compare with; a fixture, a log, or what --save wrote", NULL },
    [SET_SAVE] = { "save", TYPE_TEXT, "FILE", NULL, FOR_CHECK,
        "for check vitals and errors: write what was seen, for a later --baseline", NULL },
    [SET_LEAST] = { "least", TYPE_INT, "SAMPLES", "20", FOR_CHECK | FOR_DIFF,
        "for check vitals and diff: fewer samples than this are not enough to judge by", NULL },
    [SET_WARN] = { "warn", TYPE_USD, "USD", "10", FOR_CHECK,
        "for check cardinality: warn beyond this price for a month", NULL },
    [SET_LIMIT] = { "limit", TYPE_USD, "USD", "20", FOR_CHECK,
        "for check cardinality: fail beyond this price for a month", NULL },
    [SET_ALLOW] = { "allow", TYPE_TEXTS, "TEXT", NULL, FOR_CHECK,
        "for check logs: a plain line that holds this text may be one; may be given again", NULL },
    [SET_OVER] = { "over", TYPE_TEXT, "SPAN", "7d", FOR_ALARMS,
        "how much of the past alarms are played over, 15d at most", NULL },
    [SET_OUTPUT] = { "output", TYPE_TEXT, "FILE|DIR", NULL, FOR_SESSIONS,
        "where a session is written to: a directory takes the bucket's files, a file obsview.full", NULL },
    [SET_REVEAL] = { "reveal", TYPE_BOOL, NULL, "off", FOR_SESSIONS,
        "show what was typed and other texts that may be personal", NULL },
    [SET_YES] = { "yes", TYPE_BOOL, NULL, "off", FOR_SESSIONS,
        "remove without asking", NULL },
    [SET_TO] = { "to", TYPE_TEXT, "URL", NULL, FOR_SENDING | FOR_REPLAY,
        "where it is sent: tcp:// or udp:// for metrics, http:// for what browsers send and for a replay (default: standard output; run: tcp://127.0.0.1:25888; replay: an emulator within)", NULL },
    [SET_LOG_GROUP] = { "log-group", TYPE_TEXT, "NAME", NULL, FOR_SENDING,
        "publish into this log group of --endpoint-url, --profile or --env instead; CloudWatch makes the metrics of it", NULL },
    [SET_NAMESPACE] = { "namespace", TYPE_TEXT, "NAME", "UserMetrics/Jobs", FOR_SENDING,
        "namespace of the metrics", NULL },
    [SET_UNIT] = { "unit", TYPE_TEXT, "UNIT", NULL, FOR_EMIT,
        "unit of the metric, as CloudWatch spells it: Milliseconds, Count, ...", NULL },
    [SET_DIM] = { "dim", TYPE_PAIRS, "NAME=VALUE", NULL, FOR_SENDING,
        "a dimension of the metrics; may be given again", NULL },
    [SET_FIELD] = { "field", TYPE_PAIRS, "NAME=VALUE", NULL, FOR_SENDING,
        "a further member: of the document, of a log line's context, of an event's data; may be given again", NULL },
    [SET_NAME] = { "name", TYPE_TEXT, "NAME", NULL, FOR_RUN,
        "value of the dimension functionName (default: the command's own name)", NULL },
    [SET_FUNCTION] = { "function", TYPE_TEXT, "NAME", "script", FOR_EMIT,
        "functionName of a log line", NULL },
    [SET_REQUEST_ID] = { "request-id", TYPE_TEXT, "ID", NULL, FOR_EMIT,
        "requestId of a log line (default: a new UUID)", NULL },
    [SET_ERROR] = { "error", TYPE_TEXT, "TEXT", NULL, FOR_EMIT,
        "error of a log line of level ERROR (default: the message)", NULL },
    [SET_TYPE] = { "type", TYPE_TEXT, "NAME", NULL, FOR_EMIT,
        "type of an error, such as TypeError", NULL },
    [SET_STACK_TRACE] = { "stack-trace", TYPE_TEXT, "TEXT", NULL, FOR_EMIT,
        "stack trace of an error", NULL },
    [SET_URL] = { "url", TYPE_TEXT, "URL", "http://localhost/", FOR_EMIT,
        "page on which a vital, an error or an event happened", NULL },
    [SET_SESSION] = { "session", TYPE_TEXT, "ID", NULL, FOR_EMIT,
        "session of a vital or an error (default: a new UUID)", NULL },
    [SET_USER_AGENT] = { "user-agent", TYPE_TEXT, "TEXT", "obsview/" PACKAGE_VERSION, FOR_EMIT,
        "user agent of a vital, an error or an event", NULL },
    [SET_WEBSITE] = { "website", TYPE_TEXT, "UUID", NULL, FOR_EMIT,
        "Umami website of an event", NULL },
    [SET_REDACTION_KEY] = { "redaction-key", TYPE_TEXT, "FILE", NULL, FOR_FIXTURE | FOR_EMULATE | FOR_WATCH,
        "key of the pseudonyms, 32 bytes or more (default: one of this machine, in the state directory)", NULL },
    [SET_RECORD] = { "record", TYPE_TEXT, "FILE", NULL, FOR_EMULATE | FOR_WATCH,
        "write what comes in (watch: what AWS answers) to this fixture, which must not be there yet; compressed when it ends in .gz", NULL },
    [SET_RECORD_EXPECT] = { "record-expect", TYPE_CHOICE, "WHAT", "status", FOR_EMULATE,
        "what is recorded of an answer, for replay --expect: none, its status, or its body, too", record_expects },
    [SET_REDACT] = { "redact", TYPE_BOOL, NULL, "on", FOR_EMULATE | FOR_WATCH,
        "record pseudonyms in the place of secrets and personal data", NULL },
    [SET_FIXTURE] = { "fixture", TYPE_TEXT, "FILE", NULL, FOR_WATCH | FOR_REPORT,
        "look at this recording, played within, instead of asking a server", NULL },
    [SET_AT] = { "at", TYPE_TEXT, "TIME", NULL, FOR_WATCH | FOR_REPORT,
        "with --fixture: be there, at 14:05, 14:05:10, 14:05:10.5 or a time in ISO 8601, 90s from the start, or at its end (default: watch: the start; report: the end)", NULL },
    [SET_PAUSED] = { "paused", TYPE_BOOL, NULL, "off", FOR_WATCH,
        "with --fixture: begin paused", NULL },
    [SET_SPEED] = { "speed", TYPE_TEXT, "N|max", NULL, FOR_REPLAY | FOR_WATCH,
        "how many times as fast as it was recorded (default: max; replay --to and watch --fixture: 1)", NULL },
    [SET_UNTIL] = { "until", TYPE_TEXT, "TIME|SPAN", NULL, FOR_REPLAY,
        "play what happened before this moment, in ISO 8601 or from the start: 90s, 1.5s, 20m, 2h", NULL },
    [SET_EXPECT] = { "expect", TYPE_BOOL, NULL, "off", FOR_REPLAY,
        "compare the answers with what the fixture expects; exit status 1 when one differs", NULL },
    [SET_STRICT] = { "strict", TYPE_BOOL, NULL, "off", FOR_REPLAY,
        "stop at a broken line instead of leaving it out", NULL },
    [SET_FRESH] = { "fresh", TYPE_BOOL, NULL, "off", FOR_REPLAY,
        "begin each file with an empty store of its own, as if it were played alone", NULL },
    [SET_SHOW] = { "show", TYPE_LIST, "VIEW,...", NULL, FOR_REPLAY,
        "print these views at the end, or \"all\": as reports, or with --size as frames", NULL },
    [SET_WHERE] = { "where", TYPE_TEXTS, "NAME=TEXT", NULL, FOR_AWAIT,
        "what it must be like: NAME=TEXT, NAME!=TEXT or NAME~EXPRESSION; may be given again", NULL },
    [SET_COUNT] = { "count", TYPE_INT, "N", "1", FOR_AWAIT | FOR_SEED,
        "how many of them; await: with 0, nothing may arrive in all the time of --timeout", NULL },
    [SET_SINCE] = { "since", TYPE_INT, "ID", "0", FOR_AWAIT,
        "leave out what arrived before this event of the intake", NULL },
    [SET_TIMEOUT] = { "timeout", TYPE_SPAN, "SPAN", "10s", FOR_AWAIT,
        "how long to wait: 500ms, 10s, 2m", NULL },
    [SET_WAIT] = { "wait", TYPE_SPAN, "SPAN", "10s", FOR_READY,
        "how long to wait: 500ms, 10s, 2m", NULL },
    [SET_SEED] = { "seed", TYPE_INT, "N", "1", FOR_SEED,
        "another number makes other people", NULL },
};
/* clang-format on */

/* Who answers with findings has all that CI reads; `replay --show` prints views, too. */
static const struct {
    unsigned commands;
    const char *const *formats;
} formats_of[] = {
    { FOR_REPORT | FOR_ALARMS, (const char *const[]){ "text", "json", "csv", "md", NULL } },
    { FOR_DOCTOR | FOR_CHECK | FOR_FIXTURE,
      (const char *const[]){ "text", "json", "junit", "github", "md", "sarif", NULL } },
    { FOR_DIFF, (const char *const[]){ "text", "json", "md", NULL } },
    { FOR_SEED, (const char *const[]){ "text", "json", "csv", NULL } },
    { FOR_SESSIONS | FOR_WHY, (const char *const[]){ "text", "json", NULL } },
    { FOR_REPLAY, formats },
};

const char *const *
setting_choices(enum setting which, unsigned commands)
{
    for (size_t i = 0; which == SET_FORMAT && i < sizeof formats_of / sizeof formats_of[0]; i++) {
        if ((commands & ~formats_of[i].commands) == 0)
            return formats_of[i].formats;
    }
    return setting_table[which].choices;
}

enum source {
    FROM_FLAG,
    FROM_FIXTURE,
    FROM_VARIABLE,
    FROM_SECTION,
    FROM_FILE,
    FROM_DEFAULT,
    SOURCES
};

struct settings {
    char *values[SOURCES][SETTINGS];
    char *origins[SOURCES][SETTINGS];
    char *config_path;
    char **lists[SETTINGS];
    bool resolved;
};

struct settings *
settings_new(void)
{
    struct settings *s = xcalloc(1, sizeof *s);

    for (int i = 0; i < SETTINGS; i++) {
        if (setting_table[i].otherwise != NULL)
            s->values[FROM_DEFAULT][i] = xstrdup(setting_table[i].otherwise);
        s->origins[FROM_DEFAULT][i] = xstrdup("default");
    }
    return s;
}

static void
free_list(char **list)
{
    for (char **p = list; p != NULL && *p != NULL; p++)
        free(*p);
    free(list);
}

void
settings_free(struct settings *s)
{
    if (s == NULL)
        return;
    for (int i = 0; i < SETTINGS; i++) {
        for (int source = 0; source < SOURCES; source++) {
            free(s->values[source][i]);
            free(s->origins[source][i]);
        }
        free_list(s->lists[i]);
    }
    free(s->config_path);
    free(s);
}

void
settings_variable(enum setting which, char name[64])
{
    snprintf(name, 64, "OBSVIEW_%s", setting_table[which].key);
    for (char *p = name; *p != '\0'; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

static int
find(const char *key)
{
    for (int i = 0; i < SETTINGS; i++) {
        if (strcmp(setting_table[i].key, key) == 0)
            return i;
    }
    return -1;
}

static const char *
nearest_key(const char *key)
{
    const char *keys[SETTINGS + 1] = { NULL };

    for (int i = 0; i < SETTINGS; i++)
        keys[i] = setting_table[i].key;
    return text_nearest(key, keys);
}

/* A flag that adds to what it was given before. */
static bool
is_repeated(enum setting which)
{
    return setting_table[which].type == TYPE_PAIRS || setting_table[which].type == TYPE_TEXTS;
}

/* What a flag adds, before it is a line of all: one that is empty asks for nothing and was hardly
 * meant, and the lines of a pair's value are no pairs of their own. */
static enum status
check_added(int which, const char *value, struct err *err)
{
    if (*value != '\0')
        return OK;
    return err_set(err, E_USAGE, "%s: expected %s, got nothing", setting_table[which].key,
                   setting_table[which].argument);
}

static char *
add_line(const char *before, const char *value, bool is_one)
{
    char *all = before == NULL ? xstrdup(value) : xasprintf("%s\n%s", before, value);
    size_t from = strlen(all) - strlen(value);

    for (char *at = all + from; is_one && *at != '\0'; at++) {
        if (*at == '\n')
            *at = LINE_WITHIN;
    }
    return all;
}

/* The sentence begins with the key. */
static enum status
name_flag(struct err *err)
{
    struct err before;

    if (err == NULL)
        return E_USAGE;
    before = *err;
    return err_set(err, before.code, "--%s", before.text);
}

static enum status
put(struct settings *s, enum source source, int which, const char *value, const char *origin,
    struct err *err)
{
    enum status st = setting_value_check(&setting_table[which], value, source == FROM_FLAG, err);
    char *before = s->values[source][which];
    bool is_added = is_repeated((enum setting)which);

    if (st == OK && is_added && source == FROM_FLAG)
        st = check_added(which, value, err);
    if (st != OK)
        return source == FROM_FLAG ? name_flag(err) : err_context(err, "%s", origin);
    s->values[source][which] =
        add_line(is_added ? before : NULL, value,
                 source == FROM_FLAG && setting_table[which].type == TYPE_PAIRS);
    free(before);
    free(s->origins[source][which]);
    s->origins[source][which] = xstrdup(origin);
    return OK;
}

enum status
settings_set_flag(struct settings *s, const char *name, const char *value, bool *took_value,
                  struct err *err)
{
    int which = find(name);
    const char *near;

    *took_value = false;
    if (which < 0 && strncmp(name, "no-", 3) == 0 && (which = find(name + 3)) >= 0) {
        if (setting_table[which].type == TYPE_BOOL)
            return put(s, FROM_FLAG, which, "off", "flag", err);
        which = -1;
    }
    if (which < 0) {
        near = nearest_key(name);
        return err_set(err, E_USAGE,
                       near == NULL ? "unknown option --%s"
                                    : "unknown option --%s (did you mean --%s?)",
                       name, near);
    }
    if (setting_table[which].type == TYPE_BOOL)
        return put(s, FROM_FLAG, which, "on", "flag", err);
    if (value == NULL)
        return err_set(err, E_USAGE, "--%s needs a value: --%s %s", name, name,
                       setting_table[which].argument);
    *took_value = true;
    return put(s, FROM_FLAG, which, value, "flag", err);
}

/* A variable that looks like ours but is not is most likely a slip. */
static void
warn_about_variables(void (*warn)(const char *))
{
    static const char *const others[] = { "OBSVIEW_CONFIG", "OBSVIEW_DATA" };
    char key[64], name[64], sentence[200];

    for (char **e = environ; *e != NULL; e++) {
        size_t len = strcspn(*e, "=");
        const char *near;

        if (strncmp(*e, "OBSVIEW_", 8) != 0 || len >= sizeof key)
            continue;
        if (strncmp(*e, others[0], len) == 0 || strncmp(*e, others[1], len) == 0)
            continue;
        for (size_t i = 8; i < len; i++)
            key[i - 8] = (*e)[i] == '_' ? '-' : (char)tolower((unsigned char)(*e)[i]);
        key[len - 8] = '\0';
        if (find(key) >= 0)
            continue;
        near = nearest_key(key);
        if (near != NULL)
            settings_variable((enum setting)find(near), name);
        snprintf(sentence, sizeof sentence,
                 near == NULL ? "unknown variable %.*s"
                              : "unknown variable %.*s (did you mean %s?)",
                 (int)len, *e, name);
        warn(sentence);
    }
}

static enum status
read_variables(struct settings *s, struct err *err)
{
    for (int i = 0; i < SETTINGS; i++) {
        char name[64], origin[80];
        const char *value;
        enum status st;

        settings_variable((enum setting)i, name);
        value = getenv(name);
        if (value == NULL || *value == '\0')
            continue;
        snprintf(origin, sizeof origin, "variable %s", name);
        st = put(s, FROM_VARIABLE, i, value, origin, err);
        if (st != OK)
            return st;
    }
    return OK;
}

struct file_reading {
    struct settings *s;
    const char *section; /* "env NAME", or NULL */
    bool section_seen;
    void (*warn)(const char *);
    enum status st;
    struct err *err;
};

static int
read_line(void *user, const char *section, const char *key, const char *value)
{
    struct file_reading *r = user;
    bool is_default = strcmp(section, "default") == 0 || *section == '\0';
    bool is_ours = r->section != NULL && strcmp(section, r->section) == 0;
    int which = find(key);
    char text[512];
    enum status st;

    r->section_seen |= is_ours;
    if (which < 0) {
        const char *near = nearest_key(key);

        snprintf(text, sizeof text,
                 near == NULL ? "%s: unknown key \"%s\""
                              : "%s: unknown key \"%s\" (did you mean \"%s\"?)",
                 r->s->config_path, key, near);
        r->warn(text);
        return 1;
    }
    if (!is_default && strncmp(section, "env ", 4) != 0) {
        snprintf(text, sizeof text,
                 "%s: unknown section [%s]; sections are [default] and [env NAME]",
                 r->s->config_path, section);
        r->warn(text);
        return 1;
    }
    if (!is_default && !is_ours)
        return 1;
    snprintf(text, sizeof text, "file %s, [%s]", r->s->config_path,
             is_default ? "default" : section);
    st = put(r->s, is_ours ? FROM_SECTION : FROM_FILE, which, value, text, r->err);
    if (st != OK && r->st == OK)
        r->st = st;
    return 1;
}

static char *
default_config_path(void)
{
    const char *explicit = getenv("OBSVIEW_CONFIG");
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (explicit != NULL && *explicit != '\0')
        return xstrdup(explicit);
    if (base != NULL && *base == '/')
        return xasprintf("%s/obsview/config", base);
    return xasprintf("%s/.config/obsview/config", home == NULL ? "" : home);
}

static enum status
read_file(struct settings *s, void (*warn)(const char *), struct err *err)
{
    const char *env = settings_text(s, SET_ENV);
    char *section = env == NULL ? NULL : xasprintf("env %s", env);
    struct file_reading r = { .s = s, .section = section, .warn = warn, .err = err };
    int line;

    s->config_path = default_config_path();
    if (access(s->config_path, F_OK) != 0) {
        if (env != NULL)
            r.st =
                err_set(err, E_USAGE, "--env %s: there is no config file %s", env, s->config_path);
        goto out;
    }
    line = ini_parse(s->config_path, read_line, &r);
    if (r.st != OK)
        goto out;
    if (line < 0)
        r.st = err_errno(err, errno, "cannot read %s", s->config_path);
    else if (line > 0)
        r.st = err_set(err, E_USAGE, "%s, line %d: expected [section] or key = value",
                       s->config_path, line);
    else if (env != NULL && !r.section_seen)
        r.st =
            err_set(err, E_USAGE, "--env %s: %s has no section [env %s]", env, s->config_path, env);
out:
    free(section);
    return r.st;
}

enum status
settings_resolve(struct settings *s, void (*warn)(const char *), struct err *err)
{
    enum status st = read_variables(s, err);

    warn_about_variables(warn);
    return st != OK ? st : read_file(s, warn, err);
}

/* --- fixtures --- */

/* What changes answers, and names neither a file nor a place. */
static const enum setting of_fixtures[] = {
    SET_ENVIRONMENT,        SET_REGION,         SET_UMAMI_DIALECT,     SET_UMAMI_SECRET,
    SET_UMAMI_BOTS,         SET_UMAMI_WEBSITES, SET_OPENREPLAY_PREFIX, SET_OPENREPLAY_PROTOCOL,
    SET_OPENREPLAY_PROJECT, SET_EMF_GROUP,      SET_RECORDINGS_BUCKET, SET_ALLOW_ORIGIN,
};

bool
settings_is_of_fixtures(enum setting which)
{
    for (size_t i = 0; i < sizeof of_fixtures / sizeof of_fixtures[0]; i++) {
        if (of_fixtures[i] == which)
            return true;
    }
    return false;
}

enum status
settings_set_of_fixture(struct settings *s, const char *key, const char *value, const char *origin,
                        struct err *err)
{
    const int which = find(key);

    if (which < 0 || !settings_is_of_fixtures((enum setting)which))
        return err_set(err, E_INVALID, "%s: %.60s is no setting that a fixture may have", origin,
                       key);
    return put(s, FROM_FIXTURE, which, value, origin, err);
}

void
settings_forget_fixture(struct settings *s)
{
    for (int i = 0; i < SETTINGS; i++) {
        free(s->values[FROM_FIXTURE][i]);
        s->values[FROM_FIXTURE][i] = NULL;
    }
}

/* --- environments --- */

struct section_list {
    char **names;
    size_t count;
};

static int
take_section(void *user, const char *section, const char *key, const char *value)
{
    struct section_list *list = user;

    (void)key;
    (void)value;
    if (strncmp(section, "env ", 4) != 0)
        return 1;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], section + 4) == 0)
            return 1;
    }
    list->names = xreallocarray(list->names, list->count + 2, sizeof *list->names);
    list->names[list->count++] = xstrdup(section + 4);
    list->names[list->count] = NULL;
    return 1;
}

char **
settings_environments(const struct settings *s)
{
    struct section_list list = { .names = xcalloc(1, sizeof *list.names) };

    /* settings_resolve() has complained about a file that cannot be read. */
    if (s->config_path != NULL)
        (void)ini_parse(s->config_path, take_section, &list);
    return list.names;
}

void
settings_environments_free(char **names)
{
    free_list(names);
}

static const enum setting whom_to_ask[] = { SET_ENV,
                                            SET_ENDPOINT_URL,
                                            SET_PROFILE,
                                            SET_REGION,
                                            SET_TOKEN,
                                            SET_ENVIRONMENT,
                                            SET_LOG_GROUPS,
                                            SET_FUNCTIONS,
                                            SET_UMAMI_URL,
                                            SET_UMAMI_WEBSITE,
                                            SET_UMAMI_USER,
                                            SET_UMAMI_PASSWORD_FILE,
                                            SET_UMAMI_API_KEY_FILE };

static bool
says_whom_to_ask(int which)
{
    for (size_t i = 0; i < sizeof whom_to_ask / sizeof whom_to_ask[0]; i++) {
        if ((int)whom_to_ask[i] == which)
            return true;
    }
    return false;
}

enum status
settings_switch(struct settings **out, const struct settings *s, const char *env,
                void (*warn)(const char *), struct err *err)
{
    struct settings *chosen = settings_new();
    enum status st = put(chosen, FROM_FLAG, SET_ENV, env, "chosen on the screen", err);

    for (int i = 0; st == OK && i < SETTINGS; i++) {
        if (s->values[FROM_FLAG][i] != NULL && !says_whom_to_ask(i))
            st = put(chosen, FROM_FLAG, i, s->values[FROM_FLAG][i], "flag", err);
    }
    if (st == OK)
        st = settings_resolve(chosen, warn, err);
    for (int i = 0; i < SETTINGS; i++) {
        if (!says_whom_to_ask(i))
            continue;
        free(chosen->values[FROM_VARIABLE][i]);
        chosen->values[FROM_VARIABLE][i] = NULL;
    }
    if (st != OK) {
        settings_free(chosen);
        return st;
    }
    *out = chosen;
    return OK;
}

static int
source_of(const struct settings *s, enum setting which)
{
    int source = 0;

    while (source < FROM_DEFAULT && s->values[source][which] == NULL)
        source++;
    return source;
}

const char *
settings_text(const struct settings *s, enum setting which)
{
    return s->values[source_of(s, which)][which];
}

bool
settings_bool(const struct settings *s, enum setting which)
{
    const char *text = settings_text(s, which);
    bool value = false;

    return text != NULL && setting_parse_bool(text, &value) && value;
}

int64_t
settings_int(const struct settings *s, enum setting which)
{
    const char *text = settings_text(s, which);
    int64_t value = 0;

    if (text == NULL)
        return 0;
    return setting_parse_number(&value, setting_table[which].type, text) ? value : 0;
}

static char *
join_lines(char *text, enum setting which)
{
    for (char *at = text; setting_table[which].type == TYPE_PAIRS && *at != '\0'; at++) {
        if (*at == LINE_WITHIN)
            *at = '\n';
    }
    return text;
}

const char *const *
settings_list(struct settings *s, enum setting which)
{
    const char *between = is_repeated(which) ? "\n" : ", ";
    const char *text = settings_text(s, which);
    char **list;
    size_t count = 0;

    if (text == NULL || *text == '\0')
        return NULL;
    free_list(s->lists[which]);
    list = xcalloc(strlen(text) + 2, sizeof *list);
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, between);

        if (len > 0)
            list[count++] = join_lines(xstrndup(p, len), which);
        p += len;
        p += strspn(p, between);
    }
    s->lists[which] = list;
    return (const char *const *)list;
}

const char *
settings_origin(const struct settings *s, enum setting which)
{
    return s->origins[source_of(s, which)][which];
}

const char *
settings_config_path(const struct settings *s)
{
    return s->config_path;
}
