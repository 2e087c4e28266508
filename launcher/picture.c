/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * picture.c - what the wiring looks like, for people
 */
#include "launcher/picture.h"

#include <string.h>

static void print_identity(FILE *out, const char *indent, const struct podnet *net)
{
        char text[IP_PREFIX_TEXT_LEN];

        if (net->n_addresses == 0)
                fprintf(out, "%sno address\n", indent);
        for (size_t i = 0; i < net->n_addresses; i++)
                fprintf(out, "%s%s\n", indent, ip_prefix_format(&net->addresses[i], text));
        fprintf(out, "%s%s\n", indent, mac_format(net->mac, text));
}

void picture_wiring(FILE *out, const struct podnet *net)
{
        char indent[64];
        int nic = (int)strlen(net->nic), tap = (int)strlen(net->tap);
        int pad = nic > tap ? nic - tap : 0;

        fprintf(out, "  node ── %s ─┐\n", net->nic);
        fprintf(out, "          %*s ├─ %s\n", nic, "", net->bridge);
        fprintf(out, "          %*s%s ─┘\n", pad, "", net->tap);
        fprintf(out, "          %*s%*s└─ guest\n", pad, "", tap / 2, "");
        snprintf(indent, sizeof(indent), "          %*s   ", pad + tap / 2, "");
        print_identity(out, indent, net);
}

void picture_before_after(FILE *out, const struct podnet *net)
{
        fprintf(out, "before\n  node ── %s\n", net->interface);
        print_identity(out, "          ", net);
        fprintf(out, "after\n");
        picture_wiring(out, net);
}
