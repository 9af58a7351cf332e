/* log_schema.c - the rules of a structured line, as a table of sentences and five small judges.
 * SPDX-License-Identifier: MIT
 *
 * The document's schema has no `error`, its rule below asks for one with ERROR: here it is required
 * exactly then. It allows DEBUG as a level and elsewhere allows debug lines in development only: so
 * DEBUG is a finding where the environment is production. A null member is as good as absent.
 * Levels of loggers are understood even where they are findings, so that an error written by pino
 * is still held to have an error. (pino: its default levels and the options timestamp, messageKey,
 * errorKey and formatters.level; winston: npm levels and format.)  */
#include "config.h"

#include "domain/log_schema.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/iso8601.h"
#include "base/json.h"

static const struct {
    const char *name;
    const char *sentence;
} rules[LOG_RULES] = {
    [LOG_TIMESTAMP_MISSING] = { "timestamp-missing",
                                "timestamp is missing: ISO 8601, such as "
                                "2026-11-24T03:20:23.000Z (winston: format.timestamp())" },
    [LOG_TIMESTAMP_FORMAT] = { "timestamp-format",
                               "timestamp is not ISO 8601: new Date().toISOString() writes it "
                               "(Powertools for Python: use_rfc3339=True)" },
    [LOG_TIMESTAMP_EPOCH] = { "timestamp-epoch",
                              "time counts milliseconds, as pino has it: timestamp: () => "
                              "`,\"timestamp\":\"${new Date().toISOString()}\"`" },
    [LOG_LEVEL_MISSING] = { "level-missing", "level is missing: INFO, WARN, ERROR or DEBUG" },
    [LOG_LEVEL_UNKNOWN] = { "level-unknown",
                            "level is none of INFO, WARN, ERROR and DEBUG: write FATAL and "
                            "CRITICAL as ERROR, TRACE as DEBUG, another as INFO" },
    [LOG_LEVEL_NUMBER] = { "level-number",
                           "level is a number, as pino has it: formatters: { level: (label) => "
                           "({ level: { trace: 'DEBUG', fatal: 'ERROR' }[label] ?? "
                           "label.toUpperCase() }) }" },
    [LOG_LEVEL_CASE] = { "level-case",
                         "level is in lower case, as winston has it: format((info) => "
                         "{ info.level = info.level.toUpperCase(); return info; })()" },
    [LOG_MESSAGE_MISSING] = { "message-missing",
                              "message is missing: a sentence for a person (winston, of an Error "
                              "alone: format.errors({ stack: true }))" },
    [LOG_MESSAGE_NAME] = { "message-name",
                           "the message is called msg, as pino has it: messageKey: 'message'" },
    [LOG_FUNCTION_MISSING] = { "function-missing",
                               "functionName is missing: AWS_LAMBDA_FUNCTION_NAME has it (pino: "
                               "base, winston: defaultMeta, Powertools: persistentKeys)" },
    [LOG_REQUEST_MISSING] = { "request-missing",
                              "requestId is missing: context.awsRequestId has it (pino and "
                              "winston: child(), Powertools: appendKeys())" },
    [LOG_ERROR_MISSING] = { "error-missing",
                            "level is ERROR and error is missing: the stack belongs there" },
    [LOG_ERROR_NAME] = { "error-name",
                         "the error is called err, as pino has it: errorKey: 'error', formatters: "
                         "{ log: ({ err, ...rest }) => (err ? { ...rest, error: err } : rest) }" },
    [LOG_ERROR_ROOT] = { "error-root",
                         "the stack is not in error, as winston has it: format((info) => { if "
                         "(info.stack) info.error = { message: info.message, stack: info.stack }; "
                         "return info; })()" },
    [LOG_ERROR_STACK] = { "error-stack",
                          "error has no stack: JSON leaves nothing of an Error, write { name, "
                          "message, stack } of it" },
    [LOG_ERROR_UNEXPECTED] = { "error-unexpected",
                               "there is an error, and level is not ERROR: raise the level, or "
                               "tell of it in context" },
    [LOG_DEBUG_IN_PROD] = { "debug-in-prod", "a DEBUG line in production: log from INFO on there" },
};

const char *
log_rule_name(enum log_rule rule)
{
    return rules[rule].name;
}

const char *
log_rule_sentence(enum log_rule rule)
{
    return rules[rule].sentence;
}

static const cJSON *
member(const cJSON *line, const char *key)
{
    const cJSON *value = json_get(line, key);

    return cJSON_IsNull(value) ? NULL : value;
}

static bool
has_text(const cJSON *line, const char *key)
{
    return *json_get_string(line, key, "") != '\0';
}

/* An error that nobody caught, as the runtime writes it: where Lambda's log format is JSON, at the
 * root (Python) or as the message (Node.js). */
