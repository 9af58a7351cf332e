/* check_rules.c - the names under which checks tell what they find, for those who look for one.
 * SPDX-License-Identifier: MIT
 *
 * A pipeline silences or counts findings by these names, so they do not change. The manual page
 * explains them; tests hold this list, the page and what is found together. */
#include "config.h"

#include "cli/check/check_rules.h"

#include <string.h>

#include "cli/check/checks.h"
#include "cli/usage.h"

#define WARN    "warn"
#define FAIL    "fail"
#define EITHER  "warn, fail"
#define UNKNOWN "unknown"

/* clang-format off */
const struct check_rule check_rules[] = {
    { "tags.required",    FAIL, "one of the five tags that every resource of the project has" },
    { "tags.functional",  FAIL, "Component and Function" },
    { "tags.conditional", FAIL, "DataType, Tier, and what instruments an application" },
    { "tags.value",       FAIL, "a value that is none of those expected" },
    { "tags.costs",       EITHER, "a key that is not active as cost allocation tag, or not for a day yet" },
    { "budget.filter",    FAIL, "there is no budget for the project" },
    { "budget.spent",     EITHER, "spent beyond 80 % of the limit; beyond all of it" },
    { "budget.forecast",  WARN, "the month is forecast to end above the limit" },
    { "budget.alert.80",  WARN, "nobody is notified at 80 %" },
    { "budget.alert.100", WARN, "nobody is notified at the limit" },
    { "budget.period",    WARN, "a period that leaves out the last day of its month" },
    { "aurora.cpu",         FAIL, "CPU above 70 %" },
    { "aurora.connections", FAIL, "connections above 80 % of the maximum" },
    { "aurora.change",      EITHER, "worse since --mark by more than 15 % and chance; and beyond a line" },
    { "pii.KIND",     EITHER, "personal data or a secret; high ones fail" },
    { "pii.unjudged", UNKNOWN, "a body that ends in mid-message, or a text that met a limit" },
    { "emf.not-json",               FAIL, "a document is not JSON, or not alone on its line" },
    { "emf.over-lines",             UNKNOWN, "a document over several lines of a log" },
    { "emf.document-too-large",     FAIL, "more than 1 MiB" },
    { "emf.document-behind-text",   FAIL, "a logger wrote something before it" },
    { "emf.document-inside-text",   FAIL, "a logger wrote it into a text" },
    { "emf.document-inside-object", FAIL, "a logger wrote it into an object" },
    { "emf.metadata-type",          FAIL, "_aws is no object" },
    { "emf.directives-missing",     FAIL, "no CloudWatchMetrics" },
    { "emf.directives-type",        FAIL, "CloudWatchMetrics is no list" },
    { "emf.directives-too-many",    FAIL, "more directives than obsview reads" },
    { "emf.directive-type",         FAIL, "a directive is no object" },
    { "emf.timestamp-missing",      FAIL, "no Timestamp" },
    { "emf.timestamp-type",         FAIL, "Timestamp is no number" },
    { "emf.timestamp-not-whole",    FAIL, "Timestamp is no whole number" },
    { "emf.timestamp-too-old",      FAIL, "more than two weeks ago; seconds look like that" },
    { "emf.timestamp-too-new",      FAIL, "more than two hours ahead; microseconds look like that" },
    { "emf.namespace-missing",      FAIL, "no Namespace" },
    { "emf.namespace-type",         FAIL, "Namespace is no string" },
    { "emf.namespace-blank",        FAIL, "Namespace is empty or blank" },
    { "emf.namespace-too-long",     FAIL, "more than 255 characters" },
    { "emf.namespace-colon",        FAIL, "Namespace begins with a colon" },
    { "emf.namespace-reserved",     FAIL, "Namespace begins with AWS/" },
    { "emf.namespace-characters",   FAIL, "a character that is not allowed" },
    { "emf.dimensions-missing",     FAIL, "no Dimensions" },
    { "emf.dimensions-type",        FAIL, "Dimensions is no list" },
    { "emf.dimensions-too-many",    FAIL, "more sets than obsview reads" },
    { "emf.dimension-set-type",     FAIL, "a set is no list of names" },
    { "emf.dimension-set-too-many", FAIL, "more than 30 dimensions in a set" },
    { "emf.dimension-name-type",    FAIL, "the name of a dimension is no string" },
    { "emf.dimension-name-blank",   FAIL, "the name of a dimension is empty or blank" },
    { "emf.dimension-name-too-long",   FAIL, "more than 255 characters" },
    { "emf.dimension-name-colon",      FAIL, "the name of a dimension begins with a colon" },
    { "emf.dimension-name-characters", FAIL, "the name of a dimension is not printable ASCII" },
    { "emf.dimension-repeated",        FAIL, "one dimension stands twice in a set" },
    { "emf.dimension-target-missing",  FAIL, "no root member of that name" },
    { "emf.dimension-target-type",     FAIL, "its value is no string" },
    { "emf.dimension-target-blank",    FAIL, "its value is empty or blank" },
    { "emf.dimension-target-too-long", FAIL, "its value has more than 1024 characters" },
    { "emf.dimension-target-characters", FAIL, "its value is not printable ASCII" },
    { "emf.metrics-missing",       FAIL, "no Metrics" },
    { "emf.metrics-type",          FAIL, "Metrics is no list" },
    { "emf.metrics-too-many",      FAIL, "more than 100 metrics in a directive" },
    { "emf.metric-type",           FAIL, "a definition is no object" },
    { "emf.metric-name-missing",   FAIL, "no Name" },
    { "emf.metric-name-type",      FAIL, "Name is no string" },
    { "emf.metric-name-blank",     FAIL, "Name is empty or blank" },
    { "emf.metric-name-too-long",  FAIL, "more than 255 characters" },
    { "emf.metric-repeated",       FAIL, "one metric is defined twice" },
    { "emf.unit-type",             FAIL, "Unit is no string" },
    { "emf.unit-unknown",          FAIL, "Unit is none of CloudWatch's" },
    { "emf.resolution-invalid",    FAIL, "StorageResolution is neither 1 nor 60" },
    { "emf.metric-target-missing", FAIL, "no root member of that name" },
    { "emf.metric-target-type",    FAIL, "a value is no number" },
    { "emf.statistics-invalid",    FAIL, "a statistic set, as OpenTelemetry writes it, is none" },
    { "emf.values-empty",          FAIL, "a list without values" },
    { "emf.values-too-many",       FAIL, "more than 100 values" },
    { "emf.value-range",           FAIL, "a value beyond 2^360" },
    { "emf.series-too-many",       FAIL, "more series than obsview reads of a document" },
    { "vitals.p75",        EITHER, "beyond the good limit; beyond the poor one" },
    { "vitals.regression", FAIL, "slower than the baseline by more than 5 % and chance" },
    { "vitals.baseline",   UNKNOWN, "a baseline that cannot be read, or without vitals" },
    { "errors.new",        FAIL, "a group of errors that the baseline does not have" },
    { "errors.baseline",   UNKNOWN, "a baseline that cannot be read, or is empty" },
    { "contract.json",     FAIL, "a body that is no JSON" },
    { "contract.schema",   FAIL, "a field that the endpoint refuses" },
    { "contract.size",     FAIL, "a body larger than the endpoint takes" },
    { "contract.rating",   FAIL, "a rating that is not that of its value" },
    { "cardinality.price", EITHER, "the price of all series beyond --warn; beyond --limit" },
    { "cardinality.ids",   FAIL, "a dimension most of whose values are ids" },
    { "naming.namespace",       WARN, "not UserMetrics/Category" },
    { "naming.metric-case",     WARN, "not PascalCase" },
    { "naming.metric-alias",    WARN, "another spelling of a metric's name" },
    { "naming.dimension-case",  WARN, "not camelCase" },
    { "naming.dimension-alias", WARN, "another spelling of a dimension's name" },
    { "logs.timestamp-missing", FAIL, "no timestamp" },
    { "logs.timestamp-format",  FAIL, "timestamp is not ISO 8601" },
    { "logs.timestamp-epoch",   FAIL, "time counts milliseconds, as pino has it" },
    { "logs.level-missing",     FAIL, "no level" },
    { "logs.level-unknown",     FAIL, "level is none of INFO, WARN, ERROR and DEBUG" },
    { "logs.level-number",      FAIL, "level is a number, as pino has it" },
    { "logs.level-case",        FAIL, "level is in lower case, as winston has it" },
    { "logs.message-missing",   FAIL, "no message" },
    { "logs.message-name",      FAIL, "the message is called msg, as pino has it" },
    { "logs.function-missing",  FAIL, "no functionName" },
    { "logs.request-missing",   FAIL, "no requestId" },
    { "logs.error-missing",     FAIL, "level ERROR without an error" },
    { "logs.error-name",        FAIL, "the error is called err, as pino has it" },
    { "logs.error-root",        FAIL, "the stack is at the root, as winston has it" },
    { "logs.error-stack",       FAIL, "error has no stack: {} is what JSON leaves of an Error" },
    { "logs.error-unexpected",  FAIL, "an error, and level is not ERROR" },
    { "logs.debug-in-prod",     FAIL, "a DEBUG line in production" },
    { "logs.plain",             WARN, "a line that is not JSON" },
    { "logs.pii.KIND",          EITHER, "personal data or a secret; high ones fail" },
    { "logs.lost",              FAIL, "a message of the baseline that is not logged any more" },
    { "logs.baseline",          UNKNOWN, "a baseline that cannot be read, or without messages" },
    { NULL, NULL, NULL },
};
/* clang-format on */

