/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * names.c - what podgraft calls its links, and the MACs it gives them: the same at every run
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "netsetup/graft.h"
#include "netsetup/hash.h"

/*
 * Put the parts together. What is too long gets a hash for its base, and so does what the packet
 * filter could not name: nft quotes neither a double quote nor (safely) a backslash.
 */
static void make_name(char ret[IFNAMSIZ], const char *prefix, const char *base, const char *suffix)
{
        char whole[64];
        uint64_t hash;

        snprintf(whole, sizeof(whole), "%s%s%s", prefix, base, suffix);
        if (strlen(whole) < IFNAMSIZ && !strpbrk(whole, "\"\\")) {
                strcpy(ret, whole);
                return;
        }
        hash = hash_bytes(HASH_START, base, strlen(base));
        snprintf(ret, IFNAMSIZ, "%s%0*llx%s", prefix, (int)(15 - strlen(prefix) - strlen(suffix)),
                 (unsigned long long)(hash & ((1ull << 28) - 1)), suffix);
}

static bool is_hashed_name(const char *name)
{
        return strncmp(name, "pod", 3) == 0 && strlen(name) == 14 &&
               strspn(name + 3, "0123456789abcdef") == 11;
}

static bool is_multus_name(const char *name, unsigned *ret_index)
{
        int end = 0;

        /* "%u" also takes blanks and a sign: "net-1" would be the 4294967295th. */
        return strncmp(name, "net", 3) == 0 && isdigit((unsigned char)name[3]) &&
               sscanf(name, "net%3u%n", ret_index, &end) == 1 && name[end] == '\0';
}

unsigned graft_index(const char *interface)
{
        unsigned index;

        return is_multus_name(interface, &index) ? index : 0;
}

/* KubeVirt's scheme, so that its users find what they know. */
void graft_name_links(struct podnet *net, unsigned index)
{
        const char *base = is_hashed_name(net->interface) ? net->interface + 3 : net->interface;
        char number[16], server[32];

        net->index = index;
        make_name(net->nic, "", base, "-nic");
        make_name(net->bridge, "k6t-", base, "");
        /* Two that are not called by their number, such as eth0 and eth1, have one all the same. */
        snprintf(number, sizeof(number), "%u", index);
        make_name(net->tap, "tap", is_hashed_name(net->interface) ? base : number, "");
        snprintf(server, sizeof(server), "169.254.75.1%u", index);
        if (inet_pton(AF_INET, server, &net->server_ip) != 1)
                inet_pton(AF_INET, "169.254.75.10", &net->server_ip);
}

void graft_derive_mac(const uint8_t pod_mac[MAC_LEN], const char *label, uint8_t ret[MAC_LEN])
{
        uint64_t hash = hash_bytes(hash_bytes(HASH_START, pod_mac, MAC_LEN), label, strlen(label));

        for (int i = 0; i < MAC_LEN; i++)
                ret[i] = (uint8_t)(hash >> (8 * i));
        ret[0] = (uint8_t)((ret[0] & ~1u) | 2u);
}
