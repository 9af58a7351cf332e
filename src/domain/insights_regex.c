/* insights_regex.c - regular expressions of a query that a stranger may have written.
 * SPDX-License-Identifier: MIT
 *
 * Logs Insights' own syntax is that of Java and close to PCRE2's: (?i), (?<name>...), classes,
 * lazy repeats mean the same in both. The steps of one match are limited, so no pattern can hold a
 * reader for long; a text that needs more is neither a match nor a miss, and the query counts it.
 */
#include "config.h"

#include "domain/insights_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "base/mem.h"

#define MATCH_STEPS_MAX 200000

struct insights_regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    unsigned groups;
    const char **names; /* by group number; [0] is unused */
};

static void
read_names(struct insights_regex *re)
{
    uint32_t groups = 0, count = 0, size = 0;
    PCRE2_SPTR table = NULL;

    pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(re->code, PCRE2_INFO_NAMETABLE, &table);
    re->groups = groups;
    re->names = xcalloc(groups + 1, sizeof *re->names);
    for (uint32_t i = 0; i <= groups; i++)
        re->names[i] = "";
    for (uint32_t i = 0; i < count; i++, table += size) {
        unsigned group = (unsigned)table[0] << 8 | table[1];

        if (group <= groups)
            re->names[group] = (const char *)table + 2;
    }
}

enum status
insights_regex_new(struct insights_regex **out, const char *text, size_t len, size_t *offset,
                   struct err *err)
{
    struct insights_regex *re = xcalloc(1, sizeof *re);
    PCRE2_UCHAR why[120];
    PCRE2_SIZE at = 0;
    int code = 0;

    re->code = pcre2_compile((PCRE2_SPTR)text, len, PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C,
                             &code, &at, NULL);
    if (re->code == NULL) {
        pcre2_get_error_message(code, why, sizeof why);
        *offset = at < len ? at : len;
        insights_regex_free(re);
        return err_set(err, E_INVALID, "%s", (const char *)why);
    }
    re->data = pcre2_match_data_create_from_pattern(re->code, NULL);
    re->context = pcre2_match_context_create(NULL);
    if (re->data == NULL || re->context == NULL) {
        insights_regex_free(re);
        return err_set(err, E_LIMIT, "out of memory for a regular expression");
    }
    pcre2_set_match_limit(re->context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(re->context, MATCH_STEPS_MAX);
    /* Without executable memory the interpreter does it; the limits hold for both. */
    (void)pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE);
    read_names(re);
    *out = re;
    return OK;
}

void
insights_regex_free(struct insights_regex *re)
{
    if (re == NULL)
        return;
    pcre2_match_context_free(re->context);
    pcre2_match_data_free(re->data);
    pcre2_code_free(re->code);
    free(re->names);
    free(re);
}

unsigned
insights_regex_groups(const struct insights_regex *re)
{
    return re->groups;
}

const char *
insights_regex_group_name(const struct insights_regex *re, unsigned group)
{
    return re->names[group];
}

enum regex_verdict
insights_regex_match(struct insights_regex *re, const char *text, size_t len)
{
    int found = pcre2_match(re->code, (PCRE2_SPTR)text, len, 0, 0, re->data, re->context);

    if (found >= 0)
        return REGEX_MATCHES;
    return found == PCRE2_ERROR_NOMATCH ? REGEX_MISSES : REGEX_GAVE_UP;
}

bool
insights_regex_group(const struct insights_regex *re, unsigned group, size_t *start, size_t *end)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(re->data);

    if (group > re->groups || ends[2 * group] == PCRE2_UNSET ||
        ends[2 * group + 1] < ends[2 * group])
        return false;
    *start = ends[2 * group];
    *end = ends[2 * group + 1];
    return true;
}
