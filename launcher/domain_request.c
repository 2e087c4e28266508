/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * domain_request.c - does a domain ask for podgraft, and for what
 *
 * A hook is run for every domain of a daemon, several times each: whether a domain is none of our
 * business must be found out without starting anything.
 */
#include <ctype.h>
#include <string.h>
#include <sys/wait.h>

#include "launcher/domain_process.h"
#include "launcher/process.h"

/* --- the quick look --- */

#define NETWORK_NS "urn:podgraft:1"

struct scanner {
        const char *at, *end;
};

static bool skip_past(struct scanner *s, const char *what)
{
        const char *found = memmem(s->at, (size_t)(s->end - s->at), what, strlen(what));

        s->at = found ? found + strlen(what) : s->end;
        return found;
}

static bool looking_at(const struct scanner *s, const char *what)
{
        return (size_t)(s->end - s->at) >= strlen(what) && memcmp(s->at, what, strlen(what)) == 0;
}

/* An attribute whose name begins with xmlns and whose value is the namespace; at is behind '='. */
static bool declares_namespace(const struct scanner *s, const char *name, size_t name_len)
{
        return name_len >= 5 && strncmp(name, "xmlns", 5) == 0 &&
               looking_at(&(struct scanner){ s->at + 1, s->end }, NETWORK_NS) &&
               s->at + 1 + strlen(NETWORK_NS) < s->end && s->at[1 + strlen(NETWORK_NS)] == *s->at;
}

/* Walk the attributes of a start tag to its '>'. */
static bool scan_tag(struct scanner *s)
{
        const char *name = s->at;

        while (s->at < s->end && *s->at != '>') {
                if (isspace((unsigned char)*s->at)) {
                        s->at++;
                        /* Blanks around the '=' do not end a name. */
                        if (s->at < s->end && !strchr("=\"' \t\r\n", *s->at))
                                name = s->at;
                } else if (*s->at == '"' || *s->at == '\'') {
                        size_t len = (size_t)(s->at - name);
                        char quote[2] = { *s->at, '\0' };

                        while (len > 0 &&
                               (name[len - 1] == '=' || isspace((unsigned char)name[len - 1])))
                                len--;
                        if (declares_namespace(s, name, len))
                                return true;
                        s->at++;
                        skip_past(s, quote);
                        name = s->at;
                } else {
                        s->at++;
                }
        }
        return false;
}

bool domain_text_may_ask(const struct domain_text *text)
{
        struct scanner s = { text->data, text->data + text->len };

        if (!memmem(text->data, text->len, NETWORK_NS, strlen(NETWORK_NS)))
                return false;
        while (skip_past(&s, "<")) {
                if (looking_at(&s, "!--"))
                        skip_past(&s, "-->");
                else if (looking_at(&s, "![CDATA["))
                        skip_past(&s, "]]>");
                else if (looking_at(&s, "?"))
                        skip_past(&s, "?>");
                else if (scan_tag(&s))
                        return true;
        }
        return false;
}

/* --- the real reading, by libxml2 in a process of its own --- */

/* The value behind "key=", if @pair begins so. */
static const char *value_of(const char *pair, const char *key)
{
        size_t len = strlen(key);

        return strncmp(pair, key, len) == 0 && pair[len] == '=' ? pair + len + 1 : NULL;
}

int domain_request_read(const struct domain_text *text, struct domain_request *ret,
                        struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-domain");
        char *argv[] = { program, "--network", NULL };
        struct domain_request request = { 0 };
        struct process_result result;
        int r;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        r = domain_helper_run(argv, text, &result, err);
        if (r < 0)
                return r;
        request.len = result.out_len;
        request.pairs = take_ptr(result.out);
        process_result_done(&result);
        for (size_t at = 0; at < request.len; at += strlen(request.pairs + at) + 1) {
                const char *pair = request.pairs + at, *value;

                if ((value = value_of(pair, "mac")))
                        request.mac = value;
                if ((value = value_of(pair, "target")))
                        request.target = value;
        }
        *ret = request;
        return request.len > 0;
}

void domain_request_done(struct domain_request *request)
{
        free(request->pairs);
        *request = (struct domain_request){ 0 };
}

int domain_request_next(const struct domain_request *request, const char **at, char **ret_name,
                        const char **ret_value)
{
        static const char prefix[] = "attribute:";

        for (;;) {
                const char *pair = *at ? *at + strlen(*at) + 1 : request->pairs, *equals;

                if (!pair || pair >= request->pairs + request->len)
                        return 0;
                *at = pair;
                equals = strchr(pair, '=');
                if (strncmp(pair, prefix, strlen(prefix)) != 0 || !equals)
                        continue;
                *ret_name =
                        strndup(pair + strlen(prefix), (size_t)(equals - pair) - strlen(prefix));
                *ret_value = equals + 1;
                return *ret_name ? 1 : -ENOMEM;
        }
}

const char *domain_request_mac(const struct domain_request *request, const char *tap)
{
        char key[32];

        snprintf(key, sizeof(key), "tap:%s", tap);
        for (size_t at = 0; at < request->len; at += strlen(request->pairs + at) + 1) {
                const char *value = value_of(request->pairs + at, key);

                if (value)
                        return value;
        }
        return NULL;
}
