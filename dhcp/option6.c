/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * option6.c - the table of DHCPv6 options: adding one is adding a row
 *
 * Names are IANA's ("Dynamic Host Configuration Protocol for IPv6"), made into words; where DHCPv4
 * has the same, they are the same.
 */
#include "dhcp/option.h"

/* clang-format off */
static const struct dhcp_option_row rows[] = {
        { 1, TYPE_OWNED, "client-id", "the client's own is sent back" },
        { 2, TYPE_OWNED, "server-id", "the guest knows the responder by it" },
        { 3, TYPE_OWNED, "ia-na", "it has the pod's addresses" },
        { 4, TYPE_OWNED, "ia-ta", "a pod has no temporary addresses" },
        { 5, TYPE_OWNED, "ia-address", "it has the pod's addresses" },
        { 6, TYPE_OWNED, "option-request", "only a client sends it" },
        { 7, TYPE_OWNED, "preference", "there is no other server" },
        { 8, TYPE_OWNED, "elapsed-time", "only a client sends it" },
        { 9, TYPE_OWNED, "relay-message", "there is no relay" },
        { 11, TYPE_OWNED, "authentication", "the responder does not authenticate" },
        { 12, TYPE_OWNED, "server-unicast", "the responder takes no unicast" },
        { 13, TYPE_OWNED, "status-code", "it is the message's own" },
        { 14, TYPE_OWNED, "rapid-commit", "a client that offers it gets it" },
        { 15, TYPE_OWNED, "user-class", "only a client sends it" },
        { 16, TYPE_HEX, "vendor-class", NULL },
        { 17, TYPE_HEX, "vendor-specific", NULL },
        { 18, TYPE_OWNED, "interface-id", "there is no relay" },
        { 19, TYPE_OWNED, "reconfigure-message", "the responder never reconfigures" },
        { 20, TYPE_OWNED, "reconfigure-accept", "the responder never reconfigures" },
        { 21, TYPE_NAMES, "sip-server-names", NULL },
        { 22, TYPE_ADDRS6, "sip-servers", NULL },
        { 23, TYPE_ADDRS6, "dns-servers", NULL },
        { 24, TYPE_NAMES, "domain-search", NULL },
        { 25, TYPE_OWNED, "ia-pd", "a pod has no prefix to delegate" },
        { 26, TYPE_OWNED, "ia-prefix", "a pod has no prefix to delegate" },
        { 27, TYPE_ADDRS6, "nis-servers", NULL },
        { 28, TYPE_ADDRS6, "nisplus-servers", NULL },
        { 29, TYPE_NAME, "nis-domain", NULL },
        { 30, TYPE_NAME, "nisplus-domain", NULL },
        { 31, TYPE_ADDRS6, "sntp-servers", NULL },
        { 32, TYPE_OWNED, "information-refresh-time", "it follows from --lease-time" },
        { 33, TYPE_NAMES, "bcmcs-server-names", NULL },
        { 34, TYPE_ADDRS6, "bcmcs-servers", NULL },
        { 36, TYPE_HEX, "geoconf-civic", NULL },
        { 37, TYPE_OWNED, "remote-id", "there is no relay" },
        { 38, TYPE_OWNED, "subscriber-id", "there is no relay" },
        { 39, TYPE_OWNED, "client-fqdn", "give it with --hostname" },
        { 40, TYPE_ADDRS6, "pana-agents", NULL },
        { 41, TYPE_TEXT, "tz-posix", NULL },
        { 42, TYPE_TEXT, "tz-name", NULL },
        { 51, TYPE_NAME, "lost-server", NULL },
        { 52, TYPE_ADDRS6, "capwap-servers", NULL },
        { 56, TYPE_NTP, "ntp-servers", NULL },
        { 57, TYPE_NAME, "access-domain", NULL },
        { 58, TYPE_NAMES, "sip-ua-domains", NULL },
        { 59, TYPE_TEXT, "bootfile-url", NULL },
        { 60, TYPE_PARAMS, "bootfile-param", NULL },
        { 61, TYPE_OWNED, "client-arch", "only a client sends it" },
        { 62, TYPE_OWNED, "client-ndi", "only a client sends it" },
        { 64, TYPE_NAME, "aftr-name", NULL },
        { 82, TYPE_U32, "sol-max-rt", NULL },
        { 83, TYPE_U32, "inf-max-rt", NULL },
        { 88, TYPE_ADDRS6, "dhcp4o6-servers", NULL },
        { 103, TYPE_TEXT, "captive-portal", NULL },
};
/* clang-format on */

const struct dhcp_option_row *dhcp_option6_table(size_t *ret_n)
{
        *ret_n = ARRAY_SIZE(rows);
        return rows;
}
