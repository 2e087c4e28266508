/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/responder_equip.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "launcher/mount_watch.h"
#include "podgraft/log.h"

static int conf_file(const struct dhcp_conf *lease, int *ret, struct error *err)
{
        _cleanup_close_ int fd = memfd_create("dhcp.conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0 || write(fd, lease, sizeof(*lease)) != sizeof(*lease) ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
                return error_errno(err, -errno, "hand the lease to the responder");
        *ret = take_fd(&fd);
        return 0;
}

/* A responder writes LOG_MOST_BYTES at most, so that this and the one before is all there is. */
static int log_open(const char *path, int *ret, struct error *err)
{
        const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
        _cleanup_close_ int fd = open(path, flags, 0640);
        _cleanup_free_ char *old = NULL;
        struct stat st;

        if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > LOG_MOST_BYTES &&
            asprintf(&old, "%s.old", path) > 0 && rename(path, old) == 0) {
                close(fd);
                fd = open(path, flags, 0640);
        }
        if (fd < 0)
                return error_errno(err, -errno, "open '%s'", path);
        *ret = take_fd(&fd);
        return 0;
}

/* It can do without, but then it ends only when told to. */
static void watch_mount(const char *path, int *ret)
{
        struct error err = ERROR_INIT;

        if (mount_watch_open(path, ret, &err) < 0)
                log_warning("mount-unwatched",
                            "%s; the responder will not end with the namespace, but keep it: "
                            "'podgraft down' ends it",
                            err.message);
}

int responder_lease(const struct responder_tap *tap, struct notes *notes, struct dhcp_conf **ret,
                    struct error *err)
{
        _cleanup_free_ struct dhcp_conf *lease = malloc(sizeof(*lease));
        unsigned ifindex = if_nametoindex(tap->net->tap);
        int r;

        if (!lease)
                return error_set(err, -ENOMEM, "out of memory");
        if (ifindex == 0)
                return error_set(err, -ENODEV, "there is no tap '%s'; 'podgraft up' mends that",
                                 tap->net->tap);
        r = dhcp_conf_from_podnet(tap->net, tap->options, tap->n_options, lease, notes, err);
        if (r < 0)
                return r;
        lease->lease_sec = tap->lease_sec;
        lease->tap_ifindex = ifindex;
        *ret = take_ptr(lease);
        return 0;
}

static int equip_tap(const struct responder_tap *tap, const struct dhcp_conf *lease,
                     struct tap_equipment *e, struct error *err)
{
        unsigned nic = if_nametoindex(tap->net->nic);
        int r;

        if ((r = dhcp_transport_open(lease->tap_ifindex, tap->net->mac, &e->socket, err)) < 0 ||
            (nic > 0 &&
             (r = dhcp_watch_open(nic, dhcp_conf_follows_gateway(lease), &e->nic, err)) < 0) ||
            (r = conf_file(lease, &e->conf, err)) < 0)
                return r;
        r = dhcp_lock_create(tap->shared_path, &e->lock, err);
        return r < 0 ? r : dhcp_shared_create(tap->shared_path, &e->shared, err);
}

int responder_equip(const struct responder_tap *taps, struct dhcp_conf *const *leases, size_t n,
                    const struct responder_how *how, struct equipment *ret, struct error *err)
{
        int r = 0;

        *ret = (struct equipment){ .taps = calloc(n, sizeof(*ret->taps)), .log = -1, .mount = -1 };
        if (!ret->taps)
                return error_set(err, -ENOMEM, "out of memory");
        for (size_t i = 0; r == 0 && i < n; i++) {
                ret->taps[ret->n++] = (struct tap_equipment){ -1, -1, -1, -1, -1 };
                r = equip_tap(&taps[i], leases[i], &ret->taps[i], err);
        }
        if (r == 0 && how->log_path)
                r = log_open(how->log_path, &ret->log, err);
        if (r == 0 && how->guarded && how->mount_path)
                watch_mount(how->mount_path, &ret->mount);
        return r;
}

void equipment_done(struct equipment *equipment)
{
        for (size_t i = 0; i < equipment->n; i++) {
                cleanup_close(&equipment->taps[i].socket);
                cleanup_close(&equipment->taps[i].conf);
                cleanup_close(&equipment->taps[i].shared);
                cleanup_close(&equipment->taps[i].lock);
                cleanup_close(&equipment->taps[i].nic);
        }
        cleanup_close(&equipment->log);
        cleanup_close(&equipment->mount);
        free(equipment->taps);
        *equipment = (struct equipment){ .log = -1, .mount = -1 };
}

/* --- the command line --- */

void arguments_add(struct responder_arguments *a, const char *fmt, ...)
{
        va_list args;

        va_start(args, fmt);
        vsnprintf(a->text[a->n], sizeof(a->text[a->n]), fmt, args);
        va_end(args);
        a->argv[a->n + 1] = a->text[a->n];
        a->argv[++a->n + 1] = NULL;
}

void arguments_begin(struct responder_arguments *a, char *program)
{
        a->n = 0;
        a->argv[0] = program;
        arguments_add(a, "--log-format=%d", (int)log_current_format());
        arguments_add(a, "--log-level=%d", (int)log_current_level());
}

void arguments_add_equipment(struct responder_arguments *a, const struct equipment *equipment)
{
        for (size_t i = 0; i < equipment->n; i++) {
                const struct tap_equipment *tap = &equipment->taps[i];

                arguments_add(a, "--tap=%d,%d,%d,%d,%d", tap->socket, tap->conf, tap->shared,
                              tap->lock, tap->nic);
        }
        if (equipment->log >= 0)
                arguments_add(a, "--log-fd=%d", equipment->log);
        if (equipment->mount >= 0)
                arguments_add(a, "--mount-fd=%d", equipment->mount);
}

size_t equipment_list(const struct equipment *equipment, struct process_fd *ret)
{
        size_t n = 0;

        for (size_t i = 0; i < equipment->n; i++) {
                const struct tap_equipment *tap = &equipment->taps[i];
                const int fds[] = { tap->socket, tap->conf, tap->shared, tap->lock, tap->nic };

                for (size_t k = 0; k < ARRAY_SIZE(fds); k++)
                        if (fds[k] >= 0)
                                ret[n++] = (struct process_fd){ fds[k], PROCESS_SAME_FD };
        }
        if (equipment->log >= 0)
                ret[n++] = (struct process_fd){ equipment->log, PROCESS_SAME_FD };
        if (equipment->mount >= 0)
                ret[n++] = (struct process_fd){ equipment->mount, PROCESS_SAME_FD };
        return n;
}
