/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/responder_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "launcher/responder_equip.h"
#include "launcher/responder_holder.h"
#include "podgraft/log.h"

#define READY_MSEC 15000

void responder_remove_log(const char *log_path)
{
        _cleanup_free_ char *old = NULL;

        unlink(log_path);
        if (asprintf(&old, "%s.old", log_path) > 0)
                unlink(old);
}

/* --- is it as it should be? --- */

/*
 * Whom the pod or the user tell something else by now is to be followed by another one. So is who
 * serves a tap that was made again under its old name: it is about to end.
 */
static bool tells_the_same(const char *shared_path, const struct dhcp_conf *lease)
{
        const struct dhcp_shared *shared;
        bool same;
        int fd;

        if (dhcp_shared_open(shared_path, &shared, &fd, NULL) < 0)
                return false; /* of another version: we could not even tell whom it serves */
        same = atomic_load(&shared->conf_fingerprint) == dhcp_conf_fingerprint(lease);
        dhcp_shared_close(shared, fd);
        return same;
}

bool responder_tells(const struct responder_tap *tap)
{
        _cleanup_free_ struct dhcp_conf *lease = NULL;

        return responder_lease(tap, NULL, &lease, NULL) == 0 &&
               tells_the_same(tap->shared_path, lease);
}

struct wish {
        const struct responder_tap *taps;
        size_t n;
        const char *const *leaving;
        size_t n_leaving;
        const struct responder_how *how;
        struct dhcp_conf *leases[DHCP_MAX_TAPS];
};

/* All of them, none of those that are leaving, and by one process. */
static bool is_fulfilled(const struct wish *w, pid_t *ret_pid)
{
        pid_t pid;

        for (size_t i = 0; i < w->n_leaving; i++)
                if (responder_is_alive(w->leaving[i], NULL))
                        return false;
        for (size_t i = 0; i < w->n; i++) {
                const char *path = w->taps[i].shared_path;

                if (!responder_is_alive(path, &pid) || (i > 0 && pid != *ret_pid) ||
                    !tells_the_same(path, w->leases[i]))
                        return false;
                *ret_pid = pid;
        }
        return true;
}

static int find_holders(const struct wish *w, struct holders *ret, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < w->n; i++) {
                size_t before = ret->n;

                r = holders_find(ret, w->taps[i].shared_path, err);
                if (r == 0 && w->taps[i].is_adopted && ret->n == before)
                        holders_find_strays(ret, w->taps[i].net->tap,
                                            if_nametoindex(w->taps[i].net->tap));
        }
        for (size_t i = 0; r == 0 && i < w->n_leaving; i++)
                r = holders_find(ret, w->leaving[i], err);
        return r;
}

/* --- a new one --- */

/* Without anybody to give it the word it ends by itself, too. Return: how it ended */
static int kill_new(int fd, pid_t pid)
{
        int status = 0;

        shutdown(fd, SHUT_RDWR);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        return status;
}

/* @word: what is waited for; anything else is the reason why not. */
static int await_word(int fd, const char *word, pid_t pid, struct error *err)
{
        struct pollfd p = { .fd = fd, .events = POLLIN };
        char text[512];
        ssize_t n = 0;
        int r, status;

        do
                r = poll(&p, 1, READY_MSEC);
        while (r < 0 && errno == EINTR);
        if (r > 0)
                n = recv(fd, text, sizeof(text) - 1, 0);
        if (n == 1 && text[0] == *word)
                return 0;
        status = kill_new(fd, pid);
        if (r == 0)
                return error_set(err, -ETIMEDOUT, "the responder was not ready within %d ms",
                                 READY_MSEC);
        text[n > 0 ? n : 0] = '\0';
        if (n > 0)
                return error_set(err, -EIO, "start the responder: %s", text);
        return error_set(err, -EIO, "start the responder: it ended without a word: %s",
                         WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "no signal");
}

