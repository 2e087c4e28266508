/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * picture.c - what the wiring looks like, for people
 *
 *     node ── eth0-nic ─┐
 *                       ├─ k6t-eth0
 *                 tap0 ─┘
 *                   └─ guest  10.244.1.7/24
 *                             aa:bb:cc:00:00:07
 */
#include "launcher/picture.h"

#include <json-c/json.h>
#include <string.h>

#include "podgraft/text.h"

#define NODE "  node "

/* Whoever has the identity, and what it is. */
static void print_owner(const struct terminal *t, int column, const char *before, const char *name,
                        const struct podnet *net)
{
        int indent = column + 3 + (int)strlen(name) + 2;
        char text[IP_PREFIX_TEXT_LEN];

        fputs(before, t->out);
        text_print(t->out, name);
        fputs("  ", t->out);
        for (size_t i = 0; i < net->n_addresses; i++)
                fprintf(t->out, "%s%s%s\n%*s", style_begin(t, STYLE_STRONG),
                        ip_prefix_format(&net->addresses[i], text), style_end(t, STYLE_STRONG),
                        indent, "");
        if (net->n_addresses == 0)
                fprintf(t->out, "no address\n%*s", indent, "");
        fprintf(t->out, "%s\n", mac_format(net->mac, text));
}

void picture_pod(const struct terminal *t, const struct podnet *net)
{
        char before[32];

        snprintf(before, sizeof(before), NODE "%s ", terminal_glyph(t, "──", "--"));
        print_owner(t, strlen(NODE), before, net->interface, net);
}

/* What is wrong with a link: NULL, or in a word. */
static const char *fault_of(struct json_object *links, const char *key, const char *bridge)
{
        struct json_object *link, *value;
        const char *master;

        if (!links)
                return NULL;
        if (!json_object_object_get_ex(links, key, &link) || !link)
                return "missing";
        if (json_object_object_get_ex(link, "up", &value) && !json_object_get_boolean(value))
                return "down";
        if (!bridge)
                return NULL;
        master = json_object_object_get_ex(link, "master", &value) && value
                         ? json_object_get_string(value)
                         : "";
        return strcmp(master, bridge) == 0 ? NULL : "not attached";
}

/* @name with the line art around it, and what is wrong with it. */
static void print_link(const struct terminal *t, const char *before, const char *name,
                       const char *after, const char *fault)
{
        enum style style = fault ? STYLE_BAD : STYLE_NONE;

        fprintf(t->out, "%s%s", before, style_begin(t, style));
        text_print(t->out, name);
        fprintf(t->out, "%s%s", style_end(t, style), after);
        if (fault)
                fprintf(t->out, "  %s%s%s", style_begin(t, style), fault, style_end(t, style));
        fprintf(t->out, "\n");
}

void picture_graft(const struct terminal *t, const struct podnet *net, struct json_object *links)
{
        int nic = (int)strlen(net->nic), tap = (int)strlen(net->tap);
        int wide = nic > tap ? nic : tap, node = (int)strlen(NODE);
        int corner = node + 3 + wide + 2, guest = node + 3 + wide - tap + tap / 2;
        char before[256];
        int n;

        n = snprintf(before, sizeof(before), NODE "%s", terminal_glyph(t, "──", "--"));
        for (int i = nic; i < wide; i++)
                n += snprintf(before + n, sizeof(before) - (size_t)n, "%s",
                              terminal_glyph(t, "─", "-"));
        snprintf(before + n, sizeof(before) - (size_t)n, " ");
        print_link(t, before, net->nic, terminal_glyph(t, " ─┐", " -+"),
                   fault_of(links, "nic", net->bridge));
        snprintf(before, sizeof(before), "%*s%s", corner, "", terminal_glyph(t, "├─ ", "+- "));
        print_link(t, before, net->bridge, "", fault_of(links, "bridge", NULL));
        snprintf(before, sizeof(before), "%*s", node + 3 + wide - tap, "");
        print_link(t, before, net->tap, terminal_glyph(t, " ─┘", " -+"),
                   fault_of(links, "tap", net->bridge));
        snprintf(before, sizeof(before), "%*s%s", guest, "", terminal_glyph(t, "└─ ", "`- "));
        print_owner(t, guest, before, "guest", net);
}
