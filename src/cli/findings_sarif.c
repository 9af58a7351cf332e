/* findings_sarif.c - SARIF 2.1.0, the part of it that GitHub's code scanning reads.
 * SPDX-License-Identifier: MIT
 *
 * The standard leaves most members to the tool; what stands here are those that GitHub requires
 * ("SARIF support for code scanning", 2026), and what its upload does decides the rest:
 *
 * - A result without a place in a file has the whole upload refused. What lies in an account or on
 *   standard input is therefore placed in a file that is named like the command, and which nobody
 *   has: "obsview-check-tags".
 * - Each result becomes an alert, of whatever kind it is, so what is well is none.
 * - Alerts of two uploads are one when rule, file and fingerprint are. A line of a recording holds
 *   times and ids, which differ each time, so the fingerprint is made of what was found and not of
 *   the line; numbers in it do not count. Those that are alike are numbered.
 * - An upload closes the alerts that are not in it. What could not be judged is therefore a result
 *   as well: an alert of its own, until it can be judged again.
 *
 * In messages "{" and "}" are doubled, and "[text](place)" would be a link (3.11.5 and 3.11.6 of
 * the standard). */
#include "config.h"

#include "cli/findings_sarif.h"

#include "base/json.h"
#include "base/table.h"
#include "wire/percent.h"
#include "wire/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX     ((size_t)64 << 10)
#define RESULTS_MOST 5000 /* GitHub shows no more of a run, and refuses one with 25,000 */
#define PRINT_DIGITS 16   /* of a fingerprint */

