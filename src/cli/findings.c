/* findings.c - one list, six ways to write it.
 * SPDX-License-Identifier: MIT
 *
 * JUnit's XML has no specification of its own; what is written here are the elements and attributes
 * that all readers share: a suite with its counts, a case for each thing that was looked at,
 * <failure> for what is wrong and <error> for what could not be judged. GitHub's commands are those
 * of "Workflow commands for GitHub Actions": data escapes %, CR and LF, properties also colon and
 * comma. */
#include "config.h"

#include "cli/findings.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/findings_sarif.h"
#include "wire/xml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX      8192
#define SHOWN_MAX     ((size_t)128 << 20)
#define CORRECTED_MAX ((size_t)2048) /* of a correction, where people read */
/* GitHub shows no summary at all of a step that writes more than 1 MiB, be it in several pieces. */
#define SUMMARY_MOST ((size_t)96 << 10)

static const struct {
    const char *name;
    const char *junit;  /* element of a case; NULL: none */
    const char *github; /* command; NULL: none */
} levels[FINDING_LEVELS] = {
    [FINDING_OK] = { "ok", NULL, NULL },
    [FINDING_WARN] = { "warn", "failure", "warning" },
    [FINDING_FAIL] = { "fail", "failure", "error" },
    [FINDING_UNKNOWN] = { "unknown", "error", "error" },
};

void
findings_init(struct findings *f)
{
    *f = (struct findings){ .arena = arena_new() };
}

void
findings_fini(struct findings *f)
{
    free(f->items);
    free(f->notes);
    arena_free(f->arena);
    *f = (struct findings){ .arena = NULL };
}

static const char *
clean(struct findings *f, const char *text)
{
    struct buf b;
    const char *kept;
    size_t len = text == NULL ? 0 : strlen(text);

    buf_init(&b, 4 * TEXT_MAX);
    text_clean(&b, text == NULL ? "" : text, len < TEXT_MAX ? len : TEXT_MAX);
    kept = arena_strdup(f->arena, b.data);
    buf_fini(&b);
    return kept;
}

void
findings_put(struct findings *f, const struct finding *finding)
{
    if (f->count == f->cap) {
        f->cap = f->cap == 0 ? 32 : f->cap * 2;
        f->items = xreallocarray(f->items, f->cap, sizeof *f->items);
    }
    f->items[f->count++] = (struct finding){
        .level = finding->level,
        .corrected = arena_strdup(f->arena, finding->corrected == NULL ? "" : finding->corrected),
        .rule = clean(f, finding->rule),
        .subject = clean(f, finding->subject),
        .evidence = clean(f, finding->evidence),
        .expected = clean(f, finding->expected),
        .fix = clean(f, finding->fix),
        .where = clean(f, finding->where),
        .same = finding->same == NULL ? NULL : clean(f, finding->same),
        .details = finding->details == NULL ? NULL : arena_strdup(f->arena, finding->details)
    };
    f->levels[finding->level]++;
}

void
findings_add(struct findings *f, enum finding_level level, const char *rule, const char *fix,
             const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    findings_put(f,
                 &(struct finding){ .level = level, .rule = rule, .evidence = text, .fix = fix });
}

void
findings_note(struct findings *f, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    f->notes = xreallocarray(f->notes, f->note_count + 1, sizeof *f->notes);
    f->notes[f->note_count++] = clean(f, text);
}

/* --- text --- */

static int
rule_width(const struct findings *f)
{
    int width = 0;

    for (size_t i = 0; i < f->count; i++) {
        int columns = text_columns(f->items[i].rule);

        width = columns > width ? columns : width;
    }
    return width;
}

#define INDENT 8 /* behind "unknown " */

static void
print_text_line(struct buf *out, const char *label, const char *text)
{
    if (*text != '\0')
        buf_addf(out, "%*s%s%s\n", INDENT, "", label, text);
}

/* What is long belongs into a file: JSON has it whole. */
static const char *
shown_correction(struct buf *text, const struct finding *at)
{
    size_t len = strlen(at->corrected);

    buf_clear(text);
    if (len <= CORRECTED_MAX)
        text_clean(text, at->corrected, len);
    return text->data;
}

/* What is about something goes on below it; what is not, behind the rule. */
static void
print_text_finding(struct buf *out, const struct finding *at, int width)
{
    bool has_subject = *at->subject != '\0';
    struct buf corrected;

    buf_addf(out, "%-7s %s%*s  %s\n", levels[at->level].name, at->rule,
             width - text_columns(at->rule), "", has_subject ? at->subject : at->evidence);
    if (has_subject)
        print_text_line(out, "", at->evidence);
    print_text_line(out, "expected: ", at->expected);
    print_text_line(out, "next: ", at->fix);
    buf_init(&corrected, 4 * CORRECTED_MAX);
    print_text_line(out, "corrected: ", shown_correction(&corrected, at));
    buf_fini(&corrected);
}

