/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/libvirt_dir.h"
#include "launcher/plug.h"
#include "launcher/process.h"
#include "launcher/progress.h"
#include "podgraft/directory.h"
#include "podgraft/log.h"

int wire_up(struct netsetup *ns, struct error *err)
{
        struct notes notes = { 0 };
        int r = netsetup_up(ns, &notes, err);

        progress_end(); /* it may have waited for the interface */
        notes_log(&notes);
        return r;
}

char *wire_libvirt_root(const struct netsetup *ns)
{
        char *path;

        return asprintf(&path, "%s/libvirt", netsetup_dir(ns)) < 0 ? NULL : path;
}

/* --- the embedded driver's directory --- */

#define LIBVIRT_ROOT "libvirt" /* in netsetup_dir() */

struct libvirt_root {
        int fd;
        uid_t owner; /* of what is in it */
};

static int clear_root(void *user)
{
        const struct libvirt_root *root = user;

        return directory_clear(root->fd, NULL, root->owner);
}

/* What libvirt made is its user's, and is removed as that one; the directory itself is ours. */
static int remove_root(int dir, const struct owner *as)
{
        struct libvirt_root root = {
                .fd = openat(dir, LIBVIRT_ROOT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                .owner = as->given ? as->uid : DIRECTORY_ANY_USER,
        };
        struct stat st;

        if (root.fd >= 0) {
                if (fstat(root.fd, &st) == 0 && st.st_uid == geteuid())
                        process_call_as(as, clear_root, &root);
                close(root.fd);
        }
        return directory_remove(dir, LIBVIRT_ROOT, root.owner);
}

static int forget_root(const struct netsetup *ns, struct error *err)
{
        _cleanup_close_ int dir = -1;
        int r = directory_open(netsetup_dir(ns), 0, "--state-dir", &dir, err);

        if (r <= 0)
                return r;
        r = remove_root(dir, netsetup_recorded_run_as(ns));
        return r < 0 ? error_errno(err, r, "remove '%s/" LIBVIRT_ROOT "'", netsetup_dir(ns)) : 0;
}

static int make_root(int dir, const struct owner *as)
{
        _cleanup_close_ int fd = -1;
        int own_group = 0, r;

        if (as->given)
                own_group = setfsgid(as->gid);
        r = mkdirat(dir, LIBVIRT_ROOT, as->given ? 0770 : 0755) < 0 ? -errno : 0;
        if (as->given)
                setfsgid((gid_t)own_group);
        if (r < 0 || !as->given)
                return r;
        /* Whatever the umask says. */
        fd = openat(dir, LIBVIRT_ROOT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 || fchmod(fd, 0770) < 0 ? -errno : 0;
}

int wire_make_libvirt_root(const struct netsetup *ns, const struct owner *as, char **ret,
                           struct error *err)
{
        _cleanup_free_ char *root = wire_libvirt_root(ns);
        _cleanup_close_ int dir = -1;
        int r;

        if (!root)
                return error_set(err, -ENOMEM, "out of memory");
        r = directory_open(netsetup_dir(ns), DIRECTORY_MAKE, "--state-dir", &dir, err);
        if (r < 0)
                return r;
        /* An earlier run's belonged to its user, who may have put anything there. */
        r = remove_root(dir, as);
        if (r == 0)
                r = make_root(dir, as);
        if (r < 0)
                return error_errno(err, r, "create '%s' anew", root);
        *ret = take_ptr(root);
        return 0;
}

int wire_clear_libvirt(const struct options *options, const char *domain, struct error *err)
{
        const char *dir = options->libvirt_dir;
        int r;

        if ((r = libvirt_dir_check(dir, err)) < 0 ||
            (r = domain_end(options->connect, dir, &options->run_as, domain, err)) < 0)
                return r;
        return libvirt_dir_make(dir, err);
}

static int end_guest(const struct netsetup *ns, const char *domain, const char *connect,
                     struct error *err)
{
        _cleanup_free_ char *root = wire_libvirt_root(ns);

        return root ? domain_end(connect, root, netsetup_recorded_run_as(ns), domain, err)
                    : error_set(err, -ENOMEM, "out of memory");
}

int wire_end_guest(struct netsetup *const *ns, size_t n, struct error *err)
{
        _cleanup_free_ char *ended = NULL; /* the records of its interfaces all name it */
        int first = 0;

        for (size_t i = 0; i < n; i++) {
                const char *connect = NULL, *domain = netsetup_recorded_domain(ns[i], &connect);
                int r = 0;

                if (!domain)
                        continue;
                if (!ended || strcmp(ended, domain) != 0)
                        r = end_guest(ns[i], domain, connect, err);
                if (r == 0 && !ended)
                        ended = strdup(domain);
                if (r == 0)
                        r = netsetup_record_domain(ns[i], NULL, NULL,
                                                   netsetup_recorded_run_as(ns[i]), err);
                first = first < 0 ? first : r;
        }
        return first;
}

/* A failure leaves the record, which says what is left to be done: a later down needs it. */
static int half_done(int r, struct error *err)
{
        if (r < 0 && err && err->class != ERROR_CANNOT)
                err->class = ERROR_HALF_DONE;
        return r;
}

static int restore(struct netsetup *ns, struct error *err)
{
        struct notes notes = { 0 };
        int r;

        plug_forget(netsetup_dir(ns), netsetup_identity(ns)->interface);
        r = netsetup_down(ns, &notes, err);
        notes_log(&notes);
        return r;
}

/* Whoever supervises a guest that has them lets it let go of them first, and serves them no more.
 */
static int take_from_guest(struct netsetup *const *ns, size_t n, struct error *err)
{
        for (size_t i = 0; i < n; i++) {
                int r = plug_out(netsetup_dir(ns[i]), netsetup_identity(ns[i])->interface, err);

                if (r == 0 && netsetup_recorded_serving(ns[i])->guarded) /* it was never run's */
                        r = wire_unserve(&ns[i], 1, err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int end_users(struct netsetup *const *ns, size_t n, struct error *err)
{
        /* The guest first: it must not go on talking with an identity the pod takes back. */
        int first = wire_end_guest(ns, n, err), r;

        r = wire_unserve(ns, n, err);
        first = first < 0 ? first : r;
        for (size_t i = 0; first == 0 && i < n; i++)
                first = forget_root(ns[i], err);
        return half_done(first, err);
}

int wire_down(struct netsetup *const *ns, size_t n, struct error *err)
{
        struct netsetup *standing[POD_INTERFACES_MAX];
        size_t n_standing = 0;
        int first = 0;

        for (size_t i = 0; i < n && n_standing < ARRAY_SIZE(standing); i++)
                if (netsetup_is_recorded(ns[i]))
                        standing[n_standing++] = ns[i];
        if (n_standing == 0) /* a run's guest may have lost its last one */
                return 0;
        if (plug_run_lives() && (first = take_from_guest(standing, n_standing, err)) < 0)
                return first;
        /* It may have ended meanwhile. */
        if (!plug_run_lives() && (first = end_users(standing, n_standing, err)) < 0)
                return first;
        /* In reverse, as each was made with the ones before it in place. One that cannot be
         * restored must not keep the others. */
        for (size_t i = n_standing; i > 0; i--) {
                int r = restore(standing[i - 1], first < 0 ? NULL : err);

                first = first < 0 ? first : r;
        }
        return first;
}