static const struct {
    enum finding_level level; /* the worst come first: the last ones may be left out */
    const char *name, *kind;  /* of a result; only one of kind "fail" has a level */
} kinds[] = {
    { FINDING_FAIL, "error", "fail" },
    { FINDING_UNKNOWN, NULL, "open" },
    { FINDING_WARN, "warning", "fail" },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

struct sarif {
    const struct findings_print *how;
    cJSON *rules, *results, *notifications;
    struct table rule_index; /* of their numbers */
    struct table prints;     /* how often each fingerprint was there */
    size_t result_count;
    char name[64]; /* "obsview-check-tags" */
};

/* --- texts ------------------------------------------------------------------------------------ */

static void
add_escaped(struct buf *b, const char *label, const char *text)
{
    if (*text == '\0')
        return;
    buf_adds(b, label);
    for (; *text != '\0'; text++) {
        if (*text == '{' || *text == '}')
            buf_addc(b, *text);
        buf_addc(b, *text);
        if (*text == ']' && text[1] == '(')
            buf_addc(b, ' ');
    }
}

static void
add_text(cJSON *to, const char *name, const char *text)
{
    cJSON_AddStringToObject(cJSON_AddObjectToObject(to, name), "text", text);
}

/* Text that is never empty. */
static void
add_finding_message(cJSON *to, const struct finding *at)
{
    struct buf b;

    buf_init(&b, TEXT_MAX);
    add_escaped(&b, "", at->subject);
    add_escaped(&b, b.len == 0 ? "" : ": ", at->evidence);
    add_escaped(&b, "", b.len == 0 ? at->rule : "");
    add_escaped(&b, "\nexpected: ", at->expected);
    add_escaped(&b, "\nnext: ", at->fix);
    add_text(to, "message", b.data);
    buf_fini(&b);
}

/* "obsview check tags": "obsview-check-tags"; with `words` 2 "obsview-check", with 0 all of it. */
static void
join_title(char *out, size_t size, const char *title, int words)
{
    size_t used = 0;

    for (; *title != '\0' && used + 1 < size; title++) {
        if (*title == ' ' && --words == 0)
            break;
        out[used++] = *title == ' ' ? '-' : *title;
    }
    out[used] = '\0';
}

/* --- rules ------------------------------------------------------------------------------------ */

static void
add_rule(struct sarif *s, const char *rule)
{
    const char *help = s->how->explain == NULL ? NULL : s->how->explain(rule);
    cJSON *item = cJSON_CreateObject();
    char text[512], page[64], tag[64];

    cJSON_AddStringToObject(item, "id", rule);
    cJSON_AddStringToObject(item, "name", rule);
    snprintf(text, sizeof text, "%s: %s", rule, help == NULL ? s->how->title : help);
    add_text(item, "shortDescription", text);
    add_text(item, "fullDescription", text);
    join_title(page, sizeof page, s->how->title, 2);
    snprintf(text, sizeof text, "%s%sSee %s(1)%s.", help == NULL ? "" : help,
             help == NULL ? "" : ". ", page, help == NULL ? "" : " and \"obsview help checks\"");
    add_text(item, "help", text);
    snprintf(tag, sizeof tag, "%.*s", (int)strcspn(rule, "."), rule);
    cJSON_AddItemToArray(
        cJSON_AddArrayToObject(cJSON_AddObjectToObject(item, "properties"), "tags"),
        cJSON_CreateString(tag));
    cJSON_AddItemToArray(s->rules, item);
}

static size_t
rule_index(struct sarif *s, const char *rule)
{
    size_t *index = table_find(&s->rule_index, rule, strlen(rule));

    if (index == NULL) {
        const size_t count = s->rule_index.count;

        index = table_add(&s->rule_index, rule, strlen(rule));
        *index = count;
        add_rule(s, rule);
    }
    return *index;
}

/* --- places ----------------------------------------------------------------------------------- */

/* A path that begins at the root is a URI with a scheme; another one is relative to where the
 * command ran, which has to be the root of the repository. */
static void
add_uri(struct buf *b, const char *path, size_t length)
{
    while (length > 2 && memcmp(path, "./", 2) == 0) {
        path += 2;
        length -= 2;
    }
    if (*path == '/')
        buf_adds(b, "file://");
    percent_encode(b, path, length, true);
}

/* Only the line is known; its first character stands for it, since GitHub wants an end as well. */
static void
add_region(cJSON *to, double line)
{
    cJSON *region = cJSON_AddObjectToObject(to, "region");

    cJSON_AddNumberToObject(region, "startLine", line);
    cJSON_AddNumberToObject(region, "startColumn", 1);
    cJSON_AddNumberToObject(region, "endLine", line);
    cJSON_AddNumberToObject(region, "endColumn", 2);
}

static void
add_locations(const struct sarif *s, cJSON *to, const struct finding *at)
{
    const char *colon = findings_line_behind(at->where);
    cJSON *location = cJSON_CreateObject();
    cJSON *physical = cJSON_AddObjectToObject(location, "physicalLocation");
    double line = colon == NULL ? 1 : strtod(colon + 1, NULL);
    struct buf uri;

    buf_init(&uri, TEXT_MAX);
    if (colon == NULL)
        buf_adds(&uri, s->name);
    else
        add_uri(&uri, at->where, (size_t)(colon - at->where));
    cJSON_AddStringToObject(cJSON_AddObjectToObject(physical, "artifactLocation"), "uri", uri.data);
    buf_fini(&uri);
    add_region(physical, line < 1 ? 1 : line);
    if (*at->subject != '\0') {
        cJSON *logical = cJSON_CreateObject();

        cJSON_AddStringToObject(logical, "fullyQualifiedName", at->subject);
        cJSON_AddItemToArray(cJSON_AddArrayToObject(location, "logicalLocations"), logical);
    }
    cJSON_AddItemToArray(cJSON_AddArrayToObject(to, "locations"), location);
}

/* --- results ---------------------------------------------------------------------------------- */

/* Each number counts as one digit. */
static void
add_without_numbers(struct buf *b, const char *text)
{
    while (*text != '\0') {
        size_t digits = strspn(text, "0123456789");

        buf_addc(b, digits > 0 ? '0' : *text);
        text += digits > 0 ? digits : 1;
    }
    buf_addc(b, '\n');
}

static void
add_fingerprint(struct sarif *s, cJSON *to, const struct finding *at)
{
    char digest[SIGV4_HEX_TEXT], text[PRINT_DIGITS + 24];
    size_t *times;
    struct buf b;

    buf_init(&b, TEXT_MAX);
    add_without_numbers(&b, at->rule);
    add_without_numbers(&b, at->same != NULL       ? at->same
                            : *at->subject != '\0' ? at->subject
                                                   : at->evidence);
    sigv4_sha256(b.data, b.len, digest);
    buf_fini(&b);
    times = table_find(&s->prints, digest, PRINT_DIGITS);
    if (times == NULL)
        times = table_add(&s->prints, digest, PRINT_DIGITS);
    snprintf(text, sizeof text, "%.*s:%zu", PRINT_DIGITS, digest, ++*times);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(to, "partialFingerprints"),
                            "primaryLocationLineHash", text);
}

