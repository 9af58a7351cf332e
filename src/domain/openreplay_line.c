/* openreplay_line.c - what each message says, in the words of a storyboard.
 * SPDX-License-Identifier: MIT
 *
 * One function for each shape of message, and a table that knows which message has which. Whatever
 * comes from the page goes through openreplay_shape.h. */
#include "config.h"

#include "domain/openreplay_line.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/openreplay_shape.h"
#include "domain/web_vitals.h"

#define LABEL_COLUMNS 60
#define PROSE_COLUMNS 300
#define STACK_MAX     ((size_t)64 << 10) /* of a payload that is parsed */
#define NUMBER_MAX    32

typedef bool line_writer(struct openreplay_draft *draft, const union openreplay_value *values);

static void
say(struct openreplay_draft *draft, struct openreplay_text text, int columns)
{
    openreplay_shape_prose(draft->text, text, columns, draft->reveal);
}

static void
say_url(struct openreplay_draft *draft, struct openreplay_text url)
{
    openreplay_shape_url(draft->text, url, draft->page, draft->reveal);
}

static bool
is(struct openreplay_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.at, word, text.length) == 0;
}

/* ` "label"`, if there is one. */
static void
say_quoted(struct openreplay_draft *draft, struct openreplay_text text)
{
    if (text.length == 0)
        return;
    buf_adds(draft->text, draft->text->len == 0 ? "\"" : " \"");
    say(draft, text, LABEL_COLUMNS);
    buf_addc(draft->text, '"');
}

/* A name and what the application gave with it. */
static void
say_pair(struct openreplay_draft *draft, struct openreplay_text name, struct openreplay_text rest)
{
    say(draft, name, LABEL_COLUMNS);
    if (rest.length == 0)
        return;
    if (draft->text->len > 0)
        buf_addc(draft->text, ' ');
    say(draft, rest, PROSE_COLUMNS);
}

/* --- what the visitor did ----------------------------------------------------------------------
 */

static bool
click_old(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say_quoted(draft, values[2].text);
    if (values[3].text.length > 0) {
        buf_adds(draft->text, draft->text->len == 0 ? "" : " ");
        say(draft, values[3].text, LABEL_COLUMNS);
    }
    return true;
}

/* 1430 is 14.3 %. */
static void
say_percent(struct openreplay_draft *draft, uint64_t hundredths)
{
    buf_addf(draft->text, "%.*g %%", hundredths < 100000 ? 6 : 12, (double)hundredths / 100);
}

static bool
click(struct openreplay_draft *draft, const union openreplay_value *values)
{
    click_old(draft, values);
    buf_adds(draft->text, draft->text->len == 0 ? "at " : " at ");
    say_percent(draft, values[4].u);
    buf_adds(draft->text, ", ");
    say_percent(draft, values[5].u);
    return true;
}

static bool
selection(struct openreplay_draft *draft, const union openreplay_value *values)
{
    if (values[2].text.length == 0)
        return false;
    openreplay_shape_value(draft->text, values[2].text, draft->reveal);
    return true;
}

static bool
visibility(struct openreplay_draft *draft, const union openreplay_value *values)
{
    buf_adds(draft->text, values[0].b ? "hidden" : "visible");
    return true;
}

static bool
tab(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_adds(draft->text, " is in front");
    return true;
}

/* --- what the page did -------------------------------------------------------------------------
 */

static bool
console(struct openreplay_draft *draft, const union openreplay_value *values)
{
    if (is(values[0].text, "error") || is(values[0].text, "assert"))
        draft->severity = OPENREPLAY_FAILURE;
    else if (is(values[0].text, "warn"))
        draft->severity = OPENREPLAY_WARNING;
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_adds(draft->text, ": ");
    say(draft, values[1].text, PROSE_COLUMNS);
    return true;
}

/* `must_answer`: a status of 0 means that nothing came back, not that nobody waited for it. */
static void
say_answer(struct openreplay_draft *draft, uint64_t status, uint64_t duration, bool must_answer)
{
    draft->status = status > 999 ? 999 : (unsigned)status;
    draft->duration_ms = duration;
    if (status >= 500 || (status == 0 && must_answer))
        draft->severity = OPENREPLAY_FAILURE;
    else if (status >= 400)
        draft->severity = OPENREPLAY_WARNING;
    if (status == 0)
        buf_addf(draft->text, " → no status, %llu ms", (unsigned long long)duration);
    else
        buf_addf(draft->text, " → %llu, %llu ms", (unsigned long long)status,
                 (unsigned long long)duration);
}

static bool
network(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_addc(draft->text, ' ');
    say(draft, values[1].text, LABEL_COLUMNS);
    buf_addc(draft->text, ' ');
    say_url(draft, values[2].text);
    say_answer(draft, values[5].u, values[7].u, !is(values[0].text, "beacon"));
    return true;
}

