/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/plug.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "podgraft/json.h"

#define LOOK_EVERY_MSEC 20
#define ANSWERS_AT_ONCE 64
#define CHILD_MSEC      5000 /* until a killed run's child has become a program */
#define PATIENCE_SEC    30   /* of up and down; a guest that boots answers nothing for a while */

/* --- is there a run? --- */

static uint64_t now_msec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int plug_run_begin(struct netns_lock *ret, struct error *err)
{
        uint64_t deadline = now_msec() + CHILD_MSEC;
        int r;

        while ((r = netns_lock_try(NETNS_LOCK_RUN, ret)) == -EBUSY) {
                if (plug_run_lives() || now_msec() >= deadline)
                        return error_set(err, -EBUSY,
                                         "another 'podgraft run' lives in this network namespace; "
                                         "end it with SIGTERM first");
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
        return r < 0 ? netns_lock_error(r, "say that a run lives here", err) : 0;
}

void plug_run_answer(int fd)
{
        for (int i = 0; i < ANSWERS_AT_ONCE; i++) {
                _cleanup_close_ int asking = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

                if (asking < 0)
                        return;
        }
}

static bool is_dead(pid_t pid)
{
        _cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        struct pollfd p = { .fd = pidfd, .events = POLLIN };

        return pidfd >= 0 ? poll(&p, 1, 0) > 0 : errno == ESRCH;
}

/*
 * A run that was killed may have left a child that has the lock, until it becomes a program: that
 * is waited for. Who has the name can lie about being dead, so that alone is not believed.
 */
bool plug_run_lives(void)
{
        uint64_t deadline = now_msec() + CHILD_MSEC;

        while (netns_lock_is_held(NETNS_LOCK_RUN)) {
                pid_t holder;
                _cleanup_close_ int fd = netns_lock_connect(NETNS_LOCK_RUN, &holder);

                /* Of another PID namespace it has no number. */
                if (fd < 0 || holder == 0 || !is_dead(holder) || now_msec() >= deadline)
                        return true;
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
        return false;
}

/* --- the files --- */

static char *path_of(const char *dir, const char *name, enum plug_file which)
{
        static const char *const suffixes[] = {
                [PLUG_WANTED] = "guest",
                [PLUG_ATTACHED] = "attached",
                [PLUG_REFUSED] = "refused",
        };
        char *path;

        return asprintf(&path, "%s/%s.%s", dir, name, suffixes[which]) < 0 ? NULL : path;
}

bool plug_has(const char *dir, const char *name, enum plug_file which)
{
        _cleanup_free_ char *path = path_of(dir, name, which);

        return path && access(path, F_OK) == 0;
}

void plug_unset(const char *dir, const char *name, enum plug_file which)
{
        _cleanup_free_ char *path = path_of(dir, name, which);

        if (path)
                unlink(path);
}

void plug_forget(const char *dir, const char *name)
{
        plug_unset(dir, name, PLUG_WANTED);
        plug_unset(dir, name, PLUG_ATTACHED);
        plug_unset(dir, name, PLUG_REFUSED);
}

static int write_json(const char *dir, const char *name, enum plug_file which,
                      struct json_object *o, struct error *err)
{
        _cleanup_free_ char *path = path_of(dir, name, which);

        return path ? json_write_file(path, o, err) : error_set(err, -ENOMEM, "out of memory");
}

int plug_set(const char *dir, const char *name, enum plug_file which, const char *text,
             struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = json_object_new_object();

        json_add_string(o, "why", text);
        return write_json(dir, name, which, o, err);
}

static void add_optional(struct json_object *o, const char *key, const char *text)
{
        if (text)
                json_add_string(o, key, text);
}

int plug_want(const char *dir, const char *name, const struct options *own, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = json_object_new_object();

        add_optional(o, "alias", own->alias);
        add_optional(o, "model", own->model);
        add_optional(o, "pci_address", own->pci_address);
        json_add_u64(o, "boot_order", own->boot_order);
        json_add_u64(o, "acpi_index", own->acpi_index);
        return write_json(dir, name, PLUG_WANTED, o, err);
}

static const char *optional(struct json_object *o, const char *key)
{
        const char *text;

        return json_has(o, key) && json_get_string(o, key, &text, NULL) == 0 ? text : NULL;
}

int plug_read(const char *dir, const char *name, struct options *own, struct json_object **ret_json,
              struct error *err)
{
        _cleanup_free_ char *path = path_of(dir, name, PLUG_WANTED);
        uint64_t boot_order, acpi_index;
        int r;

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        if ((r = json_read_own_file(path, ret_json, err)) < 0 ||
            (r = json_get_u64(*ret_json, "boot_order", UINT32_MAX, &boot_order, err)) < 0 ||
            (r = json_get_u64(*ret_json, "acpi_index", UINT32_MAX, &acpi_index, err)) < 0)
                return r;
        own->alias = optional(*ret_json, "alias");
        own->model = optional(*ret_json, "model");
        own->pci_address = optional(*ret_json, "pci_address");
        own->boot_order = (uint32_t)boot_order;
        own->acpi_index = (uint32_t)acpi_index;
        return 0;
}

/* --- up and down --- */

static int was_refused(const char *dir, const char *name, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *o = NULL;
        _cleanup_free_ char *path = path_of(dir, name, PLUG_REFUSED);
        const char *why = NULL;

        if (path && json_read_own_file(path, &o, NULL) == 0)
                json_get_string(o, "why", &why, NULL);
        return error_set(err, -EIO, "give '%s' to the guest: %s", name, why ? why : "refused");
}

int plug_in(const char *dir, const char *name, const struct options *own, struct error *err)
{
        uint64_t deadline = now_msec() + PATIENCE_SEC * 1000;
        int r;

        plug_unset(dir, name, PLUG_REFUSED);
        r = plug_want(dir, name, own, err);
        while (r == 0 && !plug_has(dir, name, PLUG_ATTACHED)) {
                if (plug_has(dir, name, PLUG_REFUSED))
                        r = was_refused(dir, name, err);
                else if (!plug_run_lives())
                        r = error_set(err, -ESRCH, "the guest ended meanwhile");
                else if (now_msec() >= deadline)
                        r = error_set(err, -ETIMEDOUT,
                                      "'podgraft run' did not give '%s' to the "
                                      "guest within %d s",
                                      name, PATIENCE_SEC);
                else
                        poll(NULL, 0, LOOK_EVERY_MSEC);
        }
        return r;
}

int plug_out(const char *dir, const char *name, struct error *err)
{
        uint64_t deadline = now_msec() + PATIENCE_SEC * 1000;

        plug_unset(dir, name, PLUG_WANTED);
        while (plug_has(dir, name, PLUG_ATTACHED) && plug_run_lives()) {
                if (now_msec() >= deadline)
                        return error_set(
                                err, -ETIMEDOUT,
                                "the guest was asked to let go of '%s' and has not done so "
                                "within %d s; it may be booting, or cannot unplug devices: "
                                "try again, or end it",
                                name, PATIENCE_SEC);
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
        return 0;
}