static void
print_cost(struct buf *out, int64_t cost_microusd)
{
    if (cost_microusd > 0)
        buf_addf(out, "asking cost about %.6f USD\n", (double)cost_microusd / 1e6);
}

void
findings_print_counts(struct buf *out, const struct findings *f)
{
    buf_addf(out, "%zu looked at, %zu ok, %zu warn, %zu fail, %zu unknown", f->count,
             f->levels[FINDING_OK], f->levels[FINDING_WARN], f->levels[FINDING_FAIL],
             f->levels[FINDING_UNKNOWN]);
}

static void
print_counts(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    if (!how->shows_well) {
        buf_addf(out, "%s: ", how->title);
        findings_print_counts(out, f);
        buf_addc(out, '\n');
    }
    print_cost(out, how->cost_microusd);
}

static void
print_summary(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    for (size_t i = 0; i < f->note_count; i++)
        buf_addf(out, "%s\n", f->notes[i]);
    print_counts(out, f, how);
}

static void
print_text(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    int width = rule_width(f);

    for (size_t i = 0; i < f->count; i++) {
        if (how->shows_well || f->items[i].level != FINDING_OK)
            print_text_finding(out, &f->items[i], width);
    }
    print_summary(out, f, how);
}

/* --- JSON --- */

static void
add_details(cJSON *item, const char *text)
{
    cJSON *details = text == NULL ? NULL : cJSON_Parse(text), *at;

    while (details != NULL && (at = details->child) != NULL) {
        cJSON_DetachItemViaPointer(details, at);
        if (cJSON_HasObjectItem(item, at->string))
            cJSON_Delete(at);
        else
            cJSON_AddItemToObject(item, at->string, at);
    }
    cJSON_Delete(details);
}

static void
print_json(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    cJSON *report = cJSON_CreateObject(), *list, *notes;

    cJSON_AddStringToObject(report, "title", how->title);
    list = cJSON_AddArrayToObject(report, "findings");
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *at = &f->items[i];
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "level", levels[at->level].name);
        cJSON_AddStringToObject(item, "rule", at->rule);
        cJSON_AddStringToObject(item, "subject", at->subject);
        cJSON_AddStringToObject(item, "evidence", at->evidence);
        cJSON_AddStringToObject(item, "expected", at->expected);
        cJSON_AddStringToObject(item, "fix", at->fix);
        if (*at->where != '\0')
            cJSON_AddStringToObject(item, "where", at->where);
        add_details(item, at->details);
        if (*at->corrected != '\0')
            cJSON_AddItemToObject(item, "corrected", cJSON_Parse(at->corrected));
        cJSON_AddItemToArray(list, item);
    }
    notes = cJSON_AddArrayToObject(report, "notes");
    for (size_t i = 0; i < f->note_count; i++)
        cJSON_AddItemToArray(notes, cJSON_CreateString(f->notes[i]));
    cJSON_AddNumberToObject(report, "costUsd", (double)how->cost_microusd / 1e6);
    json_print(out, report);
    buf_addc(out, '\n');
    cJSON_Delete(report);
}

/* --- JUnit --- */

static void
print_attribute(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, " %s=\"", name);
    xml_text(out, value);
    buf_addc(out, '"');
}

static void
print_junit_counts(struct buf *out, const struct findings *f, const char *title)
{
    print_attribute(out, "name", title);
    buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"0\" time=\"0\">\n",
             f->count, f->levels[FINDING_WARN] + f->levels[FINDING_FAIL],
             f->levels[FINDING_UNKNOWN]);
}

static void
print_junit_line(struct buf *out, const char *label, const char *text)
{
    if (*text == '\0')
        return;
    buf_adds(out, label);
    xml_text(out, text);
}

static void
print_junit_case(struct buf *out, const struct finding *at)
{
    const char *element = levels[at->level].junit;
    struct buf corrected;

    buf_adds(out, "    <testcase");
    print_attribute(out, "classname", at->rule);
    print_attribute(out, "name", *at->subject == '\0' ? at->rule : at->subject);
    if (element == NULL) {
        buf_adds(out, " time=\"0\"/>\n");
        return;
    }
    buf_addf(out, " time=\"0\">\n      <%s", element);
    print_attribute(out, "type", levels[at->level].name);
    print_attribute(out, "message", at->evidence);
    buf_adds(out, ">");
    xml_text(out, at->evidence);
    print_junit_line(out, "\nexpected: ", at->expected);
    print_junit_line(out, "\nnext: ", at->fix);
    buf_init(&corrected, 4 * CORRECTED_MAX);
    print_junit_line(out, "\ncorrected: ", shown_correction(&corrected, at));
    buf_fini(&corrected);
    buf_addf(out, "</%s>\n    </testcase>\n", element);
}

