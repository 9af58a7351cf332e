/* umami_site.h - Umami's websites, users and shares.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_UMAMI_SITE_H
#define OV_STORE_UMAMI_SITE_H

#include "store/store.h"

struct umami_site {
    uint8_t id[16];
    const char *name, *domain;
    const char *share_id;                        /* the older way of sharing; NULL */
    const char *user_id, *username, *created_by; /* of the owner */
    int64_t reset_ms, created_ms, updated_ms;    /* reset 0: never */
};
struct umami_site_list {
    struct umami_site *websites;
    size_t count;
    int64_t total;
};
/* E_NOTFOUND: there is none, or it was deleted. */
MUST_CHECK enum status store_umami_website(struct store_reader *reader, struct arena *arena,
                                           const uint8_t id[16], struct umami_site *out,
                                           struct err *err);
enum umami_site_order { /* upwards */
                        UMAMI_SITES_BY_NAME,
                        UMAMI_SITES_BY_ID,
                        UMAMI_SITES_BY_DOMAIN,
                        UMAMI_SITES_BY_SHARE,
                        UMAMI_SITES_BY_RESET,
                        UMAMI_SITES_BY_CREATED,
                        UMAMI_SITES_BY_UPDATED
};
/* Those of a user; `search` (in name or domain, case ignored) may be NULL. */
MUST_CHECK enum status store_umami_websites(struct store_reader *reader, struct arena *arena,
                                            const char *user_id, const char *search,
                                            enum umami_site_order order, size_t limit,
                                            size_t offset, struct umami_site_list *out,
                                            struct err *err);

/* All of these wait for the commit. Of a website that is made or changed name, domain, share_id,
 * user_id, created_by and the times are kept. E_EXISTS: id or share id is taken. */
MUST_CHECK enum status store_umami_make_website(struct store *store,
                                                const struct umami_site *website, struct err *err);
MUST_CHECK enum status
store_umami_change_website(struct store *store, const struct umami_site *website, struct err *err);
/* Its data goes, in batches between which others write; with `forget` the website, too. E_NOTFOUND.
 */
MUST_CHECK enum status store_umami_empty_website(struct store *store, const uint8_t id[16],
                                                 bool forget, int64_t now_ms, struct err *err);

struct umami_user {
    const char *id, *username, *password, *role; /* the password as a bcrypt hash */
    int64_t created_ms;
};
/* By name or by id. E_NOTFOUND. */
MUST_CHECK enum status store_umami_user(struct store_reader *reader, struct arena *arena,
                                        const char *name_or_id, struct umami_user *out,
                                        struct err *err);
/* E_EXISTS: the name is taken. */
MUST_CHECK enum status store_umami_make_user(struct store *store, const struct umami_user *user,
                                             struct err *err);

struct umami_share {
    const char *id, *entity_id, *name, *slug, *parameters; /* parameters: JSON */
    int type;                                              /* 1 website, 2 link, 3 pixel, 4 board */
    int64_t created_ms;
};
/* By slug. E_NOTFOUND. */
MUST_CHECK enum status store_umami_share(struct store_reader *reader, struct arena *arena,
                                         const char *slug, struct umami_share *out,
                                         struct err *err);
/* The website that has this share id, or E_NOTFOUND. */
MUST_CHECK enum status store_umami_shared_website(struct store_reader *reader, const char *share_id,
                                                  uint8_t id[16], struct err *err);
/* E_EXISTS: the slug is taken. */
MUST_CHECK enum status store_umami_make_share(struct store *store, const struct umami_share *share,
                                              struct err *err);

#endif