static int spawn(const struct equipment *e, bool guarded, int ready_fd, pid_t *ret_pid,
                 struct error *err)
{
        const struct process_how how = { .apart = true };
        _cleanup_free_ char *program = process_libexec("podgraft-dhcpd");
        _cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        struct process_fd fds[EQUIPMENT_FDS(DHCP_MAX_TAPS) + 3];
        size_t n = equipment_list(e, fds);
        struct responder_arguments a;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        if (null_fd < 0)
                return error_errno(err, -errno, "open '/dev/null'");
        arguments_begin(&a, program);
        arguments_add_equipment(&a, e);
        arguments_add(&a, "--ready-fd=%d", ready_fd);
        fds[n++] = (struct process_fd){ ready_fd, PROCESS_SAME_FD };
        /* It outlives us: whoever reads our output to its end must not wait for it. */
        fds[n++] = (struct process_fd){ null_fd, STDOUT_FILENO };
        fds[n++] = (struct process_fd){ null_fd, STDERR_FILENO };
        if (guarded)
                arguments_add(&a, "--guard");
        arguments_add(&a, "--own-pids");
        return process_spawn(a.argv, fds, n, &how, ret_pid, err);
}

static void warn_of_sandbox(const struct equipment *e)
{
        struct dhcp_shared shared;
        char missing[256];

        if (pread(e->taps[0].shared, &shared, sizeof(shared), 0) == sizeof(shared) &&
            *dhcp_sandbox_missing(shared.sandbox, missing, sizeof(missing)))
                log_warning("sandbox-incomplete", "the responder's sandbox lacks: %s", missing);
}

/* Before the first of them hears that another one follows. */
static void tell_who_leaves(const struct wish *w)
{
        struct error err = ERROR_INIT;

        for (size_t i = 0; i < w->n_leaving; i++)
                if (responder_is_alive(w->leaving[i], NULL) &&
                    dhcp_shared_leave(w->leaving[i], &err) < 0)
                        log_debug(NULL, "the guest will not be told: %s", err.message);
}

/*
 * The word to go on is given before the holders are told to end, so that, whoever kills us, one of
 * the two serves: without the word a new one ends with us.
 */
static int take_over(const struct wish *w, const struct holders *h, int fd, pid_t pid,
                     bool *ret_ended, struct error *err)
{
        int r = await_word(fd, DHCP_PREPARED, pid, err);

        if (r < 0)
                return r;
        tell_who_leaves(w);
        if (send(fd, DHCP_GO, 1, MSG_NOSIGNAL) != 1) {
                r = error_errno(err, -errno, "give the responder the word");
                kill_new(fd, pid);
                return r;
        }
        *ret_ended = h->n > 0;
        holders_end(h, SIGHUP);
        return await_word(fd, DHCP_READY, pid, err);
}

static int start(const struct wish *w, const struct holders *h, bool *ret_ended, pid_t *ret_pid,
                 struct error *err)
{
        _cleanup_close_ int ours = -1, theirs = -1;
        struct equipment e;
        int pair[2], r;
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return error_errno(err, -errno, "create a pair of sockets");
        ours = pair[0];
        theirs = pair[1];
        r = responder_equip(w->taps, w->leases, w->n, w->how, &e, err);
        if (r == 0)
                r = spawn(&e, w->how->guarded, theirs, &pid, err);
        close(take_fd(&theirs));
        if (r == 0)
                r = take_over(w, h, ours, pid, ret_ended, err);
        if (r == 0) {
                *ret_pid = pid;
                warn_of_sandbox(&e);
        }
        equipment_done(&e);
        return r;
}

/* --- the story --- */

static int make_leases(struct wish *w, struct error *err)
{
        int r = 0;

        if (w->n > DHCP_MAX_TAPS)
                return error_set(err, -E2BIG, "one responder serves %d taps at most",
                                 DHCP_MAX_TAPS);
        for (size_t i = 0; r == 0 && i < w->n; i++)
                r = responder_lease(&w->taps[i], w->how->notes, &w->leases[i], err);
        return r;
}

static int stop_leaving(const struct wish *w, struct error *err)
{
        int first = 0;

        for (size_t i = 0; i < w->n_leaving; i++) {
                int r = responder_stop(w->leaving[i], err);

                first = first < 0 ? first : r;
        }
        return first;
}

