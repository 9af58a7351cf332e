/* stack_frame.c - stacks of three engines brought to one shape.
 * SPDX-License-Identifier: MIT
 *
 *   Chromium   at CartTotal (https://shop.example/src/CartTotal.tsx?t=17:12:34)
 *              at async Object.load [as fetcher] (webpack-internal:///./src/load.ts:3:9)
 *   Firefox    CartTotal@https://shop.example/src/CartTotal.tsx:12:34
 *              async*load/<@https://shop.example/assets/index-BxT3k9aQ.js:1:4711
 *   Safari     CartTotal@https://shop.example/src/CartTotal.tsx:12:34
 *              [native code]
 *
 * The shape must be the same for all three and for tomorrow's build of the same sources. So the
 * function is its last name ("Cart.render" is "render" in Firefox), positions go, and from file
 * names goes what bundlers put there: hashes, chunk numbers. Where a bundler has been, short
 * function names are the minifier's and change with every build: they go too.
 *
 * Node names files of the disk, and where an app lies there differs between a laptop, CI and
 * Lambda. What counts is the path below its folder, or below the folder of its sources. */
#include "config.h"

#include "domain/stack_frame.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "domain/idlike.h"
#include "domain/route.h"

#define PATH_TEXT     256
#define MINIFIED_MAX  3 /* letters in a name that a minifier makes up */
#define BUILD_HASH    8 /* characters: Rollup and Vite, and webpack's shortest in use */
#define KEPT_SEGMENTS 3 /* of paths on a disk, where builds are made in different places */

struct span {
    const char *text;
    size_t len;
};

static struct span
skip(struct span s, size_t n)
{
    return (struct span){ s.text + n, s.len - n };
}

static bool
drop_prefix(struct span *s, const char *prefix)
{
    size_t len = strlen(prefix);

    if (s->len < len || memcmp(s->text, prefix, len) != 0)
        return false;
    *s = skip(*s, len);
    return true;
}

static bool
drop_suffix(struct span *s, const char *suffix)
{
    size_t len = strlen(suffix);

    if (s->len < len || memcmp(s->text + s->len - len, suffix, len) != 0)
        return false;
    s->len -= len;
    return true;
}

static bool
holds(struct span s, const char *word)
{
    return s.text != NULL && memmem(s.text, s.len, word, strlen(word)) != NULL;
}

static struct span
trim(struct span s)
{
    while (s.len > 0 && isspace((unsigned char)s.text[0]))
        s = skip(s, 1);
    while (s.len > 0 && isspace((unsigned char)s.text[s.len - 1]))
        s.len--;
    return s;
}

static size_t
last_of(struct span s, char c)
{
    size_t i = s.len;

    while (i > 0 && s.text[i - 1] != c)
        i--;
    return i; /* the index behind it; 0 when there is none */
}

/* Appends what fits, in whole characters. */
static void
append(char *out, size_t size, struct span s)
{
    size_t len = strlen(out);

    if (s.len > size - 1 - len) {
        s.len = size - 1 - len;
        while (s.len > 0 && ((unsigned char)s.text[s.len] & 0xc0) == 0x80)
            s.len--;
    }
    memcpy(out + len, s.text, s.len);
    out[len + s.len] = '\0';
}

static void
append_text(char *out, size_t size, const char *text)
{
    append(out, size, (struct span){ text, strlen(text) });
}

/* --- taking a line apart */

/* "name (place)" or "place" behind Chromium's "at ". */
static bool
split_chromium(struct span line, struct span *name, struct span *place)
{
    const char *open;

    if (!drop_prefix(&line, "at "))
        return false;
    *name = (struct span){ line.text, 0 };
    *place = line;
    open = memmem(line.text, line.len, " (", 2);
    if (open != NULL && line.text[line.len - 1] == ')') {
        name->len = (size_t)(open - line.text);
        *place = skip(line, name->len + 2);
        place->len--;
    } else if (!holds(line, "/") && !holds(line, ":\\") && !holds(line, "<anonymous>")) {
        *name = line; /* a frame without a place */
        place->len = 0;
    }
    drop_prefix(place, "async ");
    return true;
}

/* "name@place", where the name may be empty; or a place alone. */
static bool
split_gecko(struct span line, struct span *name, struct span *place)
{
    const char *at = memchr(line.text, '@', line.len);

    *name = (struct span){ line.text, 0 };
    *place = line;
    if (at != NULL) {
        name->len = (size_t)(at - line.text);
        *place = skip(line, name->len + 1);
        return !holds(*name, ": ") &&
               (holds(*place, "://") || place->text[0] == '/' || holds(*place, "[native code]"));
    }
    return (holds(line, "://") && !holds(line, " ")) || drop_prefix(&line, "[native code]");
}

