/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_sandbox.c - the allowlist as a program, and that the kernel kills for the rest
 */
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "dhcp/sandbox.h"
#include "tests/unit/dhcp_fixture.h"

#define HIGHEST_CALL 1024

static struct sock_filter code[SANDBOX_FILTER_MAX];
static unsigned short len;

/* --- the program, run by hand --- */

static uint32_t verdict(const struct seccomp_data *data)
{
        uint32_t acc = 0;

        for (unsigned short at = 0; at < len; at++) {
                const struct sock_filter *f = &code[at];

                switch (f->code) {
                case BPF_LD | BPF_W | BPF_ABS:
                        ck_assert_uint_le(f->k + 4, sizeof(*data));
                        memcpy(&acc, (const char *)data + f->k, 4);
                        break;
                case BPF_JMP | BPF_JEQ | BPF_K:
                        at = (unsigned short)(at + (acc == f->k ? f->jt : f->jf));
                        break;
                case BPF_RET | BPF_K:
                        return f->k;
                default:
                        ck_abort_msg("instruction %#x", f->code);
                }
        }
        ck_abort_msg("the program has no end");
        return 0;
}

static uint32_t native_arch(void)
{
        return code[1].k;
}

/* With which argument, if any: those that the program compares with are all there can be. */
static bool is_allowed(int number)
{
        struct seccomp_data data = { .nr = number, .arch = native_arch() };

        if (verdict(&data) == SECCOMP_RET_ALLOW)
                return true;
        for (unsigned short i = 0; i < len; i++) {
                for (int arg = 0; arg < 6; arg++)
                        data.args[arg] = code[i].k;
                if (verdict(&data) == SECCOMP_RET_ALLOW)
                        return true;
        }
        return false;
}

static unsigned count_allowed(void)
{
        unsigned n = 0;

        for (int number = 0; number < HIGHEST_CALL; number++)
                n += is_allowed(number);
        return n;
}

START_TEST(test_sandbox_filter_allows_few_calls)
{
        len = sandbox_filter(SANDBOX_WORKER, code);
        ck_assert_uint_eq(count_allowed(), 10);
        len = sandbox_filter(SANDBOX_GUARDIAN, code);
        ck_assert_uint_eq(count_allowed(), SANDBOX_CALLS_MAX);
}
END_TEST

START_TEST(test_sandbox_filter_worker_cannot_reach_out)
{
        static const int forbidden[] = { __NR_openat,  __NR_socket, __NR_connect,
                                         __NR_execve,  __NR_clone,  __NR_clone3,
                                         __NR_kill,    __NR_mmap,   __NR_mprotect,
                                         __NR_sendmsg, __NR_ioctl,  __NR_ptrace,
                                         __NR_prctl,   __NR_brk,    __NR_pidfd_send_signal };

        len = sandbox_filter(SANDBOX_WORKER, code);
        for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
                ck_assert_msg(!is_allowed(forbidden[i]), "call %d", forbidden[i]);
}
END_TEST

START_TEST(test_sandbox_filter_other_abis_are_killed)
{
        struct seccomp_data data = { .nr = __NR_write };

        len = sandbox_filter(SANDBOX_GUARDIAN, code);
        data.arch = native_arch();
        ck_assert_uint_eq(verdict(&data), SECCOMP_RET_ALLOW);
        data.arch = AUDIT_ARCH_I386;
        ck_assert_uint_eq(verdict(&data), SECCOMP_RET_KILL_PROCESS);
        data.arch = native_arch();
        data.nr = __NR_write | 0x40000000; /* x32 */
        ck_assert_uint_eq(verdict(&data), SECCOMP_RET_KILL_PROCESS);
}
END_TEST

START_TEST(test_sandbox_filter_arguments_are_looked_at_whole)
{
        struct seccomp_data data = { .nr = __NR_sendto };

        len = sandbox_filter(SANDBOX_WORKER, code);
        data.arch = native_arch();
        ck_assert_uint_eq(verdict(&data), SECCOMP_RET_ALLOW);
        data.args[4] = 1; /* an address */
        ck_assert_uint_eq(verdict(&data), SECCOMP_RET_KILL_PROCESS);
        data.args[4] = 1ull << 32;
        ck_assert_uint_eq(verdict(&data), SECCOMP_RET_KILL_PROCESS);
}
END_TEST

