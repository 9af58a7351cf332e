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
                               "timestamp is not ISO 8601: new Date().toISOString() writes it" },
    [LOG_TIMESTAMP_EPOCH] = { "timestamp-epoch",
                              "time counts milliseconds, as pino has it: timestamp: () => "
                              "`,\"timestamp\":\"${new Date().toISOString()}\"`" },
    [LOG_LEVEL_MISSING] = { "level-missing", "level is missing: INFO, WARN, ERROR or DEBUG" },
    [LOG_LEVEL_UNKNOWN] = { "level-unknown", "level is none of INFO, WARN, ERROR and DEBUG" },
    [LOG_LEVEL_NUMBER] = { "level-number",
                           "level is a number, as pino has it: formatters: { level: (label) => "
                           "({ level: label.toUpperCase() }) }" },
    [LOG_LEVEL_CASE] = { "level-case",
                         "level is in lower case, as winston has it: format((info) => "
                         "{ info.level = info.level.toUpperCase(); return info; })()" },
    [LOG_MESSAGE_MISSING] = { "message-missing", "message is missing: a sentence for a person" },
    [LOG_MESSAGE_NAME] = { "message-name",
                           "the message is called msg, as pino has it: messageKey: 'message'" },
    [LOG_FUNCTION_MISSING] = { "function-missing",
                               "functionName is missing: AWS_LAMBDA_FUNCTION_NAME has it" },
    [LOG_REQUEST_MISSING] = { "request-missing",
                              "requestId is missing: context.awsRequestId has it" },
    [LOG_ERROR_MISSING] = { "error-missing",
                            "level is ERROR and error is missing: the stack belongs there" },
    [LOG_ERROR_NAME] = { "error-name",
                         "the error is called err, as pino has it: errorKey: 'error'" },
    [LOG_ERROR_UNEXPECTED] = { "error-unexpected", "there is an error, and level is not ERROR" },
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

bool
log_schema_applies(const cJSON *line)
{
    return cJSON_IsObject(line) && member(line, "_aws") == NULL &&
           strncmp(json_get_string(line, "type", ""), "platform.", 9) != 0;
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
    static const char *const levels[] = { "INFO", "WARN", "ERROR", "DEBUG" };
    static const enum meant meanings[] = { MEANT_OTHER, MEANT_OTHER, MEANT_ERROR, MEANT_DEBUG };
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
        if (strcasecmp(level->valuestring, levels[i]) != 0)
            continue;
        *meant = meanings[i];
        return strcmp(level->valuestring, levels[i]) == 0 ? 0 : 1u << LOG_LEVEL_CASE;
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

static unsigned
judge_error(const cJSON *line, enum meant meant)
{
    bool has_error = member(line, "error") != NULL, has_err = member(line, "err") != NULL;

    if (meant == MEANT_ERROR && !has_error)
        return has_err ? 1u << LOG_ERROR_NAME : 1u << LOG_ERROR_MISSING;
    return meant != MEANT_ERROR && has_error ? 1u << LOG_ERROR_UNEXPECTED : 0;
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
