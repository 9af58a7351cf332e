/* cmd_pii_seed.c - fake personal data for forms, held against the rules that should find it.
 * SPDX-License-Identifier: MIT
 *
 * The one command that prints such values: they are nobody's. */
#include "config.h"

#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "domain/pii.h"
#include "domain/pii_seed.h"

#define PEOPLE_MAX  10000
#define OUTPUT_MAX  ((size_t)32 << 20)
#define PERSON_ROOM 4096

enum form { FORM_TEXT, FORM_JSON, FORM_CSV, FORMS };
static const char *const forms[FORMS] = { "text", "json", "csv" };

struct seeding {
    struct pii_rules *rules;
    struct pii_scanner *scanner;
    enum form form;
    uint64_t seed, count;
    struct buf out;
    bool missed[PII_SEED_FIELDS]; /* fields that the rules did not find */
};

/* --- what the rules say ----------------------------------------------------------------------- */

static void
note_kind(void *arg, const struct pii_hit *hit)
{
    const char **kind = arg;

    *kind = hit->kind;
}

static void
hold_against_rules(struct seeding *s, const struct pii_seed_field fields[PII_SEED_FIELDS])
{
    char text[2 * PII_SEED_VALUE];

    for (size_t i = 0; i < PII_SEED_FIELDS; i++) {
        const char *kind = NULL;
        int len = snprintf(text, sizeof text, "%s=%s", fields[i].name, fields[i].value);
        bool is_judged = pii_scan(s->scanner, PII_PLAIN, text, (size_t)len, note_kind, &kind);

        if (*fields[i].kind != '\0' && (!is_judged || kind == NULL))
            s->missed[i] = true;
    }
}

static bool
tell_missed(const struct seeding *s, const char *rules)
{
    struct pii_seed_field fields[PII_SEED_FIELDS];
    bool has_missed = false;

    pii_seed_make(fields, s->seed, 0);
    for (size_t i = 0; i < PII_SEED_FIELDS; i++) {
        if (s->missed[i])
            command_say(stderr, "obsview: %s: the rules do not find every value of the field %s",
                        rules == NULL ? "built in" : rules, fields[i].name);
        has_missed |= s->missed[i];
    }
    return has_missed;
}

/* --- printing --------------------------------------------------------------------------------- */

/* No value has a quote; those with a comma or blank are put in quotes for good measure. */
static void
print_person(struct seeding *s, const struct pii_seed_field fields[PII_SEED_FIELDS],
             uint64_t number)
{
    if (s->form == FORM_JSON)
        buf_adds(&s->out, number == 0 ? "\n  {" : ",\n  {");
    else if (s->form == FORM_TEXT && number > 0)
        buf_addc(&s->out, '\n');
    for (size_t i = 0; i < PII_SEED_FIELDS; i++) {
        if (s->form == FORM_TEXT) {
            buf_addf(&s->out, "%s\t%s\t%s\n", fields[i].name,
                     *fields[i].kind == '\0' ? "-" : fields[i].kind, fields[i].value);
        } else if (s->form == FORM_CSV) {
            buf_addf(&s->out, "%s\"%s\"", i == 0 ? "" : ",", fields[i].value);
        } else {
            buf_addf(&s->out, "%s\"%s\": ", i == 0 ? "" : ", ", fields[i].name);
            json_print_string(&s->out, fields[i].value, strlen(fields[i].value));
        }
    }
    if (s->form != FORM_TEXT)
        buf_adds(&s->out, s->form == FORM_JSON ? "}" : "\n");
}

static void
print_head(struct seeding *s, const struct pii_seed_field fields[PII_SEED_FIELDS])
{
    if (s->form == FORM_JSON) {
        buf_addf(&s->out, "{\"seed\": %" PRIu64 ",\n \"kinds\": {", s->seed);
        for (size_t i = 0, n = 0; i < PII_SEED_FIELDS; i++) {
            if (*fields[i].kind != '\0')
                buf_addf(&s->out, "%s\"%s\": \"%s\"", n++ == 0 ? "" : ", ", fields[i].name,
                         fields[i].kind);
        }
        buf_adds(&s->out, "},\n \"people\": [");
    }
    for (size_t i = 0; i < PII_SEED_FIELDS && s->form == FORM_CSV; i++)
        buf_addf(&s->out, "%s%s%s", i == 0 ? "" : ",", fields[i].name,
                 i + 1 == PII_SEED_FIELDS ? "\n" : "");
}

static void
print_people(struct seeding *s)
{
    struct pii_seed_field fields[PII_SEED_FIELDS];

    for (uint64_t i = 0; i < s->count; i++) {
        pii_seed_make(fields, s->seed, i);
        if (i == 0)
            print_head(s, fields);
        hold_against_rules(s, fields);
        print_person(s, fields, i);
    }
    if (s->form == FORM_JSON)
        buf_adds(&s->out, "\n ]}\n");
}

/* --- the command ------------------------------------------------------------------------------ */

static enum status
read_form(struct seeding *s, const struct settings *settings, struct err *err)
{
    const char *name = settings_text(settings, SET_FORMAT);

    while (s->form < FORMS && strcmp(forms[s->form], name) != 0)
        s->form++;
    if (s->form == FORMS)
        return err_set(err, E_USAGE, "pii-seed prints text, json or csv, not %s", name);
    return OK;
}

static enum status
read_rules(struct seeding *s, const char *path, struct err *err)
{
    struct err why = { .code = OK };
    struct buf text;
    enum status st;

    if (path == NULL) {
        s->rules = pii_rules_default();
        return OK;
    }
    buf_init(&text, PII_RULES_MAX);
    st = buf_read_file(&text, path, &why);
    if (st == OK)
        st = pii_rules_parse(&s->rules, text.data, text.len, &why);
    buf_fini(&text);
    return st == OK ? OK : err_set(err, E_USAGE, "--rules: %s", why.text);
}

static enum status
read_settings(struct seeding *s, const struct settings *settings, struct err *err)
{
    int64_t count = settings_int(settings, SET_COUNT);
    enum status st = read_form(s, settings, err);

    if (st == OK && (count < 1 || count > PEOPLE_MAX))
        st = err_set(err, E_USAGE, "--count %" PRId64 ": expected 1 to %d", count, PEOPLE_MAX);
    if (st == OK)
        st = read_rules(s, settings_text(settings, SET_RULES), err);
    s->count = (uint64_t)count;
    s->seed = (uint64_t)settings_int(settings, SET_SEED);
    return st;
}

int
cmd_pii_seed(struct invocation *inv)
{
    static const uint8_t key[PII_KEY_BYTES] = { 0 }; /* nobody sees a hash */
    struct seeding s = { .form = FORM_TEXT };
    struct err err = { 0 };
    int code;

    if (read_settings(&s, inv->settings, &err) != OK)
        return command_fail(&err);
    s.scanner = pii_scanner_new(s.rules, key);
    buf_init(&s.out, OUTPUT_MAX);
    print_people(&s);
    fwrite(s.out.data, 1, s.out.len, stdout);
    code = tell_missed(&s, settings_text(inv->settings, SET_RULES)) ? EXIT_FINDING : EXIT_OK;
    buf_fini(&s.out);
    pii_scanner_free(s.scanner);
    pii_rules_free(s.rules);
    return code;
}
