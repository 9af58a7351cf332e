/* fault_body.c - a rule as JSON, for who would rather not write "POST /x=hang@0.5".
 * SPDX-License-Identifier: MIT
 *
 * Nothing is passed over: with "probabilty" every request would fail, and a test would be of
 * something else than it says. So a member is known, there once, of its type, and does not say what
 * another one says already. */
#include "config.h"

#include "emulator/faults.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { RULE, PATH, METHOD, FAULT, STATUS, COUNT, PROBABILITY, MEMBERS };

static const char *const names[MEMBERS + 1] = {
    [RULE] = "rule",     [PATH] = "path",   [METHOD] = "method",           [FAULT] = "fault",
    [STATUS] = "status", [COUNT] = "count", [PROBABILITY] = "probability",
};

static enum status
refuse_unknown(const char *name, struct err *err)
{
    const char *near = text_nearest(name, names);

    if (near != NULL)
        return err_set(err, E_USAGE, "unknown member \"%.60s\" (did you mean \"%s\"?)", name, near);
    return err_set(err, E_USAGE,
                   "unknown member \"%.60s\": expected rule, path, method, fault, status, count or "
                   "probability",
                   name);
}

static enum status
gather(const cJSON *found[static MEMBERS], const cJSON *body, struct err *err)
{
    const cJSON *member;

    if (!cJSON_IsObject(body))
        return err_set(err, E_USAGE, "expected a JSON object");
    cJSON_ArrayForEach(member, body)
    {
        size_t at = 0;

        while (at < MEMBERS && strcmp(names[at], member->string) != 0)
            at++;
        if (at == MEMBERS)
            return refuse_unknown(member->string, err);
        if (found[at] != NULL)
            return err_set(err, E_USAGE, "%s: expected once", names[at]);
        found[at] = member;
    }
    for (size_t i = PATH; found[RULE] != NULL && i < MEMBERS; i++) {
        if (found[i] != NULL && i != COUNT)
            return err_set(err, E_USAGE, "%s: expected either a rule, or its parts", names[i]);
    }
    return OK;
}

static bool
is_whole(const cJSON *number, double low, double high)
{
    return cJSON_IsNumber(number) && number->valuedouble >= low && number->valuedouble <= high &&
           number->valuedouble == (double)(int64_t)number->valuedouble;
}

static enum status
read_path(struct fault *out, const cJSON *path, struct err *err)
{
    return fault_parse_path(out, cJSON_IsString(path) ? path->valuestring : "", err);
}

static enum status
read_method(struct fault *out, const cJSON *method, struct err *err)
{
    if (method == NULL || cJSON_IsNull(method) ||
        (cJSON_IsString(method) && method->valuestring[0] == '\0'))
        return OK;
    if (!cJSON_IsString(method) || !fault_is_method(method->valuestring))
        return err_set(err, E_USAGE, "method: expected GET, POST or another method");
    snprintf(out->method, sizeof out->method, "%s", method->valuestring);
    return OK;
}

static enum status
read_status(struct fault *out, const cJSON *status, struct err *err)
{
    if (!is_whole(status, 400, 599))
        return err_set(err, E_USAGE, "status: expected a number from 400 to 599%s",
                       status == NULL ? ", or a fault" : "");
    out->kind = FAULT_STATUS;
    out->status = (unsigned)status->valuedouble;
    return OK;
}

static enum status
read_what(struct fault *out, const cJSON *const found[static MEMBERS], struct err *err)
{
    const cJSON *what = found[FAULT];

    if (what == NULL)
        return read_status(out, found[STATUS], err);
    if (found[STATUS] != NULL)
        return err_set(err, E_USAGE, "status: expected either a status or a fault");
    if (!cJSON_IsString(what))
        return err_set(err, E_USAGE, "fault: expected a text, such as \"hang\" or \"500\"");
    if (fault_parse_what(out, what->valuestring, err) != OK)
        return err_context(err, "fault");
    if (found[PROBABILITY] != NULL && strchr(what->valuestring, '@') != NULL)
        return err_set(err, E_USAGE, "probability: expected once, and the fault has one");
    return OK;
}

static enum status
read_probability(struct fault *out, const cJSON *chance, struct err *err)
{
    if (chance == NULL)
        return OK;
    if (!cJSON_IsNumber(chance) || !(chance->valuedouble > 0 && chance->valuedouble <= 1))
        return err_set(err, E_USAGE, "probability: expected a number above 0 and at most 1");
    out->probability = chance->valuedouble;
    return OK;
}

/* "off" is a count of 0. */
static enum status
read_count(struct fault *out, const cJSON *count, struct err *err)
{
    if (count == NULL)
        return OK;
    if (!cJSON_IsNull(count) && !is_whole(count, 0, FAULT_COUNT_MAX))
        return err_set(err, E_USAGE, "count: expected a whole number up to %d, or null",
                       FAULT_COUNT_MAX);
    if (out->count == 0 && !is_whole(count, 0, 0))
        return err_set(err, E_USAGE, "count: expected none, since the rule is to be off");
    out->count = cJSON_IsNull(count) ? FAULT_FOREVER : (uint64_t)count->valuedouble;
    return OK;
}

static enum status
read_rule(struct fault *out, const cJSON *rule, struct err *err)
{
    if (!cJSON_IsString(rule))
        return err_set(err, E_USAGE, "rule: expected a text, such as \"POST /api/send=hang\"");
    return fault_parse(out, rule->valuestring, err);
}

static enum status
read_parts(struct fault *out, const cJSON *const found[static MEMBERS], struct err *err)
{
    enum status st = read_path(out, found[PATH], err);

    if (st == OK)
        st = read_method(out, found[METHOD], err);
    if (st == OK)
        st = read_what(out, found, err);
    if (st == OK)
        st = read_probability(out, found[PROBABILITY], err);
    return st;
}

enum status
fault_read(struct fault *out, const cJSON *body, struct err *err)
{
    struct fault fault = { .count = 1, .probability = 1 };
    const cJSON *found[MEMBERS] = { NULL };
    enum status st = gather(found, body, err);

    if (st == OK)
        st = found[RULE] != NULL ? read_rule(&fault, found[RULE], err)
                                 : read_parts(&fault, found, err);
    if (st == OK)
        st = read_count(&fault, found[COUNT], err);
    if (st == OK)
        *out = fault;
    return st;
}
