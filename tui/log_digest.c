/* log_digest.c - reading log lines once, when they arrive.
 * SPDX-License-Identifier: MIT
 *
 * A line is one of four things: a structured line (JSON with level and message), an EMF document
 * (JSON with _aws), a line of the Lambda runtime or of console.log behind its prefix, or just text.
 * Nothing is assumed about a line that claims to be structured: members of the wrong type are as
 * good as absent. Digests are made on the collector's thread, so the screen never parses. */
#include "config.h"

#include "tui/log_digest.h"

#include "base/buf.h"
#include "base/json.h"
#include "domain/error_report.h"
#include "domain/lambda_line.h"
#include "domain/log_schema.h"
#include "domain/pii_finding.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define STACK_MAX     65536  /* bytes of a stack that is a list */
#define JSON_LINE_MAX 262144 /* longer lines are shown as text */
#define METRICS_SHOWN 6
/* A call that took too long, however Lambda says it. */
#define TIMEOUT_TYPE    "Sandbox.Timedout"
#define TIMEOUT_MESSAGE "Task timed out"

static const char *const level_names[LINE_LEVELS] = {
    [LINE_PLAIN] = "",    [LINE_DEBUG] = "DEBUG", [LINE_INFO] = "INFO",
    [LINE_WARN] = "WARN", [LINE_ERROR] = "ERROR",
};

const char *
line_level_name(enum line_level level)
{
    return level_names[level];
}

static enum line_level
level_of(const char *word)
{
    static const struct {
        const char *word;
        enum line_level level;
    } words[] = {
        { "ERROR", LINE_ERROR }, { "FATAL", LINE_ERROR },  { "CRITICAL", LINE_ERROR },
        { "WARN", LINE_WARN },   { "WARNING", LINE_WARN }, { "INFO", LINE_INFO },
        { "DEBUG", LINE_DEBUG }, { "TRACE", LINE_DEBUG },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i].word, word) == 0)
            return words[i].level;
    }
    return LINE_PLAIN;
}

/* A word, or a number as pino writes it: 20 debug, 30 info, 40 warn, 50 error. */
static enum line_level
level_of_json(const cJSON *level)
{
    if (cJSON_IsString(level))
        return level_of(level->valuestring);
    if (!cJSON_IsNumber(level) || level->valuedouble < 10)
        return LINE_PLAIN;
    return level->valuedouble >= 50   ? LINE_ERROR
           : level->valuedouble >= 40 ? LINE_WARN
           : level->valuedouble >= 30 ? LINE_INFO
                                      : LINE_DEBUG;
}

const char *
browser_name(struct arena *arena, const char *user_agent)
{
    /* Most pretend to be Chrome or Safari, so the pretenders come first. */
    static const struct {
        const char *token, *name;
    } browsers[] = {
        { "Edg/", "Edge" },        { "EdgiOS/", "Edge" },
        { "OPR/", "Opera" },       { "SamsungBrowser/", "Samsung" },
        { "Firefox/", "Firefox" }, { "FxiOS/", "Firefox" },
        { "CriOS/", "Chrome" },    { "Chrome/", "Chrome" },
        { "Version/", "Safari" },
    };

    for (size_t i = 0; i < sizeof browsers / sizeof browsers[0]; i++) {
        const char *at = strstr(user_agent, browsers[i].token);

        if (at == NULL)
            continue;
        at += strlen(browsers[i].token);
        return arena_printf(arena, "%s %.*s", browsers[i].name, (int)strspn(at, "0123456789"), at);
    }
    return "";
}

static const char *
text_of(struct arena *arena, const cJSON *obj, const char *key)
{
    return arena_strdup(arena, json_get_string(obj, key, ""));
}

/* The first of two spellings that says something. */
static const char *
either_of(struct arena *arena, const cJSON *obj, const char *key, const char *other)
{
    const char *text = json_get_string(obj, key, "");

    return arena_strdup(arena, *text != '\0' ? text : json_get_string(obj, other, ""));
}

