/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lifecycle.c - a domain's life: define, start, shut down, destroy, forget
 */
#include <libvirt/virterror.h>
#include <string.h>

#include "domain/connection.h"

#define UNDEFINE_FLAGS                                                                             \
        (VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |               \
         VIR_DOMAIN_UNDEFINE_KEEP_NVRAM)

/* What lies between <name> and </name> of a document that was already checked. */
static char *name_of(const char *xml)
{
        const char *start = strstr(xml, "<name>"), *end = start ? strstr(start, "</name>") : NULL;

        return end ? strndup(start + 6, (size_t)(end - start - 6)) : NULL;
}

/* A definition that an earlier run left; with another uuid libvirt would refuse ours. */
static int clear_way(struct domain_connection *c, const char *xml, struct error *err)
{
        _cleanup_free_ char *name = name_of(xml);
        virDomainPtr old = name ? virDomainLookupByName(c->conn, name) : NULL;
        int r = 0;

        if (!old)
                return 0;
        if (virDomainIsActive(old) == 1)
                r = error_set(err, -EEXIST, "a domain called '%s' runs already", name);
        else if (c->embedded)
                virDomainUndefineFlags(old, UNDEFINE_FLAGS);
        virDomainFree(old);
        return r;
}

static int define(struct domain_connection *c, const char *xml, struct error *err)
{
        c->domain = virDomainDefineXMLFlags(c->conn, xml, VIR_DOMAIN_DEFINE_VALIDATE);
        return c->domain ? 0 : libvirt_error(err, "define the domain");
}

/*
 * Once libvirt has given its devices their places it is seen what is left for those to come. What
 * cannot be plugged in later is no reason not to start.
 */
static void define_with_room(struct domain_connection *c)
{
        _cleanup_free_ char *placed =
                virDomainGetXMLDesc(c->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
        _cleanup_free_ char *roomy = placed ? domain_add_ports(placed) : NULL;
        virDomainPtr same = roomy ? virDomainDefineXML(c->conn, roomy) : NULL;

        if (same)
                virDomainFree(same);
}

int domain_start(struct domain_connection *c, const char *xml, struct error *err)
{
        int r;

        if ((r = clear_way(c, xml, err)) < 0 || (r = define(c, xml, err)) < 0)
                return r;
        define_with_room(c);
        if (virDomainCreate(c->domain) < 0) {
                r = libvirt_error(err, "start the domain");
                domain_forget(c);
                return r;
        }
        return 0;
}

pid_t domain_pid(const struct domain_connection *c)
{
        _cleanup_free_ char *path = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        int pid = 0, r;

        r = c->embedded
                    ? asprintf(&path, "%s/run/qemu/%s.pid", c->root, virDomainGetName(c->domain))
                    : asprintf(&path, "/run/libvirt/qemu/%s.pid", virDomainGetName(c->domain));
        if (r < 0) {
                path = NULL;
                return 0;
        }
        f = fopen(path, "re");
        return f && fscanf(f, "%d", &pid) == 1 ? (pid_t)pid : 0;
}

int domain_shutdown(struct domain_connection *c, struct error *err)
{
        return virDomainShutdownFlags(c->domain, VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN) < 0
                       ? libvirt_error(err, "ask the guest to shut down")
                       : 0;
}

int domain_destroy(struct domain_connection *c, struct error *err)
{
        /* Without GRACEFUL libvirt kills QEMU where asking did not help. */
        return virDomainDestroy(c->domain) < 0 ? libvirt_error(err, "destroy the guest") : 0;
}

int domain_ended(struct domain_connection *c, bool *ret_ended, enum domain_end *ret_end)
{
        uint64_t count;
        int ended;

        if (read(c->event_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
                return -errno;
        if (atomic_load(&c->lost))
                return -ECONNRESET;
        ended = atomic_load(&c->ended);
        *ret_ended = ended > 0;
        if (ended > 0)
                *ret_end = (enum domain_end)(ended - 1);
        return 0;
}

void domain_forget(struct domain_connection *c)
{
        if (c->domain)
                virDomainUndefineFlags(c->domain, UNDEFINE_FLAGS);
}

int domain_kill(struct domain_connection *c, const char *name, struct error *err)
{
        virDomainPtr domain = virDomainLookupByName(c->conn, name);
        virErrorPtr e;
        int r = 0;

        if (!domain) {
                e = virGetLastError();
                if (e && e->code == VIR_ERR_NO_DOMAIN)
                        return 0;
                return libvirt_error(err, "look the domain up");
        }
        if (virDomainIsActive(domain) == 1 && virDomainDestroy(domain) < 0 &&
            virDomainIsActive(domain) == 1)
                r = libvirt_error(err, "destroy the guest");
        if (r == 0)
                virDomainUndefineFlags(domain, UNDEFINE_FLAGS);
        virDomainFree(domain);
        return r;
}
