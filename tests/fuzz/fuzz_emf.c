/* fuzz_emf.c - every line has a verdict that holds together.
 * SPDX-License-Identifier: MIT
 *
 * What is mended of it has no fault left, and metrics. */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "domain/emf.h"
#include "domain/emf_mend.h"

#define NOW_MS 1795482123004 /* 2026-11-24T01:02:03.004Z, as in the seeds */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_faults(const struct emf_result *out)
{
    for (size_t i = 0; i < out->fault_count; i++) {
        const struct emf_fault *f = &out->faults[i];

        assert(f->rule[0] != '\0' && f->text[0] != '\0' && f->fix[0] != '\0');
        assert(f->pointer[0] == '\0' || f->pointer[0] == '/');
    }
}

static void
check_mended(const char *line, size_t size)
{
    struct arena *arena = arena_new();
    struct emf_result out;
    struct buf mended;

    buf_init(&mended, 4 << 20);
    if (emf_mend(&mended, line, size, NOW_MS)) {
        emf_read(&out, arena, mended.data, mended.len, NOW_MS);
        assert(out.fault_count == 0 && out.datum_count > 0);
    } else {
        assert(mended.len == 0);
    }
    buf_fini(&mended);
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = xmalloc(size); /* exact, so that a step too far is seen */
    struct arena *arena = arena_new();
    struct emf_result out = { 0 };

    if (size > 0)
        memcpy(line, data, size);
    emf_read(&out, arena, line, size, NOW_MS);
    check_faults(&out);
    if (out.kind == EMF_DOCUMENT)
        assert((out.datum_count > 0 || out.fault_count == 0) && isfinite(out.value_count));
    else
        assert(out.datum_count == 0);
    if (out.kind == EMF_INVALID || out.kind == EMF_MALFORMED)
        assert(out.fault_count > 0);
    for (size_t i = 0; i < out.datum_count; i++)
        assert(out.data[i].metric[0] != '\0');
    if (out.fault_count > 0)
        check_mended(line, size);
    arena_free(arena);
    free(line);
    return 0;
}