/* The name in "TypeError: undefined is not a function". */
static const char *
type_of_message(struct arena *arena, const char *message)
{
    size_t len =
        strspn(message, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");

    return len > 0 && message[len] == ':' ? arena_strndup(arena, message, len) : "";
}

/* A text, or a list of texts as Lambda's runtimes write it, line by line. */
static const char *
stack_of(struct arena *arena, const cJSON *error)
{
    const cJSON *stack = json_get(error, "stack"), *at;
    const char *text = "";

    if (stack == NULL)
        stack = json_get(error, "stackTrace");
    if (cJSON_IsString(stack))
        return arena_strdup(arena, stack->valuestring);
    cJSON_ArrayForEach(at, stack)
    {
        if (cJSON_IsString(at) && strlen(text) < STACK_MAX)
            text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : "\n", at->valuestring);
    }
    return text;
}

/* Where an ERROR line has it: loggers, pino as it comes, and the runtime for what nobody caught. */
static const cJSON *
error_of(const cJSON *line)
{
    const cJSON *error = json_get(line, "error"), *message = json_get(line, "message");

    if (error != NULL)
        return error;
    if (cJSON_IsObject(json_get(line, "err")))
        return json_get(line, "err");
    if (json_get(message, "errorType") != NULL)
        return message;
    return json_get(line, "errorType") != NULL ? line : NULL;
}

static void
give_group(struct error_seen *seen, struct arena *arena)
{
    struct fingerprint fp;

    fingerprint_make(&fp, arena, seen->type, seen->message, seen->stack);
    seen->group = fp.id;
    seen->group_text = arena_strdup(arena, fp.text);
    seen->normalised = fp.normalised_message;
    seen->frame = fp.frame;
}

/* One that is only told, with no context. */
static const struct error_seen *
plain_error(struct arena *arena, const char *type, const char *message, const char *stack)
{
    struct error_seen *seen = arena_alloc(arena, sizeof *seen);

    *seen = (struct error_seen){ .type = type,
                                 .message = message,
                                 .stack = stack,
                                 .component_stack = "",
                                 .session = "",
                                 .route = "",
                                 .browser = "",
                                 .function_name = "" };
    give_group(seen, arena);
    return seen;
}

static const struct error_seen *
read_error(struct arena *arena, const cJSON *line)
{
    const cJSON *error = error_of(line);
    const cJSON *context = json_get(line, "context");
    struct error_seen *seen = arena_alloc(arena, sizeof *seen);

    if (cJSON_IsString(error)) {
        seen->stack = arena_strdup(arena, error->valuestring);
        seen->message = text_of(arena, line, "message");
        seen->type = type_of_message(arena, error->valuestring);
    } else {
        seen->stack = stack_of(arena, error);
        seen->message = either_of(arena, error, "message", "errorMessage");
        seen->type = either_of(arena, error, "type", "name");
        if (*seen->type == '\0')
            seen->type = text_of(arena, error, "errorType");
    }
    if (*seen->message == '\0')
        seen->message = either_of(arena, line, "message", "msg");
    seen->component_stack = text_of(arena, context, "componentStack");
    seen->session = text_of(arena, context, "sessionId");
    seen->route = either_of(arena, context, "route", "url");
    seen->browser = browser_name(arena, json_get_string(context, "userAgent", ""));
    seen->function_name = text_of(arena, line, "functionName");
    seen->is_browser =
        *seen->browser != '\0' || *seen->session != '\0' || json_get(context, "url") != NULL;
    give_group(seen, arena);
    return seen;
}

/* "LCP=3840 Milliseconds, CLS=0.02" of the first directives of an EMF document. */
static const char *
metrics_text(struct arena *arena, const cJSON *doc)
{
    const cJSON *directive, *metric;
    size_t shown = 0;
    struct buf b;
    const char *text;

    buf_init(&b, 512);
    cJSON_ArrayForEach(directive, json_get(json_get(doc, "_aws"), "CloudWatchMetrics"))
    {
        cJSON_ArrayForEach(metric, json_get(directive, "Metrics"))
        {
            const char *name = json_get_string(metric, "Name", NULL);
            const char *unit = json_get_string(metric, "Unit", "None");
            const cJSON *value = name == NULL ? NULL : json_get(doc, name);

            if (value == NULL || ++shown > METRICS_SHOWN)
                continue;
            buf_addf(&b, "%s%s=", b.len > 0 ? ", " : "", name);
            json_print(&b, value);
            if (strcmp(unit, "None") != 0)
                buf_addf(&b, " %s", unit);
        }
    }
    if (shown > METRICS_SHOWN)
        buf_adds(&b, ", …");
    text = b.len > 0 ? arena_strdup(arena, b.data) : NULL;
    buf_fini(&b);
    return text;
}

