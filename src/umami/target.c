/* target.c - address and secret of the Umami that is asked.
 * SPDX-License-Identifier: MIT
 *
 * A secret of the environment is never sent to the emulator: who starts obsview beside an app whose
 * UMAMI_API_KEY is set means that key for the real server. */
#include "config.h"

#include "umami/target.h"

#include "base/buf.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MAX ((size_t)4096)

/* A fresh installation's login. */
#define FIRST_USER     "admin"
#define FIRST_PASSWORD "umami"

static void
wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void
umami_target_fini(struct umami_target *target)
{
    free(target->url);
    free(target->host);
    free(target->user);
    wipe(target->password);
    wipe(target->api_key);
    wipe(target->emulator_token);
    *target = (struct umami_target){ 0 };
}

static char *
copy_or_null(const char *text)
{
    return text == NULL ? NULL : xstrdup(text);
}

/* "http" or "https", a host, perhaps a port and a path; no user, query or fragment. */
static enum status
take_url(struct umami_target *target, const char *url, struct err *err)
{
    const char *host = strncmp(url, "https://", 8) == 0  ? url + 8
                       : strncmp(url, "http://", 7) == 0 ? url + 7
                                                         : "";
    size_t len = strlen(url), host_len = strcspn(host, "/");

    if (host_len == 0 || strcspn(url, "?#@\\\"'<> ") != len)
        return err_set(err, E_USAGE,
                       "umami-url: expected an address such as https://umami.example.com");
    for (size_t i = 0; i < len; i++) {
        if (!isprint((unsigned char)url[i]))
            return err_set(err, E_USAGE, "umami-url: a character that no address has");
    }
    while (len > 0 && url[len - 1] == '/')
        len--;
    target->host = xstrndup(host, host_len);
    target->url = xstrndup(url, len);
    target->is_cloud = len > 3 && strcmp(target->url + len - 3, "/v1") == 0;
    return OK;
}

/* The first line of a file. It goes into a header or a login, so it is one word of text. */
static enum status
read_secret(char **out, const char *setting, const char *path, struct err *err)
{
    enum status st;
    struct buf text;
    size_t len;

    buf_init(&text, SECRET_MAX);
    st = buf_read_file(&text, path, err);
    len = strcspn(text.data, "\r\n");
    if (st != OK)
        err_context(err, "%s", setting);
    else if (len == 0)
        st = err_set(err, E_USAGE, "%s: the first line of %s is empty", setting, path);
    else
        *out = xstrndup(text.data, len);
    explicit_bzero(text.data, text.len);
    buf_fini(&text);
    return st;
}

static const char *
variable(const struct umami_options *options, const char *name)
{
    const char *value = options->get_variable == NULL ? NULL : options->get_variable(name);

    return value == NULL || *value == '\0' ? NULL : value;
}

static enum status
check_key(const struct umami_target *target, struct err *err)
{
    for (const char *p = target->api_key; p != NULL && *p != '\0'; p++) {
        if (!isgraph((unsigned char)*p))
            return err_set(err, E_USAGE, "the API key of Umami holds a character that none has");
    }
    return OK;
}

static enum status
take_secret(struct umami_target *target, const struct umami_options *options, struct err *err)
{
    if (options->api_key_file != NULL)
        return read_secret(&target->api_key, "umami-api-key-file", options->api_key_file, err);
    if (options->user == NULL && options->password_file == NULL &&
        variable(options, "UMAMI_API_KEY") != NULL) {
        target->api_key = xstrdup(variable(options, "UMAMI_API_KEY"));
        return OK;
    }
    target->user =
        copy_or_null(options->user != NULL ? options->user : variable(options, "UMAMI_USERNAME"));
    if (options->password_file != NULL) {
        if (read_secret(&target->password, "umami-password-file", options->password_file, err) !=
            OK)
            return err->code;
    } else
        target->password = copy_or_null(variable(options, "UMAMI_PASSWORD"));
    if (target->user != NULL && target->password != NULL)
        return OK;
    return err_set(err, E_AUTH,
                   "no login for Umami at %s: set umami-user with umami-password-file, or "
                   "umami-api-key-file, or UMAMI_API_KEY",
                   target->host);
}

/* Nobody is asked with half of what is needed. */
static void
give_up(struct umami_target *target, const struct err *why)
{
    struct err kept = *why;

    umami_target_fini(target);
    target->err = kept;
}

void
umami_target_resolve(struct umami_target *out, const struct umami_options *options)
{
    struct err err = { 0 };

    *out = (struct umami_target){ 0 };
    if (options->url != NULL) {
        if (take_url(out, options->url, &err) != OK || take_secret(out, options, &err) != OK ||
            check_key(out, &err) != OK)
            give_up(out, &err);
        return;
    }
    if (options->emulator_url == NULL) {
        if (options->endpoint != NULL)
            err_set(&out->err, E_UNSUPPORTED,
                    "no obsview answers at %s, and no Umami is configured: umami-url names one",
                    options->endpoint);
        else
            err_set(&out->err, E_UNSUPPORTED,
                    "no Umami is configured: umami-url names one, in the config file or as "
                    "--umami-url");
        return;
    }
    if (take_url(out, options->emulator_url, &err) != OK) {
        give_up(out, &err);
        return;
    }
    out->is_emulator = true;
    out->user = xstrdup(FIRST_USER);
    out->password = xstrdup(FIRST_PASSWORD);
    out->emulator_token = copy_or_null(options->emulator_token);
}
