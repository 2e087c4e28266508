/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define CHILD_STACK (64u << 10)
#define TARGETS_MAX 16          /* descriptors that a child gets by another number */
#define OUTPUT_MAX  (16u << 20) /* bytes; a patched domain of the largest allowed size fits */

char *process_libexec(const char *name)
{
        const char *dir = getenv("PODGRAFT_LIBEXECDIR");
        char *path;

        return asprintf(&path, "%s/%s", dir && *dir ? dir : PKGLIBEXECDIR, name) < 0 ? NULL : path;
}

/* Descriptors move out of each other's way first, then to their places. */
static int child_place_fds(const struct process_fd *fds, size_t n)
{
        int moved[TARGETS_MAX], last = 0;

        for (size_t i = 0; i < n; i++) {
                bool stays = fds[i].target == PROCESS_SAME_FD;
                int r = stays ? fcntl(fds[i].fd, F_SETFD, 0)
                              : fcntl(fds[i].fd, F_DUPFD_CLOEXEC, 64);

                if (r < 0)
                        return -errno;
                if (!stays)
                        moved[last++] = r;
        }
        last = 0;
        for (size_t i = 0; i < n; i++)
                if (fds[i].target != PROCESS_SAME_FD && dup2(moved[last++], fds[i].target) < 0)
                        return -errno;
        return 0;
}

/* Leaving uid 0 drops every capability; with this no exec brings one back. */
static int become(const struct owner *as)
{
        gid_t group = as && as->given ? as->gid : 0;

        if (!as || !as->given)
                return 0;
        if (setgroups(1, &group) < 0 || setresgid(group, group, group) < 0 ||
            setresuid(as->uid, as->uid, as->uid) < 0)
                return -errno;
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

__attribute__((noreturn)) static void child_exec(char *const argv[], const struct process_fd *fds,
                                                 size_t n_fds, const struct process_how *how,
                                                 pid_t parent, int report_fd)
{
        sigset_t none;
        int null_fd, r;

        setsid();
        for (int s = 1; s < NSIG; s++)
                signal(s, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        r = become(how->as);
        /* After that: becoming somebody else forgets it. */
        if (how->death_signal) {
                prctl(PR_SET_PDEATHSIG, how->death_signal);
                if (getppid() != parent) /* it died before the line above */
                        _exit(1);
        }
        null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (null_fd >= 0)
                dup2(null_fd, STDIN_FILENO);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        if (r == 0)
                r = child_place_fds(fds, n_fds);
        if (r == 0) {
                execv(argv[0], argv);
                r = -errno;
        }
        if (write(report_fd, &r, sizeof(r)) < 0)
                _exit(126);
        _exit(127);
}

struct child {
        char *const *argv;
        const struct process_fd *fds;
        size_t n_fds;
        const struct process_how *how;
        pid_t parent;
        int report_fd;
};

static int child_main(void *user)
{
        const struct child *c = user;

        child_exec(c->argv, c->fds, c->n_fds, c->how, c->parent, c->report_fd);
}

/*
 * Until its exec it runs in our memory, on a stack of its own, while we wait: nothing is copied. A
 * sanitizer, which watches our stack, would not bear that.
 */
static pid_t spawn_child(struct child *child, int flags)
{
#ifdef PODGRAFT_SANITIZED
        long pid = syscall(SYS_clone3,
                           &(struct clone_args){ .flags = (unsigned)flags, .exit_signal = SIGCHLD },
                           sizeof(struct clone_args));

        return pid == 0 ? child_main(child) : (pid_t)pid;
#else
        _Alignas(16) char stack[CHILD_STACK];

        return clone(child_main, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD | flags,
                     child);
#endif
}

int process_spawn(char *const argv[], const struct process_fd *fds, size_t n_fds,
                  const struct process_how *how, pid_t *ret, struct error *err)
{
        static const struct process_how plain;
        _cleanup_close_ int report_read = -1, report_write = -1;
        int report[2], failure = 0;
        pid_t pid, parent = getpid();
        struct child child;
        size_t targets = 0;
        ssize_t n;

        for (size_t i = 0; i < n_fds; i++)
                targets += fds[i].target != PROCESS_SAME_FD;
        if (targets > TARGETS_MAX)
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
        how = how ? how : &plain;
        child = (struct child){ argv, fds, n_fds, how, parent, report_write };
        pid = how->apart ? spawn_child(&child, CLONE_NEWPID) : -1;
        if (pid < 0)
                pid = spawn_child(&child, 0);
        if (pid < 0)
                return error_errno(err, -errno, "fork for '%s'", argv[0]);
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

int process_call_as(const struct owner *as, int (*call)(void *user), void *user)
{
        int status = 0, r;
        pid_t pid;

        if (!as || !as->given)
                return call(user);
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                r = become(as);
                _exit(-(r < 0 ? r : call(user)) & 0xff);
        }
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

struct killing {
        pid_t pid;
        int signo;
};

static int do_kill(void *user)
{
        const struct killing *k = user;

        return kill(k->pid, k->signo) < 0 ? -errno : 0;
}

int process_kill(const struct owner *as, pid_t pid, int signo)
{
        return process_call_as(as, do_kill, &(struct killing){ pid, signo });
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

int process_capture(char *const argv[], int stdin_fd, const struct owner *as,
                    struct process_result *ret, struct error *err)
{
        const struct process_how how = { .death_signal = SIGKILL, .as = as };
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

        r = process_spawn(argv, fds, stdin_fd >= 0 ? 3 : 2, &how, &pid, err);
        close(out[1]);
        close(errors[1]);
        if (r == 0) {
                r = read_both(out[0], errors[0], ret);
                if (r < 0) {
                        process_kill(as, pid, SIGKILL);
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
