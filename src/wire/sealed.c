/* sealed.c - PBKDF2 and AES-256-GCM over OpenSSL.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/sealed.h"

#include <openssl/evp.h>
#include <string.h>

#define SALT   64
#define NONCE  16
#define TAG    16
#define HEAD   (SALT + NONCE + TAG)
#define KEY    32
#define ROUNDS 10000

/* The number of bytes; 0: no base64, or too few. */
static size_t
decode(const char *text, unsigned char bytes[SEALED_MAX])
{
    const size_t len = strlen(text);
    size_t padding = 0;

    if (len == 0 || len % 4 != 0 || len > SEALED_MAX)
        return 0;
    padding = (size_t)(text[len - 1] == '=') + (size_t)(text[len - 2] == '=');
    if (EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len) < 0)
        return 0;
    return len / 4 * 3 - padding > HEAD ? len / 4 * 3 - padding : 0;
}

static bool
decrypt(EVP_CIPHER_CTX *ctx, const unsigned char *key, const unsigned char *bytes, size_t len,
        unsigned char *plain, int *plain_len)
{
    unsigned char tag[TAG];
    int tail = 0;

    memcpy(tag, bytes + SALT + NONCE, TAG);
    return EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_IVLEN, NONCE, NULL) == 1 &&
           EVP_DecryptInit_ex(ctx, NULL, NULL, key, bytes + SALT) == 1 &&
           EVP_DecryptUpdate(ctx, plain, plain_len, bytes + HEAD, (int)(len - HEAD)) == 1 &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
           EVP_DecryptFinal_ex(ctx, plain + *plain_len, &tail) == 1;
}

enum status
sealed_open(struct buf *out, const char *password, const char *text, struct err *err)
{
    unsigned char bytes[SEALED_MAX], plain[SEALED_MAX], key[KEY];
    const size_t len = decode(text, bytes);
    int plain_len = 0;
    EVP_CIPHER_CTX *ctx;
    bool good = false;

    if (len == 0)
        return err_set(err, E_AUTH, "that is no sealed token");
    ctx = EVP_CIPHER_CTX_new();
    if (ctx != NULL && PKCS5_PBKDF2_HMAC(password, (int)strlen(password), bytes, SALT, ROUNDS,
                                         EVP_sha512(), KEY, key) == 1)
        good = decrypt(ctx, key, bytes, len, plain, &plain_len);
    EVP_CIPHER_CTX_free(ctx);
    if (!good)
        return err_set(err, E_AUTH, "the token is sealed with another secret");
    buf_add(out, plain, (size_t)plain_len);
    return OK;
}
