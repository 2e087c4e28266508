/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ports.c - room on a guest's bus for interfaces that come later; pure, on XML that libvirt printed
 *
 * A q35 machine can be plugged into where a PCIe root port is free, and libvirt makes as many as
 * the definition needs. Its own text has one form: it is read as text, without an XML parser.
 */
#include <stdio.h>
#include <string.h>

#include "podgraft/domain.h"

#define SPARE_PORTS 4 /* KubeVirt leaves three or so */

/* The number behind @key in the element that begins at @at; -1: it has none */
static int number_in(const char *at, const char *key, int base)
{
        const char *end = strchr(at, '>'), *found = strstr(at, key);

        return found && end && found < end ? (int)strtol(found + strlen(key), NULL, base) : -1;
}

static bool is_bus_taken(const char *xml, int bus)
{
        for (const char *at = xml; (at = strstr(at, "<address type='pci'")); at++)
                if (number_in(at, "bus='", 16) == bus)
                        return true;
        return false;
}

/* Each root port is a bus with one place, which has the port's index. */
unsigned domain_free_ports(const char *xml)
{
        static const char port[] = "model='pcie-root-port'";
        unsigned n = 0;

        for (const char *at = xml; (at = strstr(at, "<controller type='pci'")); at++) {
                const char *end = strchr(at, '>'), *found = strstr(at, port);

                if (found && end && found < end && !is_bus_taken(xml, number_in(at, "index='", 10)))
                        n++;
        }
        return n;
}

char *domain_add_ports(const char *xml)
{
        static const char one[] = "  <controller type='pci' model='pcie-root-port'/>\n  ";
        const char *end = strstr(xml, "</devices>");
        unsigned have = domain_free_ports(xml);
        char *text = NULL;
        size_t len;
        FILE *f;

        /* A machine that has them has this root; on others each place can be plugged into. */
        if (!end || !strstr(xml, "model='pcie-root'/>") || have >= SPARE_PORTS)
                return NULL;
        f = open_memstream(&text, &len);
        if (!f)
                return NULL;
        fwrite(xml, 1, (size_t)(end - xml), f);
        for (unsigned i = have; i < SPARE_PORTS; i++)
                fputs(one, f);
        fputs(end, f);
        if (fclose(f) != 0) {
                free(text);
                return NULL;
        }
        return text;
}