/* @ret_ended: who served before was ended, whether or not the new one has begun */
static int serve_anew(const struct wish *w, bool *ret_ended, pid_t *ret_pid, struct error *err)
{
        struct holders h = { 0 };
        int r = find_holders(w, &h, err);

        if (r == 0) {
                if (h.n > 0)
                        log_info("responder-follows",
                                 "what is to be served, or what a guest is told, is another by "
                                 "now; another responder takes over");
                r = start(w, &h, ret_ended, ret_pid, err);
        }
        holders_done(&h);
        return r;
}

static int serve_wish(const struct wish *w, pid_t *ret_pid, struct error *err)
{
        bool ended = false;
        int r;

        if (w->how->guarded && is_fulfilled(w, ret_pid))
                return 0;
        r = serve_anew(w, &ended, ret_pid, err);
        if (r == 0)
                return 0;
        /* One that a killed podgraft had just started was faster to take the locks. */
        if (w->how->guarded && is_fulfilled(w, ret_pid)) {
                error_clear(err);
                return 0;
        }
        if (!ended)
                return r;
        /* That one, with another set; or the new one was killed: nobody is to be left unserved. */
        error_clear(err);
        return serve_anew(w, &ended, ret_pid, err);
}

int responder_serve(const struct responder_tap *taps, size_t n, const char *const *leaving,
                    size_t n_leaving, const struct responder_how *how, pid_t *ret_pid,
                    struct error *err)
{
        struct wish w = {
                .taps = taps, .n = n, .leaving = leaving, .n_leaving = n_leaving, .how = how
        };
        int r;

        *ret_pid = 0;
        if (n == 0)
                return stop_leaving(&w, err);
        r = make_leases(&w, err);
        if (r == 0)
                r = serve_wish(&w, ret_pid, err);
        for (size_t i = 0; i < ARRAY_SIZE(w.leases); i++)
                free(w.leases[i]);
        return r;
}

/* --- in the foreground --- */

/*
 * Of a terminal or an input of its parent's the responder keeps nothing to read. Our stderr is its
 * log: as an opening of its own, so that it can be told not to wait for who reads it.
 */
static int keep_log_only(struct error *err)
{
        _cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        _cleanup_close_ int log_fd =
                open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

        if (null_fd < 0)
                return error_errno(err, -errno, "open '/dev/null'");
        if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(null_fd, STDOUT_FILENO) < 0 ||
            (log_fd >= 0 && dup2(log_fd, STDERR_FILENO) < 0)) /* a socket cannot be opened */
                return error_errno(err, -errno, "arrange the responder's descriptors");
        return 0;
}

static int exec_equipped(const struct equipment *e, struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-dhcpd");
        struct process_fd fds[EQUIPMENT_FDS(DHCP_MAX_TAPS)];
        size_t n = equipment_list(e, fds);
        struct responder_arguments a;
        int r;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        arguments_begin(&a, program);
        arguments_add_equipment(&a, e);
        arguments_add(&a, "--log-fd=%d", STDERR_FILENO);
        for (size_t i = 0; i < n; i++)
                fcntl(fds[i].fd, F_SETFD, 0);
        r = keep_log_only(err);
        if (r < 0)
                return r;
        execv(program, a.argv);
        return error_errno(err, -errno, "start '%s'", program);
}

int responder_exec_foreground(const struct responder_tap *taps, size_t n,
                              const struct responder_how *how, struct error *err)
{
        struct wish w = { .taps = taps, .n = n, .how = how };
        struct equipment e;
        pid_t pid;
        int r;

        for (size_t i = 0; i < n; i++)
                if (responder_is_alive(taps[i].shared_path, &pid))
                        return error_set(err, -EBUSY,
                                         "a responder serves this pod already (process %d)", pid);
        r = make_leases(&w, err);
        if (r < 0)
                return r;
        r = responder_equip(taps, w.leases, n, how, &e, err);
        if (r == 0)
                r = exec_equipped(&e, err);
        equipment_done(&e);
        return r;
}