/* ":12:34" at the end; and what Firefox writes for evaluated code. */
static void
drop_position(struct span *place)
{
    const char *line = memmem(place->text, place->len, " line ", 6);

    if (line != NULL)
        place->len = (size_t)(line - place->text);
    for (int i = 0; i < 2; i++) {
        size_t end = place->len;

        while (end > 0 && isdigit((unsigned char)place->text[end - 1]))
            end--;
        if (end == place->len || end == 0 || place->text[end - 1] != ':')
            return;
        place->len = end - 1;
    }
}

/* "C:\shop\src\a.js" as other systems would write it, in `text`. */
static void
turn_backslashes(struct span *place, char text[PATH_TEXT])
{
    if (place->len < 3 || place->len > PATH_TEXT || memcmp(place->text + 1, ":\\", 2) != 0)
        return;
    for (size_t i = 0; i < place->len; i++)
        text[i] = place->text[i] == '\\' ? '/' : place->text[i];
    place->text = text;
}

/* --- the file */

static bool
looks_like_hash(struct span s)
{
    size_t digits = 0, upper = 0, hex = 0;

    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.text[i];

        if (!isalnum(c) && c != '_' && c != '-')
            return false;
        digits += isdigit(c) != 0;
        upper += isupper(c) != 0;
        hex += isxdigit(c) != 0;
    }
    if (s.len == BUILD_HASH)
        return digits > 0 || (upper > 0 && upper < s.len);
    return (s.len > BUILD_HASH && hex == s.len && digits > 0) || idlike(s.text, s.len);
}

/* Where the hash at the end of a name begins ("index" in "index-BxT3k_9a"); 0 when it has none. */
static size_t
hash_at(struct span name)
{
    size_t behind, fixed = name.len > BUILD_HASH + 1 ? name.len - BUILD_HASH - 1 : 0;

    if (fixed > 0 && (name.text[fixed] == '-' || name.text[fixed] == '.') &&
        looks_like_hash(skip(name, fixed + 1)))
        return fixed;
    behind = last_of(name, '-');
    if (behind < last_of(name, '.'))
        behind = last_of(name, '.');
    if (behind > 1 && looks_like_hash(skip(name, behind)))
        return behind - 1;
    return 0;
}

/* Appends the name without build hashes and chunk numbers. Each part between dots is looked at, but
 * not the extension: "main.3f2a91bc.chunk.js" is "main.chunk.js". true when something went. */
static bool
append_file_name(char *out, size_t size, struct span name)
{
    size_t dot = last_of(name, '.'), from = 0, hash;
    struct span stem = { name.text, dot > 1 ? dot - 1 : name.len };
    struct span tail = skip(name, stem.len);
    bool was_bundled = false;

    while (from < stem.len && isdigit((unsigned char)stem.text[from]))
        from++;
    if (from > 0 && (from == stem.len || stem.text[from] == '.')) {
        append_text(out, size, "chunk");
        append(out, size, tail);
        return true;
    }
    if (drop_suffix(&stem, ".chunk") || drop_suffix(&stem, ".min") || drop_suffix(&stem, ".bundle"))
        was_bundled = true;
    hash = hash_at(stem);
    if (hash > 0) {
        stem.len = hash;
        was_bundled = true;
    }
    append(out, size, stem);
    append(out, size, tail);
    return was_bundled;
}

/* A pattern of whole segments, of which a star is any. */
static bool
drop_root(struct span *path, const char *root)
{
    struct span left = *path;

    while (*root != '\0') {
        const char *slash = memchr(left.text, '/', left.len);
        size_t len = slash == NULL ? 0 : (size_t)(slash - left.text) + 1,
               want = strcspn(root, "/") + 1;

        if (len == 0 || (*root != '*' && (len != want || memcmp(left.text, root, len) != 0)))
            return false;
        left = skip(left, len);
        root += want;
    }
    *path = left;
    return true;
}

/* The folder in which an app lies: in Lambda, in images and on runners of CI by their conventions,
 * in a home the one that was checked out. The first that fits counts. */
static void
drop_app_folder(struct span *path)
{
    static const char *const roots[] = {
        "var/task/",
        "opt/nodejs/",
        "usr/src/app/",
        "home/node/app/",
        "home/runner/work/*/*/",
        "github/workspace/",
        "workspace/",
        "app/",
        "home/*/*/",
        "Users/*/*/",
        "root/*/",
    };

    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        if (drop_root(path, roots[i]))
            return;
    }
}

/* The last few segments. */
static struct span
end_of_path(struct span path)
{
    size_t from = path.len;

    for (int i = 0; i < KEPT_SEGMENTS && from > 0; i++) {
        do
            from--;
        while (from > 0 && path.text[from - 1] != '/');
    }
    return skip(path, from);
}

/* Of a file that Node has loaded. How deep an app lies is not always known, so the folder of its
 * sources begins what counts wherever it is. */
