/* geo_db.c - libmaxminddb, for the three texts that Umami reads.
 * SPDX-License-Identifier: MIT
 *
 * country.iso_code (else registered_country.iso_code, as Umami has it), subdivisions[0].iso_code,
 * city.names.en. A file that is damaged where an address leads is as good as one that does not know
 * the address. */
#include "config.h"

#include "emulator/geo_db.h"

#include <arpa/inet.h>
#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

#define TEXT_MAX 256 /* of a name; they are cut far below */

struct geo_db {
    MMDB_s mmdb;
};

/* A pipe would be waited for, a directory mapped. */
static enum status
check_file(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return err_errno(err, errno, "cannot open the database of places %.200s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, E_USAGE, "the database of places %.200s is no file", path);
    return OK;
}

/* "GeoLite2-City" and "DBIP-Country-Lite" are about places, "GeoLite2-ASN" is not. */
static bool
is_of_places(const char *type)
{
    static const char *const words[] = { "City", "Country", "Enterprise" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (type != NULL && strstr(type, words[i]) != NULL)
            return true;
    }
    return false;
}

enum status
geo_db_open(struct geo_db **out, const char *path, struct err *err)
{
    enum status st = check_file(path, err);
    struct geo_db *db;
    const char *type;
    int code;

    if (st != OK)
        return st;
    db = xcalloc(1, sizeof *db);
    code = MMDB_open(path, MMDB_MODE_MMAP, &db->mmdb);
    if (code != MMDB_SUCCESS) {
        free(db);
        return err_set(err, E_USAGE,
                       "%.200s is no MaxMind database of places such as GeoLite2-City.mmdb: %.100s",
                       path, MMDB_strerror(code));
    }
    type = db->mmdb.metadata.database_type;
    if (!is_of_places(type)) {
        st = err_set(err, E_USAGE,
                     "%.200s is a MaxMind database of \"%.60s\", not of places: expected one such "
                     "as GeoLite2-City.mmdb",
                     path, type == NULL ? "" : type);
        geo_db_close(db);
        return st;
    }
    *out = db;
    return OK;
}

void
geo_db_close(struct geo_db *db)
{
    if (db == NULL)
        return;
    MMDB_close(&db->mmdb);
    free(db);
}

/* NULL: there is none, or no readable one. */
static const char *
text_at(MMDB_entry_s *entry, struct arena *arena, const char *const *path)
{
    MMDB_entry_data_s data;

    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size == 0 ||
        data.data_size > TEXT_MAX ||
        text_utf8_end(data.utf8_string, data.data_size) < data.data_size)
        return NULL;
    return arena_strndup(arena, data.utf8_string, data.data_size);
}

static bool
read_address(struct sockaddr_storage *out, const char *ip)
{
    struct sockaddr_in *v4 = (void *)out;
    struct sockaddr_in6 *v6 = (void *)out;

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1)
        out->ss_family = AF_INET;
    else if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1)
        out->ss_family = AF_INET6;
    return out->ss_family != 0;
}

bool
geo_db_locate(void *arg, struct arena *arena, const char *ip, struct umami_spot *out)
{
    static const char *const country[] = { "country", "iso_code", NULL };
    static const char *const registered[] = { "registered_country", "iso_code", NULL };
    static const char *const region[] = { "subdivisions", "0", "iso_code", NULL };
    static const char *const city[] = { "city", "names", "en", NULL };
    struct geo_db *db = arg;
    struct sockaddr_storage address;
    MMDB_lookup_result_s found;
    int code;

    if (!read_address(&address, ip))
        return false;
    found = MMDB_lookup_sockaddr(&db->mmdb, (struct sockaddr *)(void *)&address, &code);
    if (code != MMDB_SUCCESS || !found.found_entry)
        return false;
    out->country = text_at(&found.entry, arena, country);
    if (out->country == NULL)
        out->country = text_at(&found.entry, arena, registered);
    out->region = text_at(&found.entry, arena, region);
    out->city = text_at(&found.entry, arena, city);
    return true;
}