/* A line of our own search for personal data, told by the function it names. */
static void
read_privacy(struct log_digest *digest, struct arena *arena, const cJSON *doc, const char *text,
             size_t len)
{
    struct pii_finding *finding = arena_alloc(arena, sizeof *finding);
    int64_t unsearched = json_get_int(doc, "unsearched", 0);

    if (pii_finding_read(finding, arena, text, len))
        digest->finding = finding;
    else if (unsearched > 0)
        digest->unsearched = (uint64_t)unsearched;
}

/* The end of a call as Lambda's JSON format reports it. What the runtime could tell of an error is
 * a line of its own; of these it could not. */
static const struct error_seen *
read_end(struct arena *arena, const cJSON *doc)
{
    static const char *const untold[] = { "Runtime.ExitError", "Runtime.OutOfMemory" };
    const cJSON *record = json_get(doc, "record");
    const char *type = json_get_string(record, "errorType", "");

    if (strcmp(json_get_string(doc, "type", ""), "platform.report") != 0)
        return NULL;
    if (strcmp(json_get_string(record, "status", ""), "timeout") == 0)
        return plain_error(arena, TIMEOUT_TYPE, TIMEOUT_MESSAGE, "");
    for (size_t i = 0; i < sizeof untold / sizeof untold[0]; i++) {
        if (strcmp(type, untold[i]) == 0)
            return plain_error(arena, untold[i], "the runtime ended", "");
    }
    return NULL;
}

/* A JSON line; false when it is not worth more than its text. */
static bool
read_structured(struct log_digest *digest, struct arena *arena, const char *text, size_t len)
{
    const char *said;
    cJSON *doc = NULL;

    if (len == 0 || text[0] != '{' || len > JSON_LINE_MAX ||
        json_parse(&doc, text, len, NULL) != OK)
        return false;
    digest->is_json = true;
    digest->is_judged = log_schema_applies(doc);
    if (digest->is_judged)
        digest->broken = log_schema_judge(doc);
    if (digest->level == LINE_PLAIN)
        digest->level = level_of_json(json_get(doc, "level"));
    said = json_get(doc, "_aws") != NULL ? metrics_text(arena, doc) : NULL;
    if (said == NULL)
        said = either_of(arena, doc, "message", "msg");
    if (*said == '\0')
        said = NULL;
    if (said != NULL) {
        digest->line = arena_printf(arena, "%s  %s", said, text);
        digest->text = said;
    }
    if (digest->level == LINE_ERROR &&
        (error_of(doc) != NULL || *either_of(arena, doc, "message", "msg") != '\0'))
        digest->error = read_error(arena, doc);
    else if (digest->level == LINE_ERROR)
        digest->error = read_end(arena, doc);
    if (strcmp(json_get_string(doc, "functionName", ""), PII_FUNCTION) == 0)
        read_privacy(digest, arena, doc, text, len);
    cJSON_Delete(doc);
    return true;
}

/* "Invoke Error TAB {...}": the Node.js runtime, of an error that nobody caught. */
static void
read_uncaught(struct log_digest *digest, struct arena *arena, const struct lambda_line *line)
{
    const char *open = memchr(line->message, '{', line->message_len);
    size_t len = open == NULL ? 0 : line->message_len - (size_t)(open - line->message);
    cJSON *doc = NULL;

    if (len == 0 || len > JSON_LINE_MAX || !lambda_line_is_the_runtimes(line) ||
        json_parse(&doc, open, len, NULL) != OK)
        return;
    if (json_get(doc, "errorType") != NULL)
        digest->error = read_error(arena, doc);
    cJSON_Delete(doc);
}

/* A level that stands as a word at the start of a plain line: "ERROR cannot connect", and not
 * "ERROR_COUNT=0". */