/* --- and by the kernel --- */

static long read_nothing(void)
{
        return syscall(SYS_read, -1, NULL, 0);
}
static long send_nothing(void)
{
        return syscall(SYS_sendto, -1, NULL, 0, 0, NULL, 0);
}
static long send_to_address(void)
{
        struct sockaddr any = { 0 };

        return syscall(SYS_sendto, -1, NULL, 0, 0, &any, sizeof(any));
}
static long open_file(void)
{
        return syscall(SYS_openat, -1, "/etc/passwd", 0);
}
static long make_socket(void)
{
        return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}
static long get_pid(void)
{
        return syscall(SYS_getpid);
}
static long limit_oneself(void)
{
        return syscall(SYS_prlimit64, 0, 0, NULL, NULL);
}
static long limit_another(void)
{
        return syscall(SYS_prlimit64, 1, 0, NULL, NULL);
}
static long fork_plainly(void)
{
#ifdef __s390x__
        return syscall(SYS_clone, NULL, SIGCHLD, NULL, NULL, NULL);
#else
        return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}
static long keep_capabilities(void)
{
        return syscall(SYS_prctl, PR_SET_KEEPCAPS, 1);
}

static const struct {
        enum sandbox_role role;
        long (*call)(void);
        bool allowed;
} calls[] = {
        { SANDBOX_WORKER, read_nothing, true },         { SANDBOX_WORKER, send_nothing, true },
        { SANDBOX_WORKER, send_to_address, false },     { SANDBOX_WORKER, open_file, false },
        { SANDBOX_WORKER, make_socket, false },         { SANDBOX_WORKER, get_pid, false },
        { SANDBOX_WORKER, limit_oneself, false },       { SANDBOX_WORKER, fork_plainly, false },
        { SANDBOX_GUARDIAN, read_nothing, true },       { SANDBOX_GUARDIAN, limit_oneself, true },
        { SANDBOX_GUARDIAN, limit_another, false },     { SANDBOX_GUARDIAN, fork_plainly, false },
        { SANDBOX_GUARDIAN, keep_capabilities, false }, { SANDBOX_GUARDIAN, open_file, false },
};

START_TEST(test_sandbox_forbidden_call_kills)
{
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                struct sock_fprog program = { .filter = code };

                program.len = sandbox_filter(calls[_i].role, code);
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                        _exit(2);
                calls[_i].call();
                syscall(SYS_exit_group, 0); /* _exit() is a sanitizer's */
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        if (calls[_i].allowed)
                ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        else
                ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}
END_TEST

/* --- what was had, in words --- */

START_TEST(test_sandbox_missing_parts_are_named)
{
        uint32_t all = (1u << DHCP_SANDBOX_N_PARTS) - 1;
        char text[256], small[8];

        ck_assert_str_eq(dhcp_sandbox_missing(all, text, sizeof(text)), "");
        ck_assert_str_eq(dhcp_sandbox_missing(all & ~(1u << DHCP_SANDBOX_LANDLOCK |
                                                      1u << DHCP_SANDBOX_PID_NAMESPACE),
                                              text, sizeof(text)),
                         "pid_namespace, landlock");
        ck_assert_uint_lt(strlen(dhcp_sandbox_missing(0, text, sizeof(text))), sizeof(text) - 1);
        ck_assert_str_eq(dhcp_sandbox_missing(0, small, sizeof(small)), "mount_n");
}
END_TEST

static void add_tests(TCase *tc)
{
        tcase_add_test(tc, test_sandbox_filter_allows_few_calls);
        tcase_add_test(tc, test_sandbox_filter_worker_cannot_reach_out);
        tcase_add_test(tc, test_sandbox_filter_other_abis_are_killed);
        tcase_add_test(tc, test_sandbox_filter_arguments_are_looked_at_whole);
        tcase_add_loop_test(tc, test_sandbox_forbidden_call_kills, 0, ARRAY_SIZE(calls));
        tcase_add_test(tc, test_sandbox_missing_parts_are_named);
}

int main(void)
{
        return unit_main("sandbox", add_tests);
}
