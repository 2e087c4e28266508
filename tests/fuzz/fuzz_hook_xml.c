/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz_hook_xml.c - does a domain ask for podgraft? The quick look must never miss one that does
 */
#include "launcher/domain_process.h"
#include "podgraft/domain.h"
#include "tests/fuzz/fuzz.h"

/* Spelled out, as libvirt writes it: no entities, no DTD, no other encoding. */
static bool is_plain(const char *xml, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (xml[i] == '&' || (unsigned char)xml[i] >= 0x80 || xml[i] == '\0')
                        return false;
        return !memmem(xml, len, "<!DOCTYPE", 9) && !memmem(xml, len, "encoding", 8);
}

/* "key=value" and a NUL each. */
static void must_be_pairs(const char *pairs, size_t len)
{
        must(len > 0 && pairs[len - 1] == '\0');
        for (size_t at = 0; at < len; at += strlen(pairs + at) + 1)
                must(strchr(pairs + at, '='));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
        char *exact = malloc(len ? len : 1), *pairs = NULL;
        struct domain_text text = { .source = "domain", .data = exact, .len = len };
        struct error err = ERROR_INIT;
        size_t pairs_len = 0;
        int r;

        must(exact);
        memcpy(exact, data, len);
        r = domain_xml_network(exact, len, &pairs, &pairs_len, &err);
        if (r < 0) {
                must(!pairs && err.code == r && err.class == ERROR_USAGE && err.message[0]);
        } else if (r == 1) {
                must_be_pairs(pairs, pairs_len);
                must(domain_text_may_ask(&text) || !is_plain(exact, len));
        }
        domain_text_may_ask(&text);
        free(pairs);
        free(exact);
        return 0;
}
