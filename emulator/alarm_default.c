/* alarm_default.c - the alarms of the stack, put into a store that has not seen that stack.
 * SPDX-License-Identifier: MIT
 *
 * A stack file lists inputs of PutMetricAlarm. They are checked at every start as requests are, so
 * a fault in the file is told even when the store has its alarms already. The store remembers the
 * names of stacks that have given it theirs: who deletes such an alarm does not get it again, and
 * one that was there before under the same name stays as it is. */
#include "config.h"

#include "emulator/alarm_default.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/stack.h"
#include "emulator/alarm_event.h"
#include "emulator/aws_alarm.h"
#include "emulator/parts.h"

static enum status
read_alarm(struct aws_call *call, const cJSON *input, struct alarm_change *out)
{
    struct alarm_definition def;
    cJSON *shown, *tags = NULL;
    enum status st;

    call->in.object = input;
    st = aws_only(&call->in, alarm_definition_members);
    if (st == OK)
        st = alarm_definition_read_metric(&def, call->arena, &call->in);
    if (st == OK)
        st = aws_alarm_read_tags(call, AWS_OPTIONAL, &tags);
    if (st != OK)
        return st;
    shown = alarm_definition_show(&def);
    *out = (struct alarm_change){ .kind = ALARM_PUT, .event_count = 1 };
    out->row = (struct alarm_row){
        .name = def.name,
        .actions_enabled = def.actions_enabled,
        .definition = aws_alarm_print(call->arena, shown),
        .tags = aws_alarm_print(call->arena, tags),
        .state = ALARM_STATE_NO_DATA,
        .reason = "Unchecked: Initial alarm creation",
        .reason_data = "",
        .updated_ms = call->now_ms,
        .changed_ms = call->now_ms,
        .configured_ms = call->now_ms,
    };
    out->events = alarm_event_edit(call->arena, ALARM_CREATED, &out->row, call->now_ms);
    cJSON_Delete(shown);
    cJSON_Delete(tags);
    return OK;
}

static enum status
read_alarms(struct aws_call *call, const struct stack *stack, struct alarm_change *changes,
            struct err *err)
{
    const cJSON *input;
    size_t n = 0;

    cJSON_ArrayForEach(input, stack->alarms)
    {
        if (read_alarm(call, input, &changes[n]) != OK)
            return err_set(err, E_USAGE, "--stack: /alarms/%zu: %s", n, call->error->message);
        n++;
    }
    return OK;
}

/* Leaves those out whose names are taken; *count: those that are left. */
static enum status
leave_known(struct store *store, struct arena *arena, struct alarm_change *changes, size_t *count,
            struct err *err)
{
    struct store_reader *reader = NULL;
    enum status st = store_reader_open(&reader, store, err);
    size_t kept = 0;

    for (size_t i = 0; st == OK && i < *count; i++) {
        struct alarm_row known;

        st = store_find_alarm(reader, arena, changes[i].row.name, &known, err);
        if (st == E_NOTFOUND)
            changes[kept++] = changes[i];
        if (st == E_NOTFOUND)
            st = OK;
    }
    store_reader_close(reader);
    *count = kept;
    return st;
}

static enum status
put_alarms(struct store *store, const struct stack *stack, struct arena *arena,
           struct alarm_change *changes, size_t count, struct err *err)
{
    bool first = false;
    enum status st = store_claim_alarms(store, stack->name, &first, err);

    if (st == OK && first)
        st = leave_known(store, arena, changes, &count, err);
    if (st == OK && first && count > 0)
        st = store_change_alarms(store, changes, count, err);
    return st;
}

enum status
alarm_default_make(struct emulator *em, struct err *err)
{
    const struct stack *stack = emulator_stack(em);
    struct wire_error error = { 0 };
    struct aws_call call = { .em = em, .error = &error };
    struct alarm_change *changes;
    size_t count;
    enum status st;

    if (stack == NULL || stack->alarms == NULL)
        return OK;
    call.in = (struct awsvalue){ .service = service_by_name("monitoring"), .error = &error };
    call.now_ms = clock_now_ms(emulator_clock(em));
    call.arena = arena_new();
    count = (size_t)cJSON_GetArraySize(stack->alarms);
    changes = arena_alloc(call.arena, (count + 1) * sizeof *changes);
    st = read_alarms(&call, stack, changes, err);
    if (st == OK)
        st = put_alarms(emulator_store(em), stack, call.arena, changes, count, err);
    arena_free(call.arena);
    return st;
}
