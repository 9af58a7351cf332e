/* log_schema.h - does a structured log line follow the schema the product asks for?
 * SPDX-License-Identifier: MIT
 *
 * The schema is that of the document: timestamp (ISO 8601), level (INFO, WARN, ERROR or DEBUG),
 * message, functionName, requestId; error exactly when the level is ERROR; and no DEBUG in
 * production. Two common loggers differ from it by default in ways a line of configuration mends
 * (pino: numbers and other names; winston: lower case); they are recognised, and the sentence says
 * which line. Pure. */
#ifndef OV_DOMAIN_LOG_SCHEMA_H
#define OV_DOMAIN_LOG_SCHEMA_H

#include <cjson/cJSON.h>
#include <stdbool.h>

enum log_rule {
    LOG_TIMESTAMP_MISSING,
    LOG_TIMESTAMP_FORMAT, /* it is there, and no ISO 8601 */
    LOG_TIMESTAMP_EPOCH,  /* pino: "time":1795490423000 */
    LOG_LEVEL_MISSING,
    LOG_LEVEL_UNKNOWN, /* "FATAL", "notice" */
    LOG_LEVEL_NUMBER,  /* pino: 30 */
    LOG_LEVEL_CASE,    /* winston: "info" */
    LOG_MESSAGE_MISSING,
    LOG_MESSAGE_NAME, /* pino: "msg" */
    LOG_FUNCTION_MISSING,
    LOG_REQUEST_MISSING,
    LOG_ERROR_MISSING,    /* level ERROR without one */
    LOG_ERROR_NAME,       /* pino: "err" */
    LOG_ERROR_ROOT,       /* winston: "stack" at the root */
    LOG_ERROR_STACK,      /* {}: what JSON leaves of an Error */
    LOG_ERROR_UNEXPECTED, /* another level with one */
    LOG_DEBUG_IN_PROD,
    LOG_RULES
};

const char *log_rule_name(enum log_rule rule);     /* "level-case" */
const char *log_rule_sentence(enum log_rule rule); /* what is wrong, and what mends it */

/* Only objects are judged, and not those with a schema of their own: EMF documents, also those of
 * CloudWatch's agent; the Lambda platform's events; errors that the runtime caught. */
bool log_schema_applies(const cJSON *line);
/* One bit for each rule that is broken: 1u << LOG_LEVEL_CASE. LOG_DEBUG_IN_PROD is always among
 * them when the level is DEBUG; who knows the environment takes it out. */
unsigned log_schema_judge(const cJSON *line);

#endif