static enum line_level
leading_level(const char *text)
{
    size_t from = *text == '[' ? 1 : 0;
    size_t len = strspn(text + from, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    char word[16];

    if (len == 0 || len >= sizeof word || strchr(" \t\r\n:]", text[from + len]) == NULL)
        return LINE_PLAIN;
    memcpy(word, text + from, len);
    word[len] = '\0';
    return level_of(word);
}

/* Behind "[ERROR] ", "ERROR: " or "ERROR ". */
static const char *
behind_level(const char *text)
{
    size_t len;

    if (leading_level(text) == LINE_PLAIN)
        return text;
    len = strcspn(text, " \t:]");
    return text + len + strspn(text + len, " \t:]");
}

static bool
is_error_type(const char *type)
{
    static const char *const ends[] = { "Error", "Exception" };
    size_t len = strlen(type);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (len >= strlen(ends[i]) && strcmp(type + len - strlen(ends[i]), ends[i]) == 0)
            return true;
    }
    return false;
}

/* Python's runtime ends the lines of a stack with CR. */
static const char *
stack_of_words(struct arena *arena, const char *text)
{
    char *stack = arena_strdup(arena, text);

    for (char *at = stack; (at = strchr(at, '\r')) != NULL;)
        *at = '\n';
    return stack;
}

/* console.error and Python's logger: a message, or "TypeError: message", its stack below. */
static const struct error_seen *
read_words(struct arena *arena, const char *text)
{
    const char *said = behind_level(text);
    size_t len = strcspn(said, "\r\n");
    const char *stack = said[len] == '\0' ? "" : stack_of_words(arena, said);
    const char *message = arena_strndup(arena, said, len);
    const char *type = type_of_message(arena, message);

    if (!is_error_type(type))
        type = "";
    message += strlen(type);
    message += *type == '\0' ? 0 : strspn(message, ": ");
    return *message == '\0' && *type == '\0' ? NULL : plain_error(arena, type, message, stack);
}

/* A process that ended: "RequestId: 8f3c... Error: Runtime exited with error: exit status 1". */
static const struct error_seen *
read_exit(struct arena *arena, const struct lambda_line *line, const char *text)
{
    const char *error = strstr(text, " Error: Runtime exited ");

    if (error == NULL || !lambda_line_is_the_runtimes(line))
        return NULL;
    error += strlen(" Error: ");
    return plain_error(arena, "Runtime.ExitError",
                       arena_strndup(arena, error, strcspn(error, "\r\n")), "");
}

/* What a line says that is no JSON. */
static void
read_plain(struct log_digest *digest, struct arena *arena, const struct lambda_line *line)
{
    if (digest->level == LINE_PLAIN)
        digest->level = leading_level(digest->text);
    if (line->kind != LAMBDA_LINE_OTHER)
        return;
    if (line->timed_out)
        digest->error = plain_error(arena, TIMEOUT_TYPE, TIMEOUT_MESSAGE, "");
    else
        digest->error = read_exit(arena, line, digest->text);
    if (digest->error != NULL)
        digest->level = LINE_ERROR;
    else if (digest->level == LINE_ERROR)
        read_uncaught(digest, arena, line);
    if (digest->level == LINE_ERROR && digest->error == NULL)
        digest->error = read_words(arena, digest->text);
}

const struct log_digest *
log_digest_make(struct arena *arena, const char *line, size_t len)
{
    struct log_digest *digest = arena_alloc(arena, sizeof *digest);
    struct lambda_line read;
    size_t text_len;

    lambda_line_read(&read, line, len);
    text_len = read.message_len;
    while (text_len > 0 && strchr("\r\n\t ", read.message[text_len - 1]) != NULL)
        text_len--;
    digest->text = arena_strndup(arena, read.message, text_len);
    digest->line = digest->text;
    digest->level = level_of(read.level);
    if (read.kind == LAMBDA_LINE_REPORT && (read.timed_out || read.failed))
        digest->level = LINE_ERROR;
    if (read_structured(digest, arena, digest->text, text_len))
        return digest;
    read_plain(digest, arena, &read);
    return digest;
}

const struct log_digest *
log_digest_of(struct arena *arena, const struct log_entry *event)
{
    if (event->digest != NULL)
        return event->digest;
    return log_digest_make(arena, event->message, event->message_len);
}
