/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_domain_request.c - the quick look at a domain: who is none of our business
 */
#include <stdlib.h>
#include <string.h>

#include "launcher/domain_process.h"
#include "tests/unit/unit.h"

static const struct {
        const char *xml;
        bool may_ask;
} texts[] = {
        { "", false },
        { "<domain><name>vm</name></domain>", false },
        { "<domain><metadata><p:network xmlns:p='urn:podgraft:1'/></metadata></domain>", true },
        { "<domain><metadata><network xmlns=\"urn:podgraft:1\"/></metadata></domain>", true },
        { "<domain xmlns:p = 'urn:podgraft:1'><p:network/></domain>", true },
        { "<domain\n  xmlns:p='urn:podgraft:1'>", true },
        { "<domain a='x>y' xmlns:p='urn:podgraft:1'>", true },
        { "<domain><description>xmlns='urn:podgraft:1'</description></domain>", false },
        { "<domain title='urn:podgraft:1'/>", false },
        { "<domain title=\"xmlns='urn:podgraft:1'\"/>", false },
        { "<domain xmlns:p='urn:podgraft:12'/>", false },
        { "<!-- <network xmlns='urn:podgraft:1'/> --><domain/>", false },
        { "<![CDATA[<network xmlns='urn:podgraft:1'/>]]>", false },
        { "<?pi xmlns='urn:podgraft:1'?>", false },
        { "<!-- <network xmlns='urn:podgraft:1'/>", false },
        { "<domain xmlns:p='urn:podgraft:1", false },
        { "<domain xmlns:p='", false },
        { "<", false },
};

START_TEST(test_quick_look_sees_only_a_declared_namespace)
{
        size_t len = strlen(texts[_i].xml);
        struct domain_text text = { .data = malloc(len ? len : 1), .len = len };

        memcpy(text.data, texts[_i].xml, len); /* exact, so that a sanitizer sees every overread */
        ck_assert_msg(domain_text_may_ask(&text) == texts[_i].may_ask, "%s", texts[_i].xml);
        domain_text_done(&text);
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_loop_test(tc, test_quick_look_sees_only_a_declared_namespace, 0,
                            ARRAY_SIZE(texts));
}

int main(void)
{
        return unit_main("domain_request", add_tests);
}
