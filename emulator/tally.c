/* tally.c - counters in a table of routes by reasons.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/tally.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "emulator/aws.h"
#include "emulator/routes.h"

#define OPERATIONS_MAX 256

struct tally {
    _Atomic uint64_t calls[OPERATIONS_MAX], billed[OPERATIONS_MAX];
    _Atomic uint64_t requests[ROUTE_ROWS_MAX][REFUSALS];
    _Atomic uint64_t emf[TALLY_EMF_KINDS];
};

const char *
refusal_word(enum refusal_reason refusal)
{
    static const char *const words[REFUSALS] = {
#define X(name, word) [name] = word,
        REFUSALS_LIST(X)
#undef X
    };

    return words[refusal];
}

struct tally *
tally_new(void)
{
    return xcalloc(1, sizeof(struct tally));
}

void
tally_free(struct tally *tally)
{
    free(tally);
}

void
tally_request(struct tally *tally, unsigned row, enum refusal_reason refusal)
{
    atomic_fetch_add_explicit(&tally->requests[row][refusal], 1, memory_order_relaxed);
}

void
tally_emf(struct tally *tally, enum tally_emf what, uint64_t count)
{
    atomic_fetch_add_explicit(&tally->emf[what], count, memory_order_relaxed);
}

void
tally_operation(struct tally *tally, size_t row, uint64_t billed)
{
    assert(row < OPERATIONS_MAX);
    atomic_fetch_add_explicit(&tally->calls[row], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&tally->billed[row], billed, memory_order_relaxed);
}

static uint64_t
load(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static void
print_row(struct buf *b, const struct tally *tally, unsigned row)
{
    const char *comma = "";
    char name[ROUTE_NAME_MAX];

    route_row_name(row, name);
    buf_adds(b, "{\"route\":");
    json_print_string(b, name, strlen(name));
    buf_addf(b, ",\"accepted\":%" PRIu64 ",\"refused\":{",
             load(&tally->requests[row][REFUSAL_NONE]));
    for (unsigned r = REFUSAL_NONE + 1; r < REFUSALS; r++) {
        uint64_t count = load(&tally->requests[row][r]);

        if (count == 0)
            continue;
        buf_addf(b, "%s\"%s\":%" PRIu64, comma, refusal_word(r), count);
        comma = ",";
    }
    buf_adds(b, "}}");
}

/* Those that were called at all. */
static void
print_operations(struct buf *b, const struct tally *tally)
{
    const char *comma = "";

    for (size_t row = 0; aws_operations[row].name != NULL; row++) {
        uint64_t calls = load(&tally->calls[row]);

        if (calls == 0)
            continue;
        buf_addf(b,
                 "%s{\"service\":\"%s\",\"operation\":\"%s\",\"calls\":%" PRIu64
                 ",\"billed\":%" PRIu64 "}",
                 comma, aws_operations[row].service, aws_operations[row].name, calls,
                 load(&tally->billed[row]));
        comma = ",";
    }
}

void
tally_print(struct buf *b, const struct tally *tally)
{
    static const char *const emf_names[TALLY_EMF_KINDS] = {
        [TALLY_EMF_LINES] = "lines",   [TALLY_EMF_DOCUMENTS] = "documents",
        [TALLY_EMF_FAULTY] = "faulty", [TALLY_EMF_PLAIN] = "plain",
        [TALLY_EMF_VALUES] = "values",
    };

    buf_adds(b, "\"routes\":[");
    for (unsigned row = 0; row < route_rows(); row++) {
        if (row > 0)
            buf_addc(b, ',');
        print_row(b, tally, row);
    }
    buf_adds(b, "],\"operations\":[");
    print_operations(b, tally);
    buf_adds(b, "],\"emf\":{");
    for (unsigned i = 0; i < TALLY_EMF_KINDS; i++)
        buf_addf(b, "%s\"%s\":%" PRIu64, i > 0 ? "," : "", emf_names[i], load(&tally->emf[i]));
    buf_addc(b, '}');
}
