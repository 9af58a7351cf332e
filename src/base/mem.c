/* mem.c - allocation with one way out, and chunked arenas.
 * SPDX-License-Identifier: MIT
 *
 * An arena is a list of chunks; each new one doubles up to a ceiling, and a request larger than
 * that gets a chunk of its own. Nothing is given back before the whole. */
#include "config.h"

#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_FIRST ((size_t)4096)
#define CHUNK_MAX   ((size_t)1 << 20)
#define HUGE_FROM   ((size_t)4 << 20)
#define ALIGNMENT   _Alignof(max_align_t)

static _Atomic(void (*)(void)) restore_hook;

void
mem_on_exhausted(void (*restore)(void))
{
    atomic_store(&restore_hook, restore);
}

static _Noreturn void
exhausted(void)
{
    static const char text[] = "obsview: out of memory\n";
    void (*restore)(void) = atomic_load(&restore_hook);

    if (restore != NULL)
        restore();
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(71);
    _exit(71);
}

void *
xmalloc(size_t size)
{
    void *p = malloc(size > 0 ? size : 1);

    if (p == NULL)
        exhausted();
    return p;
}

void *
xcalloc(size_t count, size_t size)
{
    void *p = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        exhausted();
    return p;
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count > 0 ? count : 1, size > 0 ? size : 1);

    if (p == NULL)
        exhausted();
    return p;
}

char *
xstrdup(const char *text)
{
    return xstrndup(text, SIZE_MAX);
}

char *
xstrndup(const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    char *copy = xmalloc(len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *
xasprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0 || text == NULL)
        exhausted();
    return text;
}

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) char data[];
};

struct arena {
    struct chunk *chunks; /* newest first; allocations come from the newest */
    size_t used;
};

struct arena *
arena_new(void)
{
    return xcalloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->chunks != NULL) {
        struct chunk *next = arena->chunks->next;

        free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
}

void
arena_clear(struct arena *arena)
{
    struct chunk *first = arena->chunks;

    while (first != NULL && first->next != NULL) {
        struct chunk *older = first->next;

        free(first);
        first = older;
    }
    if (first != NULL && first->size > CHUNK_MAX) {
        free(first);
        first = NULL;
    }
    if (first != NULL)
        first->used = 0;
    arena->chunks = first;
    arena->used = 0;
}

/* A large piece mostly is written to from one end to the other: every small page would be a fault
 * of its own, which costs more than the writing. Where it is not to be had, nothing is lost. */
static void
use_huge_pages(void *start, size_t size)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = ((uintptr_t)start + page - 1) / page * page;
    const uintptr_t to = ((uintptr_t)start + size) / page * page;

    (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

static struct chunk *
chunk_add(struct arena *arena, size_t at_least)
{
    size_t size = arena->chunks == NULL ? CHUNK_FIRST : arena->chunks->size * 2;
    struct chunk *c;

    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    if (size < at_least)
        size = at_least;
    if (size > SIZE_MAX - sizeof *c)
        exhausted();
    c = xmalloc(sizeof *c + size);
    if (size >= HUGE_FROM)
        use_huge_pages(c, size);
    c->size = size;
    c->used = 0;
    c->next = arena->chunks;
    arena->chunks = c;
    return c;
}

void *
arena_room(struct arena *arena, size_t size)
{
    struct chunk *c = arena->chunks;
    size_t need;
    void *p;

    if (size > SIZE_MAX - ALIGNMENT)
        exhausted();
    need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (c == NULL || c->size - c->used < need)
        c = chunk_add(arena, need);
    p = c->data + c->used;
    c->used += need;
    arena->used += need;
    return p;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    return memset(arena_room(arena, size), 0, size);
}

char *
arena_strndup(struct arena *arena, const char *text, size_t max)
{
    size_t len = strnlen(text, max);
    char *copy = arena_alloc(arena, len + 1);

    memcpy(copy, text, len);
    return copy;
}

void *
arena_grow(struct arena *arena, void *items, size_t count, size_t *room, size_t first, size_t size)
{
    void *more;

    if (count < *room)
        return items;
    *room = *room == 0 ? first : 2 * *room;
    if (*room > SIZE_MAX / size)
        exhausted();
    more = arena_alloc(arena, *room * size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, SIZE_MAX);
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list ap, again;
    char *text;
    int n;

    assert(fmt != NULL);
    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    text = arena_alloc(arena, (size_t)(n > 0 ? n : 0) + 1);
    if (n > 0)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return text;
}

size_t
arena_used(const struct arena *arena)
{
    return arena->used;
}
