/* insights_address.c - the functions of Logs Insights that know IP addresses.
 * SPDX-License-Identifier: MIT
 *
 * Both families are read by the C library into bytes, and networks are compared bit by bit. What is
 * no address is no error: the answer is false. */
#include "config.h"

#include "domain/insights_functions.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct address {
    int family; /* 0: none */
    unsigned char bytes[16];
};

/* What stands before `len`; AF_UNSPEC takes both kinds. */
static struct address
read_address(const char *text, size_t len, int family)
{
    struct address a = { 0 };
    char copy[INET6_ADDRSTRLEN];

    if (len == 0 || len >= sizeof copy)
        return a;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (strlen(copy) != len)
        return a;
    if (family != AF_INET6 && inet_pton(AF_INET, copy, a.bytes) == 1)
        a.family = AF_INET;
    else if (family != AF_INET && inet_pton(AF_INET6, copy, a.bytes) == 1)
        a.family = AF_INET6;
    return a;
}

static struct address
argument(const struct function_call *call, int family)
{
    const struct value *v = &call->args[0];

    return v->type == VALUE_TEXT ? read_address(v->text, v->len, family) : (struct address){ 0 };
}

/* "192.0.2.0/24"; -1: it is none of that family. */
static int
read_subnet(const struct value *v, int family, struct address *out)
{
    const char *slash;
    char digits[4];
    int64_t bits;
    size_t len;

    slash = v->type != VALUE_TEXT || v->len == 0 ? NULL : memchr(v->text, '/', v->len);
    if (slash == NULL)
        return -1;
    *out = read_address(v->text, (size_t)(slash - v->text), family);
    len = v->len - (size_t)(slash + 1 - v->text);
    if (out->family == 0 || len == 0 || len >= sizeof digits)
        return -1;
    memcpy(digits, slash + 1, len);
    digits[len] = '\0';
    if (!text_parse_int(&bits, digits) || bits < 0 || bits > (out->family == AF_INET ? 32 : 128))
        return -1;
    return (int)bits;
}

static struct value
in_subnet(const struct function_call *call, int family)
{
    struct address a = argument(call, family), net;
    int bits = read_subnet(&call->args[1], family, &net);
    int whole = bits / 8, rest = bits % 8;

    if (a.family == 0 || bits < 0 || net.family != a.family ||
        memcmp(a.bytes, net.bytes, (size_t)whole) != 0)
        return value_truth(false);
    return value_truth(rest == 0 || ((a.bytes[whole] ^ net.bytes[whole]) >> (8 - rest)) == 0);
}

struct value
function_is_ip(const struct function_call *call)
{
    return value_truth(argument(call, AF_UNSPEC).family != 0);
}

struct value
function_is_ipv4(const struct function_call *call)
{
    return value_truth(argument(call, AF_INET).family != 0);
}

struct value
function_is_ipv6(const struct function_call *call)
{
    return value_truth(argument(call, AF_INET6).family != 0);
}

struct value
function_ip_in_subnet(const struct function_call *call)
{
    return in_subnet(call, AF_UNSPEC);
}

struct value
function_ipv4_in_subnet(const struct function_call *call)
{
    return in_subnet(call, AF_INET);
}

struct value
function_ipv6_in_subnet(const struct function_call *call)
{
    return in_subnet(call, AF_INET6);
}
