/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * connection.c - libvirt: embedded in this process, or a daemon
 */
#include "domain/connection.h"

#include <fcntl.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

int libvirt_error(struct error *err, const char *what)
{
        virErrorPtr e = virGetLastError();
        char text[1024];

        snprintf(text, sizeof(text), "%s", e && e->message ? e->message : "unknown error");
        for (char *p = text; *p; p++)
                if (*p == '\n')
                        *p = ' ';
        return error_set(err, -EIO, "%s: %s", what, text);
}

static void keep_quiet(void *user _unused_, virErrorPtr e _unused_)
{
}

/*
 * The embedded driver's configuration:
 *   stdio_handler "file"       there is no virtlogd; the start would wait ten seconds for one
 *   cgroup_controllers []      cgroups belong to the container's runtime, and may not be mounted
 *   dynamic_ownership 0        the user's kernel and disks stay the user's
 *   remember_owner 0           needs extended attributes that a container's root may not set
 *   namespaces []              a private /dev needs SYS_ADMIN
 *   security_driver "none"     confinement is the container's
 *   user, group                who runs QEMU: as whom we run
 */
static int write_qemu_conf(const char *root, struct error *err)
{
        _cleanup_free_ char *etc = NULL, *path = NULL;
        _cleanup_fclose_ FILE *f = NULL;

        if (asprintf(&etc, "%s/etc", root) < 0 || asprintf(&path, "%s/etc/qemu.conf", root) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        if ((mkdir(root, 0755) < 0 && errno != EEXIST) || (mkdir(etc, 0755) < 0 && errno != EEXIST))
                return error_errno(err, -errno, "create '%s'", etc);
        f = fopen(path, "we");
        if (!f)
                return error_errno(err, -errno, "create '%s'", path);
        fprintf(f, "stdio_handler = \"file\"\n"
                   "cgroup_controllers = []\n"
                   "dynamic_ownership = 0\n"
                   "remember_owner = 0\n"
                   "namespaces = []\n"
                   "security_driver = \"none\"\n");
        if (geteuid() == 0)
                fprintf(f, "user = \"root\"\ngroup = \"root\"\n");
        return ferror(f) ? error_set(err, -EIO, "write '%s'", path) : 0;
}

/* No libvirt API but this may be called from here: it would wait for itself. */
static void *event_thread(void *user _unused_)
{
        for (;;)
                if (virEventRunDefaultImpl() < 0)
                        return NULL;
        return NULL;
}

static int start_event_loop(struct error *err)
{
        pthread_t thread;

        if (virEventRegisterDefaultImpl() < 0)
                return libvirt_error(err, "prepare libvirt's event loop");
        if (pthread_create(&thread, NULL, event_thread, NULL) != 0)
                return error_set(err, -EAGAIN, "start libvirt's event thread");
        pthread_detach(thread);
        return 0;
}

static void wake(struct domain_connection *c)
{
        uint64_t one = 1;

        if (write(c->event_fd, &one, sizeof(one)) < 0)
                return; /* it is readable already */
}

static void on_lifecycle(virConnectPtr conn _unused_, virDomainPtr domain, int event, int detail,
                         void *user)
{
        struct domain_connection *c = user;
        enum domain_end end;

        if (event == VIR_DOMAIN_EVENT_CRASHED)
                end = DOMAIN_END_CRASHED;
        else if (event != VIR_DOMAIN_EVENT_STOPPED)
                return;
        else if (detail == VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN)
                end = DOMAIN_END_SHUTDOWN;
        else if (detail == VIR_DOMAIN_EVENT_STOPPED_CRASHED)
                end = DOMAIN_END_CRASHED;
        else if (detail == VIR_DOMAIN_EVENT_STOPPED_DESTROYED)
                end = DOMAIN_END_DESTROYED;
        else
                end = DOMAIN_END_KILLED;
        if (!c->domain || strcmp(virDomainGetName(domain), virDomainGetName(c->domain)) != 0)
                return;
        if (atomic_load(&c->ended) == 0)
                atomic_store(&c->ended, 1 + (int)end);
        wake(c);
}

static void on_close(virConnectPtr conn _unused_, int reason _unused_, void *user)
{
        struct domain_connection *c = user;

        atomic_store(&c->lost, 1);
        wake(c);
}

/* libvirt's own log goes next to QEMU's: our standard error is for what concerns the user. */
static void log_to_file(const char *root)
{
        _cleanup_free_ char *output = NULL;

        if (asprintf(&output, "3:file:%s/libvirt.log", root) < 0) {
                output = NULL;
                return;
        }
        setenv("LIBVIRT_LOG_OUTPUTS", output, 0);
}

static int connection_open(struct domain_connection *c, const char *uri, struct error *err)
{
        _cleanup_free_ char *embed = NULL;

        if (c->embedded) {
                if (asprintf(&embed, "qemu:///embed?root=%s", c->root) < 0)
                        return error_set(err, -ENOMEM, "out of memory");
                uri = embed;
        }
        c->conn = virConnectOpen(uri);
        if (!c->conn)
                return libvirt_error(err, "connect to libvirt");
        c->callback =
                virConnectDomainEventRegisterAny(c->conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                 VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), c, NULL);
        if (c->callback < 0)
                return libvirt_error(err, "watch the domain");
        if (!c->embedded) {
                virConnectRegisterCloseCallback(c->conn, on_close, c, NULL);
                virConnectSetKeepAlive(c->conn, 5, 3);
        }
        return 0;
}

int domain_connect(const char *uri, const char *root, struct domain_connection **ret,
                   struct error *err)
{
        _cleanup_(cleanup_domain_disconnect) struct domain_connection *c = calloc(1, sizeof(*c));
        int r;

        if (!c)
                return error_set(err, -ENOMEM, "out of memory");
        c->callback = -1;
        c->embedded = uri == NULL;
        c->root = strdup(root);
        c->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (!c->root || c->event_fd < 0)
                return error_set(err, -ENOMEM, "out of memory");
        if (c->embedded) { /* before anything initialises libvirt, which reads the variable then */
                r = write_qemu_conf(c->root, err);
                if (r < 0)
                        return r;
                log_to_file(c->root);
        }
        virSetErrorFunc(NULL, keep_quiet); /* we say it ourselves */
        if ((r = start_event_loop(err)) < 0 || (r = connection_open(c, uri, err)) < 0)
                return r;
        *ret = take_ptr(c);
        return 0;
}

struct domain_connection *domain_disconnect(struct domain_connection *c)
{
        if (!c)
                return NULL;
        if (c->conn && c->callback >= 0)
                virConnectDomainEventDeregisterAny(c->conn, c->callback);
        if (c->domain)
                virDomainFree(c->domain);
        if (c->conn)
                virConnectClose(c->conn);
        if (c->event_fd >= 0)
                close(c->event_fd);
        free(c->root);
        free(c);
        return NULL;
}

int domain_event_fd(const struct domain_connection *c)
{
        return c->event_fd;
}
