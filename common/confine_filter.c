/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confine_filter.c - an allowlist of system calls as a program for seccomp(2)
 */
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "podgraft/confine.h"

#if defined(__x86_64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_PPC64LE
#elif defined(__riscv) && __riscv_xlen == 64
#define AUDIT_ARCH_NATIVE AUDIT_ARCH_RISCV64
#else
#error "add this architecture's AUDIT_ARCH_ constant"
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARG_LOW(n)  (offsetof(struct seccomp_data, args) + 8 * (n))
#define ARG_HIGH(n) (ARG_LOW(n) + 4)
#else
#define ARG_HIGH(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define ARG_LOW(n)  (ARG_HIGH(n) + 4)
#endif

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define UNLESS(what, skip)                                                                         \
        ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (what), 0, (skip)))
#define ANSWER(what) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (what)))

unsigned short confine_filter_begin(struct sock_filter *code)
{
        static const struct sock_filter begin[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_NATIVE, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                /* The x32 numbers of x86_64 have a bit of their own and equal none of ours. */
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        };

        memcpy(code, begin, sizeof(begin));
        return ARRAY_SIZE(begin);
}

unsigned short confine_filter_add(struct sock_filter *code, unsigned short at,
                                  const struct call_rule *rules, size_t n, uint32_t answer)
{
        for (const struct call_rule *rule = rules; rule < rules + n; rule++) {
                if (rule->arg == CALL_ANY) {
                        code[at++] = UNLESS(rule->number, 1);
                        code[at++] = ANSWER(answer);
                        continue;
                }
                code[at++] = UNLESS(rule->number, 6);
                code[at++] = LOAD(ARG_HIGH(rule->arg));
                code[at++] = UNLESS(0, 3);
                code[at++] = LOAD(ARG_LOW(rule->arg));
                code[at++] = UNLESS(rule->value, 1);
                code[at++] = ANSWER(answer);
                code[at++] = LOAD(offsetof(struct seccomp_data, nr));
        }
        return at;
}

unsigned short confine_filter_end(struct sock_filter *code, unsigned short at)
{
        code[at++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
        return at;
}

bool confine_calls(struct sock_filter *code, unsigned short n)
{
        struct sock_fprog program = { .filter = code, .len = n };

        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