static void
print_junit(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    print_junit_counts(out, f, how->title);
    buf_adds(out, "  <testsuite");
    print_junit_counts(out, f, how->title);
    for (size_t i = 0; i < f->count; i++)
        print_junit_case(out, &f->items[i]);
    if (f->note_count > 0) {
        buf_adds(out, "    <system-out>");
        for (size_t i = 0; i < f->note_count; i++) {
            xml_text(out, f->notes[i]);
            buf_addc(out, '\n');
        }
        buf_adds(out, "</system-out>\n");
    }
    buf_adds(out, "  </testsuite>\n</testsuites>\n");
}

/* --- GitHub --- */

static void
print_github_text(struct buf *out, const char *text, const char *escaped)
{
    for (; *text != '\0'; text++) {
        if (strchr(escaped, *text) != NULL)
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            buf_addc(out, *text);
    }
}

#define GITHUB_DATA     "%\r\n"
#define GITHUB_PROPERTY "%\r\n:,"

const char *
findings_line_behind(const char *where)
{
    const char *colon = strrchr(where, ':');
    size_t digits = colon == NULL ? 0 : strspn(colon + 1, "0123456789");

    if (digits == 0 || colon[1 + digits] != '\0' || colon == where || strncmp(where, "-:", 2) == 0)
        return NULL;
    return colon;
}

static void
print_github_place(struct buf *out, const char *where)
{
    const char *colon = findings_line_behind(where);
    char file[TEXT_MAX];

    if (colon == NULL)
        return;
    snprintf(file, sizeof file, "%.*s", (int)(colon - where), where);
    buf_adds(out, "file=");
    print_github_text(out, file, GITHUB_PROPERTY);
    buf_addf(out, ",line=%s,", colon + 1);
}

/* A sentence that is no command of a workflow, whatever stands in it: "::name" at the beginning of
 * a line, blanks apart, or "##[name]" anywhere. */
static void
print_github_note(struct buf *out, const char *text)
{
    const char *old;

    if (strncmp(text + strspn(text, " "), "::", 2) == 0)
        buf_adds(out, "- ");
    while ((old = strstr(text, "##[")) != NULL) {
        buf_add(out, text, (size_t)(old - text));
        buf_adds(out, "## [");
        text = old + 3;
    }
    buf_addf(out, "%s\n", text);
}

static void
print_github_line(struct buf *out, const char *label, const char *text)
{
    if (*text == '\0')
        return;
    buf_adds(out, label);
    print_github_text(out, text, GITHUB_DATA);
}

static void
print_github(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    struct buf corrected;

    buf_init(&corrected, 4 * CORRECTED_MAX);
    for (size_t i = 0; i < f->count; i++) {
        const struct finding *at = &f->items[i];

        if (levels[at->level].github == NULL)
            continue;
        buf_addf(out, "::%s ", levels[at->level].github);
        print_github_place(out, at->where);
        buf_adds(out, "title=");
        print_github_text(out, at->rule, GITHUB_PROPERTY);
        buf_adds(out, "::");
        if (*at->subject != '\0') {
            print_github_text(out, at->subject, GITHUB_DATA);
            buf_adds(out, " ");
        }
        print_github_text(out, at->evidence, GITHUB_DATA);
        print_github_line(out, "%0Aexpected: ", at->expected);
        print_github_line(out, "%0Anext: ", at->fix);
        print_github_line(out, "%0Acorrected: ", shown_correction(&corrected, at));
        buf_addc(out, '\n');
    }
    buf_fini(&corrected);
    for (size_t i = 0; i < f->note_count; i++)
        print_github_note(out, f->notes[i]);
    print_counts(out, f, how);
}

/* --- Markdown --- */

/* Whether GitHub, which looks once more when signs have been read, would make a link, a mention or
 * an address of what goes on behind `at`. */
static bool
begins_link(const char *text, const char *at)
{
    return *at == '@' || strncmp(at, "://", 3) == 0 ||
           (*at == '.' && at - text >= 3 && strncasecmp(at - 3, "www", 3) == 0);
}

/* Text in a cell of a table, whose signs are none of Markdown's or HTML's. An empty comment keeps
 * apart what together would be a link to somewhere that whoever sent it chose. */