static bool
is_uncaught(const cJSON *line)
{
    const cJSON *message = json_get(line, "message");
    const cJSON *error = cJSON_IsObject(message) ? message : line;

    return has_text(error, "errorType") && json_get(error, "errorMessage") != NULL &&
           cJSON_IsArray(json_get(error, "stackTrace"));
}

bool
log_schema_applies(const cJSON *line)
{
    const char *type = json_get_string(line, "type", "");

    return cJSON_IsObject(line) && member(line, "_aws") == NULL &&
           !cJSON_IsArray(json_get(line, "CloudWatchMetrics")) &&
           strncmp(type, "platform.", 9) != 0 &&
           !(strcmp(type, "extension") == 0 && json_get(line, "record") != NULL) &&
           !is_uncaught(line);
}

static unsigned
judge_timestamp(const cJSON *line)
{
    const cJSON *timestamp = member(line, "timestamp");
    int64_t ms;

    if (timestamp == NULL)
        return cJSON_IsNumber(member(line, "time")) ? 1u << LOG_TIMESTAMP_EPOCH
                                                    : 1u << LOG_TIMESTAMP_MISSING;
    if (!cJSON_IsString(timestamp) || !iso8601_parse(&ms, timestamp->valuestring))
        return 1u << LOG_TIMESTAMP_FORMAT;
    return 0;
}

enum meant { MEANT_OTHER, MEANT_ERROR, MEANT_DEBUG };

static unsigned
judge_level(const cJSON *line, enum meant *meant)
{
    static const struct {
        const char *name;
        enum meant meant;
        bool is_known;
    } levels[] = {
        { "INFO", MEANT_OTHER, true },   { "WARN", MEANT_OTHER, true },
        { "ERROR", MEANT_ERROR, true },  { "DEBUG", MEANT_DEBUG, true },
        { "FATAL", MEANT_ERROR, false }, { "CRITICAL", MEANT_ERROR, false },
        { "TRACE", MEANT_DEBUG, false }, { "SILLY", MEANT_DEBUG, false },
    };
    const cJSON *level = member(line, "level");

    *meant = MEANT_OTHER;
    if (level == NULL)
        return 1u << LOG_LEVEL_MISSING;
    if (cJSON_IsNumber(
            level)) { /* pino: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal */
        *meant = level->valuedouble >= 50   ? MEANT_ERROR
                 : level->valuedouble <= 20 ? MEANT_DEBUG
                                            : MEANT_OTHER;
        return 1u << LOG_LEVEL_NUMBER;
    }
    for (size_t i = 0; cJSON_IsString(level) && i < sizeof levels / sizeof levels[0]; i++) {
        if (strcasecmp(level->valuestring, levels[i].name) != 0)
            continue;
        *meant = levels[i].meant;
        if (!levels[i].is_known)
            break;
        return strcmp(level->valuestring, levels[i].name) == 0 ? 0 : 1u << LOG_LEVEL_CASE;
    }
    return 1u << LOG_LEVEL_UNKNOWN;
}

static unsigned
judge_message(const cJSON *line)
{
    if (has_text(line, "message"))
        return 0;
    return has_text(line, "msg") ? 1u << LOG_MESSAGE_NAME : 1u << LOG_MESSAGE_MISSING;
}

/* A text is taken for one: whoever writes one chose it. */
static bool
has_stack(const cJSON *error)
{
    if (cJSON_IsString(error))
        return *error->valuestring != '\0';
    return has_text(error, "stack") || cJSON_GetArraySize(json_get(error, "stackTrace")) > 0;
}

static unsigned
judge_error(const cJSON *line, enum meant meant)
{
    const cJSON *error = member(line, "error");

    if (meant != MEANT_ERROR)
        return error != NULL ? 1u << LOG_ERROR_UNEXPECTED : 0;
    if (error != NULL)
        return has_stack(error) ? 0 : 1u << LOG_ERROR_STACK;
    if (member(line, "err") != NULL)
        return 1u << LOG_ERROR_NAME;
    return has_text(line, "stack") ? 1u << LOG_ERROR_ROOT : 1u << LOG_ERROR_MISSING;
}

unsigned
log_schema_judge(const cJSON *line)
{
    enum meant meant;
    unsigned broken = judge_timestamp(line) | judge_level(line, &meant) | judge_message(line) |
                      judge_error(line, meant);

    if (!has_text(line, "functionName"))
        broken |= 1u << LOG_FUNCTION_MISSING;
    if (!has_text(line, "requestId"))
        broken |= 1u << LOG_REQUEST_MISSING;
    if (meant == MEANT_DEBUG)
        broken |= 1u << LOG_DEBUG_IN_PROD;
    return broken;
}
