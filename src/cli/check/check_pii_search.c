/* check_pii_search.c - what is named is searched here, and nobody is asked.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/check/check_pii_search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/check/checks.h"

#define RULE "pii"

void
pii_search_unjudged(struct pii_search *s, const char *subject, const char *why)
{
    findings_put(s->found, &(struct finding){ .level = FINDING_UNKNOWN,
                                              .rule = RULE "." PII_UNJUDGED,
                                              .subject = subject,
                                              .evidence = why,
                                              .details = "{\"kind\":\"" PII_UNJUDGED "\"}" });
}

/* --- recordings ------------------------------------------------------------------------------- */

static void
see_nothing(void *arg, const struct pii_finding *finding)
{
    (void)arg;
    (void)finding;
}

void
pii_search_begin_session(struct pii_search *s, const char *name)
{
    s->session = xstrdup(name);
}

void
pii_search_body(struct pii_search *s, const char *subject, const void *bytes, size_t length,
                bool is_file)
{
    struct openreplay_scanned out;
    char why[128];

    if (s->scan == NULL)
        s->scan = openreplay_scan_new(s->rules, s->key, s->session);
    openreplay_scan_take(s->scan, bytes, length, is_file, see_nothing, NULL, &out);
    s->bodies++;
    s->messages += out.messages;
    if (out.fault.kind != OPENREPLAY_NO_FAULT) {
        openreplay_fault_describe(why, sizeof why, &out.fault);
        pii_search_unjudged(s, subject, why);
    }
    if (out.unjudged > 0) {
        snprintf(why, sizeof why, "%u text%s more work than %s worth", out.unjudged,
                 out.unjudged == 1 ? " needs" : "s need", out.unjudged == 1 ? "it is" : "they are");
        pii_search_unjudged(s, subject, why);
    }
}

void
pii_search_end_session(struct pii_search *s)
{
    if (s->scan != NULL) {
        s->sessions++;
        for (size_t i = 0; i < openreplay_scan_count(s->scan); i++)
            check_pii_put(s->found, openreplay_scan_at(s->scan, i), s->where, s->least, &s->below);
    }
    openreplay_scan_free(s->scan);
    free(s->session);
    s->scan = NULL;
    s->session = NULL;
}

/* --- logs ------------------------------------------------------------------------------------- */

static void
put_finding(void *arg, const struct pii_finding *finding)
{
    struct pii_search *s = arg;

    check_pii_put(s->found, finding, s->where, s->least, &s->below);
}

bool
pii_search_line(struct pii_search *s, const struct pii_origin *origin, const char *line,
                size_t length)
{
    s->lines++;
    return pii_texts_scan_line(s->scanner, origin, line, length, put_finding, s) == 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static enum status
load_rules(struct pii_rules **out, const char *path, struct err *err)
{
    struct buf text;
    enum status st;

    if (path == NULL) {
        *out = pii_rules_default();
        return OK;
    }
    buf_init(&text, PII_RULES_MAX);
    st = buf_read_file(&text, path, err);
    if (st == OK)
        st = pii_rules_parse(out, text.data, text.len, err);
    if (st == E_INVALID) {
        err_context(err, "%s", path);
        st = err->code = E_USAGE; /* it is configuration */
    }
    buf_fini(&text);
    return st;
}

static void
note(struct pii_search *s, const char *rules)
{
    if (s->found->count == 0)
        findings_add(s->found, FINDING_OK, RULE, NULL, "nothing from severity %s on was found",
                     pii_severity_name(s->least));
    check_pii_note_below(s->found, s->least, s->below);
    findings_note(s->found,
                  "searched: %zu session%s with %zu bod%s and %llu message%s, %llu line%s of logs, "
                  "%llu other "
                  "request%s",
                  s->sessions, text_s(s->sessions), s->bodies, s->bodies == 1 ? "y" : "ies",
                  (unsigned long long)s->messages, text_s(s->messages),
                  (unsigned long long)s->lines, text_s(s->lines), (unsigned long long)s->requests,
                  text_s(s->requests));
    findings_note(s->found, "rules: %s, sha256 %s", rules == NULL ? "built in" : rules,
                  pii_rules_hash(s->rules));
}

static void
look(struct pii_search *s, const struct invocation *inv)
{
    for (size_t i = 1; i < inv->argument_count; i++)
        check_pii_files(s, inv->arguments[i]);
    if (inv->argument_count > 1 && s->bodies == 0 && s->lines == 0 && s->requests == 0)
        pii_search_unjudged(s, inv->arguments[1], "there is no recording and no log");
    if (settings_text(inv->settings, SET_DB) != NULL &&
        strcmp(settings_origin(inv->settings, SET_DB), "flag") == 0)
        check_pii_store(s, settings_text(inv->settings, SET_DB));
}

enum status
check_pii_look(struct findings *found, const struct invocation *inv, struct err *err)
{
    const char *rules = settings_text(inv->settings, SET_RULES);
    struct pii_search s = { .found = found, .least = PII_MEDIUM };
    enum status st = load_rules(&s.rules, rules, err);

    if (st != OK)
        return st;
    (void)!pii_severity_parse(settings_text(inv->settings, SET_SEVERITY), &s.least);
    if (getrandom(s.key, sizeof s.key, 0) != sizeof s.key)
        st = err_errno(err, errno, "cannot make a key");
    s.scanner = pii_scanner_new(s.rules, s.key);
    if (st == OK) {
        look(&s, inv);
        note(&s, rules);
    }
    pii_scanner_free(s.scanner);
    pii_rules_free(s.rules);
    return st;
}
