/* shared_files.c - reading AWS's credentials and config files.
 * SPDX-License-Identifier: MIT
 *
 * The format is described in "Configuration and credential file settings" (AWS CLI User Guide): INI
 * sections, `key = value`, whole-line comments with # and ;, and indented lines that make a nested
 * block under the key above them. inih is not used here: Debian's build cuts a line after 200
 * bytes, and a session token is longer than that. A value is everything to the end of the line, but
 * for a comment after a blank, as the CLI reads it.
 *
 * Each file becomes a flat list of (section, block, key, value). They are a few hundred lines at
 * most, so looking one up walks the list. */
#include "config.h"

#include "aws/shared_files.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX    (1024 * 1024)
#define SECTION_MAX 256

struct setting {
    const char *section; /* "default", "profile prod", "services local" */
    const char *block;   /* the key an indented line belongs to, or NULL */
    const char *key;
    const char *value;
};

struct settings {
    struct buf text; /* the file; cut in place, so the settings point into it */
    struct setting *list;
    size_t count;
};

struct shared_files {
    struct settings credentials;
    struct settings config;
};

static const char *
real_get(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

const struct aws_environment aws_environment_real = { .get = real_get };

const char *
aws_getenv(const struct aws_environment *env, const char *name)
{
    const char *value = env->get(env->arg, name);

    return value == NULL || *value == '\0' ? NULL : value;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Without the blanks around it; cuts the end in place. */
static char *
trim(char *text)
{
    size_t len;

    while (is_blank(*text))
        text++;
    len = strlen(text);
    while (len > 0 && is_blank(text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* "profile  prod" and "prod" are both asked for as "prod"; other kinds keep their word. */
static char *
section_name(char *text)
{
    char *name = trim(text);

    if (strncmp(name, "profile", 7) == 0 && is_blank(name[7]))
        name = trim(name + 7);
    return name;
}

static void
settings_add(struct settings *s, struct setting setting)
{
    if ((s->count & (s->count - 1)) == 0)
        s->list = xreallocarray(s->list, s->count == 0 ? 1 : 2 * s->count, sizeof(struct setting));
    s->list[s->count++] = setting;
}

/* What a line adds while reading: the section and the key it stands under. */
struct place {
    const char *section;
    const char *key;
};

static void
read_line(struct settings *s, struct place *at, char *line)
{
    bool indented = is_blank(*line);
    char *text = trim(line);
    char *equals, *comment, *key, *value;

    if (*text == '\0' || *text == '#' || *text == ';')
        return;
    if (*text == '[' && !indented) {
        char *end = strchr(text, ']');

        if (end == NULL)
            return;
        *end = '\0';
        at->section = section_name(text + 1);
        at->key = NULL;
        settings_add(s, (struct setting){ .section = at->section });
        return;
    }
    equals = strchr(text, '=');
    if (at->section == NULL || equals == NULL)
        return;
    *equals = '\0';
    key = trim(text);
    value = trim(equals + 1);
    comment = strstr(value, " #");
    if (comment == NULL)
        comment = strstr(value, " ;");
    if (comment != NULL) {
        *comment = '\0';
        value = trim(value);
    }
    settings_add(s, (struct setting){ .section = at->section,
                                      .block = indented ? at->key : NULL,
                                      .key = key,
                                      .value = value });
    if (!indented)
        at->key = key;
}

static enum status
settings_read(struct settings *s, const char *path, struct err *err)
{
    struct place at = { NULL, NULL };
    char *line, *next;
    enum status st;

    buf_init(&s->text, FILE_MAX);
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return OK;
    st = buf_read_file(&s->text, path, err);
    if (st != OK)
        return st;
    for (line = s->text.data; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        read_line(s, &at, line);
    }
    return OK;
}

static void
settings_fini(struct settings *s)
{
    if (s->text.len > 0)
        explicit_bzero(s->text.data, s->text.len);
    buf_fini(&s->text);
    free(s->list);
}

static const struct setting *
settings_find(const struct settings *s, const char *section, const char *block, const char *key)
{
    const struct setting *found = NULL;

    for (size_t i = 0; i < s->count; i++) {
        const struct setting *at = &s->list[i];

        if (at->key == NULL || strcmp(at->section, section) != 0 || strcmp(at->key, key) != 0)
            continue;
        if (block == NULL ? at->block == NULL : at->block != NULL && strcmp(at->block, block) == 0)
            found = at; /* the last one counts, as everywhere in INI */
    }
    return found;
}

char *
shared_files_path(const struct aws_environment *env, const char *variable, const char *name)
{
    const char *given = aws_getenv(env, variable);
    const char *home = aws_getenv(env, "HOME");

    if (given != NULL && strncmp(given, "~/", 2) == 0 && home != NULL)
        return xasprintf("%s/%s", home, given + 2);
    if (given != NULL)
        return xstrdup(given);
    return home == NULL ? NULL : xasprintf("%s/.aws/%s", home, name);
}

enum status
shared_files_read(struct shared_files **out, const struct aws_environment *env, struct err *err)
{
    struct shared_files *files = xcalloc(1, sizeof *files);
    char *credentials = shared_files_path(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    char *config = shared_files_path(env, "AWS_CONFIG_FILE", "config");
    enum status st = OK;

    buf_init(&files->credentials.text, 0);
    buf_init(&files->config.text, 0);
    if (credentials != NULL)
        st = settings_read(&files->credentials, credentials, err);
    if (st == OK && config != NULL)
        st = settings_read(&files->config, config, err);
    free(credentials);
    free(config);
    if (st != OK) {
        shared_files_free(files);
        return st;
    }
    *out = files;
    return OK;
}

void
shared_files_free(struct shared_files *files)
{
    if (files == NULL)
        return;
    settings_fini(&files->credentials);
    settings_fini(&files->config);
    free(files);
}

static bool
has_section(const struct settings *s, const char *section)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->list[i].section, section) == 0)
            return true;
    }
    return false;
}

bool
shared_files_has(const struct shared_files *files, const char *profile)
{
    return has_section(&files->credentials, profile) || has_section(&files->config, profile);
}

static const char *
value_of(const struct setting *found)
{
    return found == NULL || *found->value == '\0' ? NULL : found->value;
}

const char *
shared_files_get_from(const struct shared_files *files, enum shared_file file, const char *profile,
                      const char *key)
{
    return value_of(settings_find(file == SHARED_CREDENTIALS ? &files->credentials : &files->config,
                                  profile, NULL, key));
}

const char *
shared_files_get(const struct shared_files *files, const char *profile, const char *key)
{
    const char *value = shared_files_get_from(files, SHARED_CREDENTIALS, profile, key);

    return value != NULL ? value : shared_files_get_from(files, SHARED_CONFIG, profile, key);
}

/* "services local", "sso-session corp"; false: longer than any name */
static bool
kind_section(char section[SECTION_MAX], const char *kind, const char *name)
{
    size_t kind_len = strlen(kind), len = strlen(name);

    if (kind_len + 1 + len >= SECTION_MAX)
        return false;
    memcpy(section, kind, kind_len);
    section[kind_len] = ' ';
    memcpy(section + kind_len + 1, name, len + 1);
    return true;
}

const char *
shared_files_session(const struct shared_files *files, const char *session, const char *key)
{
    char section[SECTION_MAX];

    if (!kind_section(section, "sso-session", session))
        return NULL;
    return value_of(settings_find(&files->config, section, NULL, key));
}

const char *
shared_files_profile(const struct shared_files *files, size_t number)
{
    const struct settings *s = &files->credentials;

    for (size_t i = 0; i < s->count; i++) {
        if (s->list[i].key == NULL && number-- == 0)
            return s->list[i].section;
    }
    return NULL;
}

const char *
shared_files_service(const struct shared_files *files, const char *profile, const char *service,
                     const char *key)
{
    const char *name = shared_files_get(files, profile, "services");
    char section[SECTION_MAX];

    if (name == NULL || !kind_section(section, "services", name))
        return NULL;
    return value_of(settings_find(&files->config, section, service, key));
}