static bool
fetch_old(struct openreplay_draft *draft, const union openreplay_value *values)
{
    buf_adds(draft->text, "fetch ");
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_addc(draft->text, ' ');
    say_url(draft, values[1].text);
    say_answer(draft, values[4].u, values[6].u, true);
    return true;
}

/* Requests of scripts have a line of their own. */
static bool
resource_line(struct openreplay_draft *draft, const union openreplay_value *values,
              const char *outcome)
{
    static const char *const scripted[] = { "fetch", "xmlhttprequest", "beacon" };

    for (size_t i = 0; i < sizeof scripted / sizeof *scripted; i++)
        if (is(values[7].text, scripted[i]))
            return false;
    draft->duration_ms = values[1].u;
    say(draft, values[7].text, LABEL_COLUMNS);
    buf_addc(draft->text, ' ');
    say_url(draft, values[6].text);
    buf_addf(draft->text, " → %s", outcome);
    return true;
}

/* Only those without a byte: they failed, or another origin does not tell. */
static bool
resource_old(struct openreplay_draft *draft, const union openreplay_value *values)
{
    return values[4].u == 0 && values[5].u == 0 &&
           resource_line(draft, values, "no bytes: failed, or of another origin");
}

/* An answer of 400 or more is told as a body that unpacks to nothing. What the server called not
 * modified has no body either, but headers were transferred, or the cache is named. */
static bool
resource(struct openreplay_draft *draft, const union openreplay_value *values)
{
    if (values[4].u != 0 && values[5].u == 0) {
        draft->severity = OPENREPLAY_WARNING;
        return resource_line(draft, values, "failed");
    }
    return values[8].u == 0 && !values[9].b && resource_old(draft, values);
}

/* The first frame of `[{"functionName":..., "fileName":..., "lineNumber":...}]`. */
static void
say_frame(struct openreplay_draft *draft, struct openreplay_text stack)
{
    const char *file, *function, *base;
    const cJSON *frames, *frame;

    if (stack.length == 0 || stack.length > STACK_MAX ||
        json_parse_in(&frames, draft->scratch, stack.at, stack.length, NULL) != OK)
        return;
    frame = cJSON_GetArrayItem(frames, 0);
    file = json_get_string(frame, "fileName", NULL);
    function = json_get_string(frame, "functionName", NULL);
    if (file == NULL)
        return;
    base = strrchr(file, '/') == NULL ? file : strrchr(file, '/') + 1;
    buf_adds(draft->text, " at ");
    if (function != NULL)
        say(draft, (struct openreplay_text){ function, strlen(function) }, LABEL_COLUMNS);
    buf_adds(draft->text, function == NULL ? "" : " ");
    say(draft, (struct openreplay_text){ base, strcspn(base, "?#") }, LABEL_COLUMNS);
    buf_addf(draft->text, ":%lld", (long long)json_get_int(frame, "lineNumber", 0));
}

static bool
exception(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->severity = OPENREPLAY_FAILURE;
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_adds(draft->text, ": ");
    say(draft, values[1].text, PROSE_COLUMNS);
    say_frame(draft, values[2].text);
    return true;
}

/* "FP 220 ms", for a time that was reached. */
static void
say_time(struct openreplay_draft *draft, const char *name, uint64_t ms)
{
    if (ms > 0)
        buf_addf(draft->text, "%s%s %llu ms", draft->text->len == 0 ? "" : ", ", name,
                 (unsigned long long)ms);
}

static bool
load(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say_time(draft, "FP", values[7].u);
    say_time(draft, "FCP", values[8].u);
    say_time(draft, "load", values[6].u);
    return draft->text->len > 0;
}

static bool
render(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say_time(draft, "speed index", values[0].u);
    say_time(draft, "visually complete", values[1].u);
    say_time(draft, "interactive", values[2].u);
    return draft->text->len > 0;
}

static bool
long_task(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->duration_ms = values[1].u;
    say_time(draft, "long task", values[1].u);
    return draft->text->len > 0;
}

static bool
long_frame(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->duration_ms = values[1].i < 0 ? 0 : (uint64_t)values[1].i;
    say_time(draft, "long frame", draft->duration_ms);
    return draft->text->len > 0;
}

static bool
read_number(struct openreplay_text text, double *out)
{
    char copy[NUMBER_MAX];

    if (text.length >= sizeof copy)
        return false;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    return text_parse_double(out, copy);
}

static bool
vital(struct openreplay_draft *draft, const union openreplay_value *values)
{
    enum vital known;
    double value;
    char *name;

    say(draft, values[0].text, LABEL_COLUMNS);
    buf_addc(draft->text, ' ');
    if (!read_number(values[1].text, &value)) {
        say(draft, values[1].text, LABEL_COLUMNS);
        return true;
    }
    name = arena_strndup(draft->scratch, values[0].text.at, values[0].text.length);
    if (!vital_parse(&known, name) || vitals[known].unit != UNIT_MILLISECONDS)
        buf_addf(draft->text, "%.3f", value);
    else
        buf_addf(draft->text, "%.*f ms", value < 100 ? 1 : 0, value);
    if (vital_parse(&known, name) && vital_rate(known, value) == RATING_POOR)
        draft->severity = OPENREPLAY_WARNING;
    return true;
}

