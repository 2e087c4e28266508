/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/wire.h"

#include <ftw.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/libvirt_dir.h"
#include "launcher/plug.h"
#include "launcher/process.h"
#include "launcher/progress.h"
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

int wire_make_libvirt_root(const struct netsetup *ns, const struct owner *as, char **ret,
                           struct error *err)
{
        _cleanup_free_ char *root = wire_libvirt_root(ns);
        int own_group = 0, r;

        if (!root)
                return error_set(err, -ENOMEM, "out of memory");
        if (as->given)
                own_group = setfsgid(as->gid);
        r = mkdir(root, as->given ? 0770 : 0755) < 0 && errno != EEXIST ? -errno : 0;
        if (as->given) {
                setfsgid((gid_t)own_group);
                if (r == 0 && chmod(root, 0770) < 0) /* whatever the umask says */
                        r = -errno;
        }
        if (r < 0)
                return error_errno(err, r, "create '%s'", root);
        *ret = take_ptr(root);
        return 0;
}

static int remove_entry(const char *path, const struct stat *st _unused_, int type _unused_,
                        struct FTW *ftw _unused_)
{
        return remove(path);
}

static int remove_tree(void *user)
{
        return nftw(user, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 ? -errno : 0;
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

/* What libvirt made is its user's; the directory itself is ours. */
static int forget_guest(struct netsetup *ns, struct error *err)
{
        _cleanup_free_ char *root = wire_libvirt_root(ns);

        if (!root)
                return error_set(err, -ENOMEM, "out of memory");
        process_call_as(netsetup_recorded_run_as(ns), remove_tree, root);
        remove_tree(root);
        return 0;
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
                first = forget_guest(ns[i], err);
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
