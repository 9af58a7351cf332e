/* names.c - one table of rulings where the architecture document spells a name two ways.
 * SPDX-License-Identifier: MIT
 *
 * Dimensions: its data model lists FunctionName, Environment, ErrorType and Route, its naming
 * standard asks for camelCase and gives functionName, environment and errorType. Metrics: its data
 * model lists LCP and ColdStart, its naming standard gives LargestContentfulPaint and
 * ColdStartDuration. The names of vitals stand with the vitals. */
#include "config.h"

#include "domain/names.h"

#include <string.h>

#include "domain/web_vitals.h"

static const struct {
    enum name_kind kind;
    const char *canonical;
    const char *alias;
} rulings[] = {
    { NAME_DIMENSION, "functionName", "FunctionName" },
    { NAME_DIMENSION, "environment", "Environment" },
    { NAME_DIMENSION, "errorType", "ErrorType" },
    { NAME_DIMENSION, "route", "Route" },
    { NAME_METRIC, "ColdStart", "ColdStartDuration" },
};

#define RULINGS (sizeof rulings / sizeof rulings[0])

static int
is_of_aws(const char *namespace_name)
{
    return strncmp(namespace_name, "AWS/", 4) == 0;
}

const char *
name_canonical(enum name_kind kind, const char *namespace_name, const char *name)
{
    enum vital vital;

    if (is_of_aws(namespace_name))
        return name;
    for (size_t i = 0; i < RULINGS; i++) {
        if (rulings[i].kind == kind && strcmp(rulings[i].alias, name) == 0)
            return rulings[i].canonical;
    }
    return kind == NAME_METRIC && vital_parse(&vital, name) ? vitals[vital].name : name;
}

const char *
name_alias(enum name_kind kind, const char *namespace_name, const char *canonical)
{
    if (is_of_aws(namespace_name))
        return NULL;
    for (size_t i = 0; i < RULINGS; i++) {
        if (rulings[i].kind == kind && strcmp(rulings[i].canonical, canonical) == 0)
            return rulings[i].alias;
    }
    for (int v = 0; kind == NAME_METRIC && v < VITALS; v++) {
        if (strcmp(vitals[v].name, canonical) == 0)
            return vitals[v].alias;
    }
    return NULL;
}