/* "logs.pii.KIND" names all that begin as it does. */
static bool
is_named(const char *name, const char *rule)
{
    const char *kind = strstr(name, "KIND");

    return kind == NULL ? strcmp(name, rule) == 0 : strncmp(name, rule, (size_t)(kind - name)) == 0;
}

const char *
check_rules_explain(const char *rule)
{
    const struct check *check = check_find(rule);
    const char *help = check == NULL ? NULL : check->help;

    for (const struct check_rule *r = check_rules; r->rule != NULL; r++) {
        if (strcmp(r->rule, rule) == 0)
            return r->help;
        if (help == NULL && is_named(r->rule, rule))
            help = r->help;
    }
    return help;
}

static void
print_rules(FILE *to, const char *check)
{
    size_t length = strlen(check);
    char text[160];

    for (const struct check_rule *r = check_rules; r->rule != NULL; r++) {
        if (strncmp(r->rule, check, length) != 0 || r->rule[length] != '.')
            continue;
        snprintf(text, sizeof text, "%s: %s", r->levels, r->help);
        usage_print_row(to, r->rule, text);
    }
}

void
check_rules_print(FILE *to)
{
    fputs("What obsview check judges, and the rules of each with the level of what they find:\n",
          to);
    for (const struct check *c = checks; c->name != NULL; c++) {
        fprintf(to, "\n%s: %s\n", c->name, c->help);
        print_rules(to, c->name);
    }
    fputs(
        "\nA finding under the name of the check itself says how much is well, or that there was\n"
        "not enough to judge (unknown).\n",
        to);
}
