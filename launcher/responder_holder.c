/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/responder_holder.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include "launcher/responder_process.h"

#define STOP_MSEC       5000 /* its farewell takes a moment, on a busy machine seconds */
#define STOP_ATTEMPTS   3
#define LOOK_EVERY_MSEC 50

static bool is_known(const struct holders *h, pid_t pid)
{
        for (size_t i = 0; i < h->n; i++)
                if (h->at[i].pid == pid)
                        return true;
        return false;
}

int holders_find(struct holders *h, const char *path, struct error *err)
{
        _cleanup_close_ int pidfd = -1;
        pid_t pid, again;
        int r = dhcp_lock_holder(path, &pid);

        if (r < 0)
                return error_errno(err, r, "look who holds '%s.lock'", path);
        if (pid == 0 || is_known(h, pid))
                return 0;
        if (pid < 0)
                return error_set(err, -ESRCH,
                                 "the responder runs in a PID namespace that cannot be seen from "
                                 "here; stop it from there");
        pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (pidfd < 0 && errno != ESRCH)
                return error_errno(err, -errno, "watch the responder (process %d)", pid);
        /* Asked again with the pidfd open: it still holds the lock, so the pidfd is of it. */
        if (pidfd < 0 || dhcp_lock_holder(path, &again) < 0 || again != pid ||
            h->n == ARRAY_SIZE(h->at))
                return 0;
        h->at[h->n].pid = pid;
        h->at[h->n++].pidfd = take_fd(&pidfd);
        return 0;
}

pid_t holders_end(const struct holders *h, int signo)
{
        for (size_t i = 0; i < h->n; i++)
                if (syscall(SYS_pidfd_send_signal, h->at[i].pidfd, signo, NULL, 0) < 0 &&
                    errno == EPERM)
                        return h->at[i].pid;
        for (size_t i = 0; i < h->n; i++) {
                struct pollfd p = { .fd = h->at[i].pidfd, .events = POLLIN };

                if (poll(&p, 1, STOP_MSEC) == 0) {
                        syscall(SYS_pidfd_send_signal, p.fd, SIGKILL, NULL, 0);
                        poll(&p, 1, STOP_MSEC);
                }
        }
        return 0;
}

void holders_done(struct holders *h)
{
        while (h->n > 0)
                close(h->at[--h->n].pidfd);
}

pid_t responder_holder(const char *shared_path, const char *tap)
{
        pid_t pid;
        int r = dhcp_lock_holder(shared_path, &pid);

        if (r == -EACCES && tap)
                return has_packet_socket(tap) ? -1 : 0;
        return r < 0 ? 0 : pid;
}

bool responder_is_alive(const char *shared_path, pid_t *ret_pid)
{
        pid_t pid = responder_holder(shared_path, NULL);

        if (ret_pid)
                *ret_pid = pid > 0 ? pid : 0;
        return pid != 0;
}

bool responder_await(const char *shared_path, const char *tap, int timeout_msec)
{
        for (; timeout_msec > 0; timeout_msec -= LOOK_EVERY_MSEC) {
                if (responder_holder(shared_path, tap) != 0)
                        return true;
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
        return responder_holder(shared_path, tap) != 0;
}

int responder_stop(const char *shared_path, struct error *err)
{
        pid_t pid;

        /* A podgraft that was killed may have left one that waits to follow this one. */
        for (int i = 0; i < STOP_ATTEMPTS; i++) {
                struct holders h = { 0 };
                int r = holders_find(&h, shared_path, err);

                if (r == 0 && (pid = holders_end(&h, SIGTERM)) > 0)
                        r = error_set_class(err, ERROR_CANNOT, -EPERM,
                                            "end the responder (process %d): not permitted to "
                                            "this user",
                                            pid);
                holders_done(&h);
                if (r < 0 || !responder_is_alive(shared_path, &pid))
                        return r;
        }
        return error_set(err, -EBUSY, "the responder (process %d) does not end", pid);
}
