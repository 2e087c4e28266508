/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_domain_sandbox.c - what podgraft-domain cannot do any more once it looks at the XML
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "domain/sandbox.h"
#include "tests/unit/unit.h"

#ifdef PODGRAFT_SANITIZED
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* How the sandboxed child ended, as waitpid() has it; with @attempt's result as its status. */
static int in_sandbox(int (*attempt)(void))
{
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                struct error err = ERROR_INIT;

                if (domain_sandbox_enter(&err) < 0)
                        syscall(SYS_exit_group, 99);
                syscall(SYS_exit_group, attempt()); /* _exit() is a sanitizer's */
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        return status;
}

/* --- what it needs --- */

static int use_memory(void)
{
        char *small = malloc(100), *large = malloc(32u << 20);

        if (!small || !large)
                return 1;
        memset(large, 1, 32u << 20);
        large = realloc(large, 64u << 20);
        if (!large)
                return 2;
        free(large);
        free(small);
        return 0;
}

static int write_nothing(void)
{
        return write(STDERR_FILENO, "", 0) < 0;
}

/* --- what it must not --- */

static int open_file(void)
{
        return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}
static int make_socket(void)
{
        return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}
static int start_program(void)
{
        execl("/bin/true", "true", NULL);
        return errno;
}
static int fork_once(void)
{
        return fork() < 0 ? errno : 0;
}
static int map_code(void)
{
        return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                    0) == MAP_FAILED
                       ? errno
                       : 0;
}
static int become_other(void)
{
        return setuid(1) < 0 ? errno : 0;
}
static int use_too_much(void)
{
        void *volatile much = malloc(DOMAIN_MEMORY_MAX);

        return much ? 0 : ENOMEM;
}

static const struct {
        const char *what;
        int (*attempt)(void);
        int status; /* what it exits with; negative: the signal that kills it */
} attempts[] = {
        { "memory", use_memory, 0 },
        { "writing", write_nothing, 0 },
        { "opening a file", open_file, EACCES },
        { "a socket", make_socket, -SIGSYS },
        { "an exec", start_program, -SIGSYS },
        { "a fork", fork_once, -SIGSYS },
        { "memory to execute", map_code, -SIGSYS },
        { "another user", become_other, -SIGSYS },
        { "too much memory", use_too_much, ENOMEM },
};

START_TEST(test_domain_sandbox_allows_memory_and_writing_only)
{
        int status = in_sandbox(attempts[_i].attempt);

        if (attempts[_i].status < 0)
                ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == -attempts[_i].status,
                              "%s: wait status %#x", attempts[_i].what, status);
        else
                ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == attempts[_i].status,
                              "%s: wait status %#x", attempts[_i].what, status);
}
END_TEST

/* --- what also holds without a filter of system calls, so also with sanitizers --- */

static int never_end(void)
{
        volatile unsigned n = 1;

        while (n)
                n |= 1;
        return 0;
}

START_TEST(test_domain_sandbox_ends_what_takes_too_long)
{
        /* A limit of the caller's that is lower is kept, and needs no privilege. */
        struct rlimit lower = { 2, 2 };
        int status;

        ck_assert_int_eq(setrlimit(RLIMIT_CPU, &lower), 0);
        status = in_sandbox(never_end);
        ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU, "wait status %#x",
                      status);
}
END_TEST

static int hold_capabilities(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, have) < 0)
                return 1;
        return have[0].effective || have[0].permitted || have[0].inheritable || have[1].permitted ||
               prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
               prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
}

/* With a filter, looking would be the end: tests/attacks/test_domain_xml.sh looks from outside. */
START_TEST(test_domain_sandbox_sanitized_holds_no_capability)
{
        int status = in_sandbox(hold_capabilities);

        if (SANITIZED)
                ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        else
                ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
END_TEST

static void add_tests(TCase *tc)
{
        if (!SANITIZED)
                tcase_add_loop_test(tc, test_domain_sandbox_allows_memory_and_writing_only, 0,
                                    ARRAY_SIZE(attempts));
        tcase_add_test(tc, test_domain_sandbox_ends_what_takes_too_long);
        tcase_add_test(tc, test_domain_sandbox_sanitized_holds_no_capability);
}

int main(void)
{
        return unit_main("domain_sandbox", add_tests);
}