static void
print_cell_text(struct buf *out, const char *lead, const char *text)
{
    if (*text == '\0')
        return;
    buf_adds(out, lead);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\n')
            buf_adds(out, "<br>");
        else if (strchr("&<>|\\`*_[]~#@", *at) != NULL)
            buf_addf(out, "&#%d;", *at);
        else
            buf_addc(out, *at);
        if (begins_link(text, at))
            buf_adds(out, "<!-- -->");
    }
}

static void
print_markdown_row(struct buf *out, struct buf *corrected, const struct finding *at)
{
    buf_addf(out, "| **%s** | ", levels[at->level].name);
    print_cell_text(out, "", at->rule);
    print_cell_text(out, " | ", *at->subject == '\0' ? " " : at->subject);
    print_cell_text(out, " | ", at->evidence);
    print_cell_text(out, "<br>expected: ", at->expected);
    print_cell_text(out, "<br>next: ", at->fix);
    print_cell_text(out, "<br>corrected: ", shown_correction(corrected, at));
    buf_adds(out, " |\n");
}

/* Rows until there are more bytes than `most`; the rest is counted. */
static void
print_markdown_within(struct buf *out, const struct findings *f, const struct findings_print *how,
                      size_t most)
{
    const size_t ok = f->levels[FINDING_OK], begin = out->len;
    struct buf corrected;
    size_t left = 0;

    buf_init(&corrected, 4 * CORRECTED_MAX);
    buf_addf(out, "### %s: %s\n\n", how->title, ok == f->count ? "ok" : "not ok");
    if (ok < f->count)
        buf_adds(out, "| | rule | what | evidence |\n| --- | --- | --- | --- |\n");
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].level == FINDING_OK)
            continue;
        if (out->len - begin < most)
            print_markdown_row(out, &corrected, &f->items[i]);
        else
            left++;
    }
    if (ok < f->count)
        buf_addc(out, '\n');
    if (left > 0)
        buf_addf(out, "%zu more are in the log of this step.<br>", left);
    for (size_t i = 0; i < f->note_count; i++)
        print_cell_text(out, i == 0 ? "" : "<br>", f->notes[i]);
    buf_adds(out, f->note_count > 0 ? "<br>" : "");
    print_counts(out, f, how);
    buf_addc(out, '\n');
    buf_fini(&corrected);
}

static void
print_markdown(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    print_markdown_within(out, f, how, SIZE_MAX);
}

/* --- which --- */

static const struct {
    const char *name;
    void (*print)(struct buf *out, const struct findings *f, const struct findings_print *how);
} formats[] = {
    [FINDINGS_TEXT] = { "text", print_text },
    [FINDINGS_JSON] = { "json", print_json },
    [FINDINGS_JUNIT] = { "junit", print_junit },
    [FINDINGS_GITHUB] = { "github", print_github },
    [FINDINGS_MARKDOWN] = { "md", print_markdown },
    [FINDINGS_SARIF] = { "sarif", findings_print_sarif },
};

enum status
findings_format_parse(enum findings_format *out, const char *name, const char *command,
                      struct err *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *out = (enum findings_format)i;
            return OK;
        }
    }
    return err_set(err, E_USAGE, "%s prints text, json, junit, github, md or sarif, not %s",
                   command, name);
}

void
findings_print(struct buf *out, const struct findings *f, const struct findings_print *how)
{
    formats[how->format].print(out, f, how);
}

/* To the end of the file that a runner of GitHub Actions names, if one does. */
static enum status
add_step_summary(const struct findings *f, const struct findings_print *how, struct err *err)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    FILE *file = path == NULL || *path == '\0' ? NULL : fopen(path, "ae");
    enum status st = OK;
    struct buf out;

    if (path == NULL || *path == '\0')
        return OK;
    buf_init(&out, SHOWN_MAX);
    print_markdown_within(&out, f, how, SUMMARY_MOST);
    if (file == NULL || fwrite(out.data, 1, out.len, file) != out.len || fflush(file) != 0)
        st = err_errno(err, errno, "GITHUB_STEP_SUMMARY: cannot write %s", path);
    if (file != NULL)
        fclose(file);
    buf_fini(&out);
    return st;
}

enum status
findings_show(const struct findings *f, const struct findings_print *how, struct err *err)
{
    struct buf out;
    enum status st = OK;

    buf_init(&out, SHOWN_MAX);
    findings_print(&out, f, how);
    if (buf_failed(&out))
        st = err_set(err, E_LIMIT, "the findings take more than %zu bytes", SHOWN_MAX);
    else
        fwrite(out.data, 1, out.len, stdout);
    buf_fini(&out);
    if (st == OK && how->format == FINDINGS_GITHUB)
        st = add_step_summary(f, how, err);
    return st;
}