static void
add_result(struct sarif *s, const struct finding *at, size_t kind)
{
    cJSON *result = cJSON_CreateObject();

    cJSON_AddStringToObject(result, "ruleId", at->rule);
    cJSON_AddNumberToObject(result, "ruleIndex", (double)rule_index(s, at->rule));
    cJSON_AddStringToObject(result, "kind", kinds[kind].kind);
    if (kinds[kind].name != NULL)
        cJSON_AddStringToObject(result, "level", kinds[kind].name);
    add_finding_message(result, at);
    add_locations(s, result, at);
    add_fingerprint(s, result, at);
    if (*at->corrected != '\0')
        cJSON_AddItemToObject(cJSON_AddObjectToObject(result, "properties"), "corrected",
                              cJSON_Parse(at->corrected));
    cJSON_AddItemToArray(s->results, result);
    s->result_count++;
}

static cJSON *
add_notification(struct sarif *s, const char *level)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "level", level);
    cJSON_AddItemToArray(s->notifications, item);
    return item;
}

static void
notify_unknown(struct sarif *s, const struct finding *at)
{
    cJSON *item = add_notification(s, "error"), *rule;

    add_finding_message(item, at);
    rule = cJSON_AddObjectToObject(item, "associatedRule");
    cJSON_AddStringToObject(rule, "id", at->rule);
    cJSON_AddNumberToObject(rule, "index", (double)rule_index(s, at->rule));
}

static void
notify(struct sarif *s, const char *level, const char *text)
{
    struct buf b;

    buf_init(&b, TEXT_MAX);
    add_escaped(&b, "", text);
    add_text(add_notification(s, level), "message", b.data);
    buf_fini(&b);
}

static void
add_kind(struct sarif *s, const struct findings *f, size_t kind)
{
    for (size_t i = 0; i < f->count && s->result_count < RESULTS_MOST; i++) {
        const struct finding *at = &f->items[i];

        if (at->level != kinds[kind].level)
            continue;
        add_result(s, at, kind);
        if (at->level == FINDING_UNKNOWN)
            notify_unknown(s, at);
    }
}

static void
add_findings(struct sarif *s, const struct findings *f)
{
    const size_t all = f->count - f->levels[FINDING_OK];
    struct buf counts;
    char text[160];

    for (size_t i = 0; i < KINDS; i++)
        add_kind(s, f, i);
    if (all > s->result_count) {
        snprintf(text, sizeof text, "%zu further findings are left out", all - s->result_count);
        notify(s, "warning", text);
    }
    for (size_t i = 0; i < f->note_count; i++)
        notify(s, "note", f->notes[i]);
    buf_init(&counts, TEXT_MAX);
    findings_print_counts(&counts, f);
    notify(s, "note", counts.data);
    buf_fini(&counts);
}

/* --- the run ---------------------------------------------------------------------------------- */

static cJSON *
add_run(struct sarif *s, cJSON *log)
{
    cJSON *run = cJSON_CreateObject(), *driver;
    char id[80];

    cJSON_AddStringToObject(log, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cJSON_AddStringToObject(log, "version", "2.1.0");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(log, "runs"), run);
    driver = cJSON_AddObjectToObject(cJSON_AddObjectToObject(run, "tool"), "driver");
    cJSON_AddStringToObject(driver, "name", PACKAGE_NAME);
    cJSON_AddStringToObject(driver, "semanticVersion", PACKAGE_VERSION);
    s->rules = cJSON_AddArrayToObject(driver, "rules");
    /* What stands before the slash tells the uploads of one commit apart. */
    snprintf(id, sizeof id, "%s/", s->name);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(run, "automationDetails"), "id", id);
    return run;
}

void
findings_print_sarif(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    cJSON *log = cJSON_CreateObject(), *run, *invocation = cJSON_CreateObject();
    struct sarif s = { .how = how };

    table_init(&s.rule_index, sizeof(size_t));
    table_init(&s.prints, sizeof(size_t));
    join_title(s.name, sizeof s.name, how->title, 0);
    run = add_run(&s, log);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(run, "invocations"), invocation);
    cJSON_AddBoolToObject(invocation, "executionSuccessful", f->levels[FINDING_UNKNOWN] == 0);
    s.notifications = cJSON_AddArrayToObject(invocation, "toolExecutionNotifications");
    s.results = cJSON_AddArrayToObject(run, "results");
    add_findings(&s, f);
    json_print(out, log);
    buf_addc(out, '\n');
    table_fini(&s.prints);
    table_fini(&s.rule_index);
    cJSON_Delete(log);
}
