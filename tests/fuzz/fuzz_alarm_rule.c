/* fuzz_alarm_rule.c - the rule of a composite alarm, parsed and evaluated.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "domain/alarm_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
look(void *arg, const char *name, enum alarm_state *state)
{
    (void)arg;
    *state = (enum alarm_state)((unsigned char)*name % ALARM_STATES);
    return *name != '?';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xstrndup((const char *)data, size);
    struct arena *arena = arena_new();
    const struct alarm_expr *expr = NULL;
    const char *const *names;
    struct err err = { 0 };
    size_t count;

    if (alarm_rule_parse(&expr, arena, text, &err) == OK) {
        alarm_rule_children(expr, arena, &names, &count);
        assert(count <= ALARM_RULE_CHILDREN);
        for (size_t i = 0; i < count; i++)
            assert(*names[i] != '\0');
        assert(alarm_rule_holds(expr, look, NULL) == alarm_rule_holds(expr, look, NULL));
    } else
        assert(expr == NULL && err.text[0] != '\0');
    arena_free(arena);
    free(text);
    return 0;
}
