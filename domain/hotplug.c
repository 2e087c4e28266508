/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hotplug.c - an interface comes to a domain that runs, or leaves it
 */
#include <stdio.h>
#include <string.h>

#include "domain/connection.h"

/* libvirt's XML, whose form is always the same. */
static char *live_xml(struct domain_connection *c)
{
        return virDomainGetXMLDesc(c->domain, 0);
}

/* The <interface> of @tap in @xml, as text; NULL: there is none. To be freed. */
static char *interface_of(const char *xml, const char *tap)
{
        static const char end[] = "</interface>";
        const char *from = xml, *to;
        char target[64];

        snprintf(target, sizeof(target), "<target dev='%s'", tap);
        while ((from = strstr(from, "<interface "))) {
                const char *found = strstr(from, target);

                to = strstr(from, end);
                if (!to)
                        return NULL;
                if (found && found < to)
                        return strndup(from, (size_t)(to - from) + strlen(end));
                from = to;
        }
        return NULL;
}

int domain_has_tap(struct domain_connection *c, const char *tap)
{
        _cleanup_free_ char *xml = live_xml(c), *interface = xml ? interface_of(xml, tap) : NULL;

        return xml ? interface != NULL : -EIO;
}

int domain_attach(struct domain_connection *c, const char *xml, struct error *err)
{
        return virDomainAttachDeviceFlags(c->domain, xml, VIR_DOMAIN_AFFECT_LIVE) < 0
                       ? libvirt_error(err, "attach the interface")
                       : 0;
}

int domain_detach(struct domain_connection *c, const char *tap, struct error *err)
{
        _cleanup_free_ char *xml = live_xml(c), *interface = xml ? interface_of(xml, tap) : NULL;

        if (!xml)
                return libvirt_error(err, "look at the guest");
        if (!interface)
                return 0;
        return virDomainDetachDeviceFlags(c->domain, interface, VIR_DOMAIN_AFFECT_LIVE) < 0
                       ? libvirt_error(err, "detach the interface")
                       : 0;
}