static struct span
disk_path(struct span path)
{
    static const char *const sources[] = { "src/", "lib/", "dist/", "build/" };
    struct span at;

    drop_app_folder(&path);
    path = end_of_path(path);
    for (at = path; at.len > 0;) {
        const char *slash = memchr(at.text, '/', at.len);

        for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
            if (drop_root(&(struct span){ at.text, at.len }, sources[i]))
                return at;
        }
        at = slash == NULL ? skip(at, at.len) : skip(at, (size_t)(slash - at.text) + 1);
    }
    return path;
}

/* The path of a place: behind the host for the web, below the app's folder for a disk. A disk that
 * Vite serves to a browser only loses its beginning. */
static struct span
path_of(struct span place)
{
    const char *scheme = memmem(place.text, place.len, "://", 3);
    bool is_disk = scheme == NULL || drop_prefix(&place, "file://"), is_served = false;
    size_t query;

    if (!is_disk) {
        const char *slash;

        place = skip(place, (size_t)(scheme - place.text) + 3);
        slash = memchr(place.text, '/', place.len);
        place = skip(place, slash == NULL ? place.len : (size_t)(slash - place.text) + 1);
        is_served = drop_prefix(&place, "@fs/");
    }
    for (query = 0; query < place.len && place.text[query] != '?' && place.text[query] != '#';)
        query++;
    place.len = query;
    while (drop_prefix(&place, "./") || drop_prefix(&place, "/"))
        ;
    if (is_disk && place.len > 3 && place.text[1] == ':' && place.text[2] == '/')
        place = skip(place, 3); /* "C:/" */
    return is_disk ? disk_path(place) : is_served ? end_of_path(place) : place;
}

/* --- whose it is */

static bool
is_foreign_place(struct span place)
{
    static const char *const foreign[] = {
        "node_modules",      "/.vite/",         "/@vite/",       "/@id/",        "/@react-refresh",
        "webpack/bootstrap", "webpack/runtime", "turbopack",     "extension://", "node:",
        "[native code]",     "<anonymous>",     "/var/runtime/",
    };

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (holds(place, foreign[i]))
            return true;
    }
    return place.len == 6 && holds(place, "native");
}

/* Bundles of packages, by the names that build configurations give them. */
static bool
is_package_bundle(struct span place)
{
    struct span path = path_of(place), name = skip(path, last_of(path, '/')), stem = name;

    if (!drop_suffix(&stem, ".js"))
        return false;
    return drop_prefix(&stem, "vendor") || holds(stem, "-vendor") || holds(stem, "react-dom") ||
           drop_prefix(&stem, "polyfills") || (stem.len == 7 && holds(stem, "obsview"));
}

static bool
is_own(struct span place)
{
    return !is_foreign_place(place) && !is_package_bundle(place);
}

/* true when a bundler has made the file. */
static bool
append_file(char *out, size_t size, struct span place)
{
    struct span path = path_of(place), name;
    char route[ROUTE_TEXT], page[PATH_TEXT];
    size_t behind = last_of(path, '/');

    name = skip(path, behind);
    if (place.len > 0 && !holds(name, ".")) { /* a script inside a page */
        snprintf(page, sizeof page, "/%.*s", (int)path.len, path.text);
        route_fold(route, page);
        append_text(out, size, route);
        return false;
    }
    append(out, size, (struct span){ path.text, behind });
    return append_file_name(out, size, name);
}

/* --- the function */

static struct span
bare_name(struct span name)
{
    size_t behind = last_of(name, '*'); /* Firefox: "async*load", "setTimeout handler*load" */
    const char *as = memmem(name.text, name.len, " [as ", 5);

    if (as != NULL)
        name.len = (size_t)(as - name.text);
    name = skip(name, behind < name.len ? behind : 0);
    while (drop_prefix(&name, "async ") || drop_prefix(&name, "new "))
        ;
    while (drop_suffix(&name, "/<") || drop_suffix(&name, "<"))
        ;
    if (last_of(name, '/') > 0)
        name = skip(name, last_of(name, '/'));
    behind = last_of(name, '.');
    return behind < name.len ? skip(name, behind) : name;
}

static bool
is_name(struct span name)
{
    return name.len > 0 && !holds(name, " ") && !holds(name, "<anonymous>") &&
           !(name.len == 9 && holds(name, "anonymous"));
}

bool
stack_frame_read(struct stack_frame *out, const char *line, size_t len)
{
    struct span s = trim((struct span){ line, len }), name, place;
    char slashed[PATH_TEXT];
    bool was_bundled = false;

    if (s.len == 0 || (!split_chromium(s, &name, &place) && !split_gecko(s, &name, &place)))
        return false;
    drop_position(&place);
    turn_backslashes(&place, slashed);
    *out = (struct stack_frame){ .is_own = is_own(place) };
    if (place.len > 0)
        was_bundled = append_file(out->file, sizeof out->file, place);
    name = bare_name(name);
    if (is_name(name) && (!was_bundled || name.len > MINIFIED_MAX))
        append(out->function, sizeof out->function, name);
    return true;
}
