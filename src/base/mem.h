/* mem.h - small allocations that cannot fail, and arenas for what dies together.
 * SPDX-License-Identifier: MIT
 *
 * Sizes that come from outside never reach these functions unchecked: they meet a limit first (see
 * buf.h). */
#ifndef OV_BASE_MEM_H
#define OV_BASE_MEM_H

#include <stddef.h>

/* Called once before the process ends for want of memory, e.g. to restore the terminal. NULL
 * removes it. */
void mem_on_exhausted(void (*restore)(void));

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t max) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* Memory that is given back all at once. Not for sharing between threads while it grows. */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */
/* Gives back all that was handed out, and keeps a little memory for what comes next. */
void arena_clear(struct arena *arena);
/* Zeroed, aligned for any type; lives until arena_free(). */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* The same with anything in it, for large pieces that are filled at once. */
void *arena_room(struct arena *arena, size_t size) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *text, size_t max)
    __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
/* Room for one more element: `items` themselves while there is some, else a copy twice as long (or
 * of `first`); the old ones stay until the arena goes. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *room, size_t first,
                 size_t size) __attribute__((returns_nonnull));
/* Bytes handed out so far; callers use it to stop before a bound. */
size_t arena_used(const struct arena *arena);

#endif
