/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define OUTPUT_MAX (16u << 20) /* bytes; a patched domain of the largest allowed size fits */

char *process_libexec(const char *name)
{
        const char *dir = getenv("PODGRAFT_LIBEXECDIR");
        char *path;

        return asprintf(&path, "%s/%s", dir && *dir ? dir : PKGLIBEXECDIR, name) < 0 ? NULL : path;
}

/* Descriptors move out of each other's way first, then to their places. */
static int child_place_fds(const struct process_fd *fds, size_t n)
{
        int moved[16];

        for (size_t i = 0; i < n; i++) {
                moved[i] = fcntl(fds[i].fd, F_DUPFD_CLOEXEC, 64);
                if (moved[i] < 0)
                        return -errno;
        }
        for (size_t i = 0; i < n; i++)
                if (dup2(moved[i], fds[i].target) < 0)
                        return -errno;
        return 0;
}

__attribute__((noreturn)) static void child_exec(char *const argv[], const struct process_fd *fds,
                                                 size_t n_fds, int death_signal, pid_t parent,
                                                 int report_fd)
{
        sigset_t none;
        int null_fd, r;

        setsid();
        for (int s = 1; s < NSIG; s++)
                signal(s, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (death_signal) {
                prctl(PR_SET_PDEATHSIG, death_signal);
                if (getppid() != parent) /* it died before the line above */
                        _exit(1);
        }
        null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null_fd >= 0)
                dup2(null_fd, STDIN_FILENO);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        r = child_place_fds(fds, n_fds);
        if (r == 0) {
                execv(argv[0], argv);
                r = -errno;
        }
        if (write(report_fd, &r, sizeof(r)) < 0)
                _exit(126);
        _exit(127);
}

int process_spawn(char *const argv[], const struct process_fd *fds, size_t n_fds, int death_signal,
                  pid_t *ret, struct error *err)
{
        _cleanup_close_ int report_read = -1, report_write = -1;
        int report[2], failure = 0;
        pid_t pid, parent = getpid();
        ssize_t n;

        if (n_fds > 16)
                return error_set(err, -E2BIG, "too many descriptors for '%s'", argv[0]);
        if (pipe2(report, O_CLOEXEC) < 0)
                return error_errno(err, -errno, "create a pipe");
        report_read = report[0];
        /* Out of the way of the descriptors' places in the child. */
        report_write = fcntl(report[1], F_DUPFD_CLOEXEC, 100);
        close(report[1]);
        if (report_write < 0)
                return error_errno(err, -errno, "create a pipe");
        fflush(stdout);
        pid = fork();
        if (pid < 0)
                return error_errno(err, -errno, "fork for '%s'", argv[0]);
        if (pid == 0)
                child_exec(argv, fds, n_fds, death_signal, parent, report_write);
        close(take_fd(&report_write));
        /* End of file: the exec closed it. */
        do
                n = read(report_read, &failure, sizeof(failure));
        while (n < 0 && errno == EINTR);
        if (n == sizeof(failure)) {
                waitpid(pid, NULL, 0);
                return error_errno(err, failure, "start '%s'", argv[0]);
        }
        *ret = pid;
        return 0;
}

/* Append what is there to read. Return: 1, 0 at the end of file, or negative errno. */
static int buffer_fill(int fd, char **buf, size_t *len)
{
        char *grown = realloc(*buf, *len + 65536 + 1);
        ssize_t n;

        if (!grown)
                return -ENOMEM;
        *buf = grown;
        n = read(fd, grown + *len, 65536);
        if (n < 0)
                return errno == EINTR || errno == EAGAIN ? 1 : -errno;
        *len += (size_t)n;
        grown[*len] = '\0';
        if (*len > OUTPUT_MAX)
                return -EFBIG;
        return n > 0;
}

static int read_both(int out_fd, int err_fd, struct process_result *result)
{
        struct pollfd polls[2] = { { .fd = out_fd, .events = POLLIN },
                                   { .fd = err_fd, .events = POLLIN } };
        size_t err_len = 0;

        while (polls[0].fd >= 0 || polls[1].fd >= 0) {
                if (poll(polls, 2, -1) < 0 && errno != EINTR)
                        return -errno;
                for (int i = 0; i < 2; i++) {
                        int r;

                        if (polls[i].fd < 0 || !polls[i].revents)
                                continue;
                        r = i == 0 ? buffer_fill(out_fd, &result->out, &result->out_len)
                                   : buffer_fill(err_fd, &result->err, &err_len);
                        if (r < 0)
                                return r;
                        if (r == 0)
                                polls[i].fd = -1;
                }
        }
        return 0;
}

int process_capture(char *const argv[], int stdin_fd, struct process_result *ret, struct error *err)
{
        int out[2], errors[2], r;
        pid_t pid = -1;

        *ret = (struct process_result){ 0 };
        if (pipe2(out, O_CLOEXEC) < 0)
                return error_errno(err, -errno, "create a pipe");
        if (pipe2(errors, O_CLOEXEC) < 0) {
                r = error_errno(err, -errno, "create a pipe");
                close(out[0]);
                close(out[1]);
                return r;
        }
        struct process_fd fds[] = { { out[1], STDOUT_FILENO },
                                    { errors[1], STDERR_FILENO },
                                    { stdin_fd, STDIN_FILENO } };

        r = process_spawn(argv, fds, stdin_fd >= 0 ? 3 : 2, SIGKILL, &pid, err);
        close(out[1]);
        close(errors[1]);
        if (r == 0) {
                r = read_both(out[0], errors[0], ret);
                if (r < 0) {
                        kill(pid, SIGKILL);
                        error_errno(err, r, "read from '%s'", argv[0]);
                }
                while (waitpid(pid, &ret->wait_status, 0) < 0 && errno == EINTR)
                        ;
        }
        close(out[0]);
        close(errors[0]);
        if (r < 0)
                process_result_done(ret);
        return r;
}

void process_result_done(struct process_result *result)
{
        free(result->out);
        free(result->err);
        *result = (struct process_result){ 0 };
}