/* --- what the application told -----------------------------------------------------------------
 */

static bool
event(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say_pair(draft, values[0].text, values[1].text);
    return true;
}

static bool
custom_issue(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->severity = OPENREPLAY_WARNING;
    return event(draft, values);
}

static bool
tag(struct openreplay_draft *draft, const union openreplay_value *values)
{
    buf_addf(draft->text, "tag %lld seen", (long long)values[0].i);
    return true;
}

static bool
issue(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->severity = OPENREPLAY_WARNING;
    say(draft, values[2].text, LABEL_COLUMNS);
    if (values[4].text.length > 0) {
        buf_addc(draft->text, ' ');
        say(draft, values[4].text, LABEL_COLUMNS);
    }
    if (values[5].text.length > 0) {
        buf_addc(draft->text, ' ');
        say(draft, values[5].text, LABEL_COLUMNS);
    }
    return true;
}

static bool
incident(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->severity = OPENREPLAY_WARNING;
    if (values[2].i >= values[1].i && values[1].i >= 0)
        draft->duration_ms = (uint64_t)(values[2].i - values[1].i);
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_addf(draft->text, ", %llu ms", (unsigned long long)draft->duration_ms);
    return true;
}

static bool
thrashing(struct openreplay_draft *draft, const union openreplay_value *values)
{
    (void)values;
    draft->severity = OPENREPLAY_WARNING;
    buf_adds(draft->text, "mouse_thrashing");
    return true;
}

static bool
user(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say(draft, values[0].text, LABEL_COLUMNS);
    return true;
}

static bool
anonymous(struct openreplay_draft *draft, const union openreplay_value *values)
{
    buf_adds(draft->text, "anonymous ");
    return user(draft, values);
}

static bool
metadata(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_addc(draft->text, '=');
    say(draft, values[1].text, LABEL_COLUMNS);
    return true;
}

/* Who and how much, not what. */
static bool
socket_message(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_addc(draft->text, ' ');
    say_url(draft, values[1].text);
    buf_addc(draft->text, ' ');
    say(draft, values[4].text, LABEL_COLUMNS);
    buf_addc(draft->text, ' ');
    say(draft, values[5].text, LABEL_COLUMNS);
    buf_addf(draft->text, ", %zu bytes", values[2].text.length);
    return true;
}

static bool
profile(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->duration_ms = values[1].u;
    say(draft, values[0].text, LABEL_COLUMNS);
    buf_addf(draft->text, ", %llu ms", (unsigned long long)values[1].u);
    return true;
}

/* The first text names the action; states stay in the recording. */
static bool
state(struct openreplay_draft *draft, const union openreplay_value *values)
{
    say(draft, values[0].text, LABEL_COLUMNS);
    return values[0].text.length > 0;
}

static bool
graphql(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->duration_ms = values[4].u;
    say_pair(draft, values[0].text, values[1].text);
    buf_addf(draft->text, ", %llu ms", (unsigned long long)draft->duration_ms);
    return true;
}

static bool
graphql_old(struct openreplay_draft *draft, const union openreplay_value *values)
{
    draft->duration_ms = values[4].i < 0 ? 0 : (uint64_t)values[4].i;
    say_pair(draft, values[0].text, values[1].text);
    buf_addf(draft->text, ", %llu ms", (unsigned long long)draft->duration_ms);
    return true;
}

static line_writer *const writers[] = {
    [21] = network,      [22] = console,    [23] = load,           [24] = render,
    [27] = event,        [28] = user,       [29] = anonymous,      [30] = metadata,
    [39] = fetch_old,    [40] = profile,    [42] = state,          [44] = state,
    [45] = state,        [46] = state,      [47] = state,          [48] = graphql_old,
    [53] = resource_old, [55] = visibility, [59] = long_task,      [63] = metadata,
    [64] = custom_issue, [68] = click,      [69] = click_old,      [78] = exception,
    [79] = state,        [83] = network,    [84] = socket_message, [85] = resource,
    [87] = incident,     [89] = long_frame, [113] = selection,     [114] = thrashing,
    [116] = resource,    [117] = tab,       [120] = tag,           [121] = state,
    [123] = graphql,     [124] = vital,     [125] = issue,
};

bool
openreplay_line_write(struct openreplay_draft *draft, const struct openreplay_message *message)
{
    if (message->id >= sizeof writers / sizeof *writers || writers[message->id] == NULL)
        return false;
    return writers[message->id](draft, message->values);
}
