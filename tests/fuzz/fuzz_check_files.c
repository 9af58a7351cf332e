/* fuzz_check_files.c - a file of any content, as the checks read it.
 * SPDX-License-Identifier: MIT
 *
 * Whatever it is (a fixture, a log, JSON over lines, gzip, neither), reading ends, each item is
 * text with a NUL behind it, and what gave no item and no finding was empty or blank. Every check
 * over items judges it, against itself where it compares. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/check/check_stream.h"
#include "cli/check/checks.h"

#define NOW INT64_C(1795394140000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
see(void *state, const struct check_item *item)
{
    size_t *count = state;

    assert(item->where != NULL && item->text != NULL && item->text[item->length] == '\0');
    assert(item->kind == CHECK_LINE ||
           (item->kind == CHECK_REQUEST && item->method != NULL && item->path != NULL));
    (*count)++;
}

static bool
is_blank(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\n')
            return false;
    }
    return true;
}

static void
judge(const struct check *check, struct check_run *run, const char *path)
{
    struct findings found;
    struct err err = { 0 };
    void *state;

    findings_init(&found);
    run->found = &found;
    state = check->stream->open(run, &err);
    assert(state != NULL || err.text[0] != '\0');
    if (state != NULL) {
        check_files_read(run, check->name, &path, 1, check->stream->take, state);
        assert(check->stream->close(state, run, &err) == OK);
        assert(found.count > 0); /* nothing seen is a finding, too */
    }
    findings_fini(&found);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    char *path = xasprintf("/proc/self/fd/%d", fd);
    const char *path_list = path;
    struct settings *settings = settings_new();
    bool took;
    struct price_list prices;
    struct findings found;
    struct check_run run = { .settings = settings, .now_ms = NOW, .is_of_files = true };
    size_t items = 0;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    if (settings_set_flag(settings, "baseline", path, &took, NULL) != OK)
        abort();
    price_list_builtin(&prices);
    run.prices = &prices;
    run.source = path;
    run.found = &found;
    findings_init(&found);
    check_files_read(&run, "fuzz", &path_list, 1, see, &items);
    if (size > 0 && data[0] != '{' && data[0] != '[' && data[0] != 0x1f && !is_blank(data, size))
        assert(items + found.count > 0);
    findings_fini(&found);
    for (const struct check *c = checks; c->name != NULL; c++) {
        if (c->stream != NULL)
            judge(c, &run, path);
    }
    settings_free(settings);
    free(path);
    close(fd);
    return 0;
}
