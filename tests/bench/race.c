/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * race.c - runs commands in pods of their own, in turns, and tells how long each took
 *
 *     race trials ROUNDS POD <CONTESTANTS     one pod after the other, every contestant in turn
 *     race burst N POD <CONTESTANTS           N pods at once, one contestant after the other
 *     race stay POD <CONTESTANTS              one pod each: what memory stays used
 *
 * A pod is a fresh network namespace with one end of a veth pair, and what the file POD, for
 * "ip -batch", makes of it. A contestant is a line: its name, what prepares the pod, and what is
 * measured, with tabs between; commands are words with spaces between, " && " joins several.
 * All are started alike, by fork and exec from a process that is in the pod already, so that nobody
 * pays for a shell, or for "ip netns exec", but who asks for it. What stays of a contestant in the
 * background becomes a child of this process (a subreaper), whose memory is summed and which is
 * killed before the next.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTESTANTS_MOST 32
#define WORDS_MOST       64

struct contestant {
        char *name, *prepare, *timed;
};

struct result {
        uint64_t usec, cpu_usec;
        int status;
};

static struct contestant contestants[CONTESTANTS_MOST];
static unsigned n_contestants, n_pods_made;
static int node;      /* the namespace with the pods' other ends */
static int bystander; /* a socket in it */

static uint64_t now_nsec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* --- commands --- */

static void exec_words(char *command)
{
        char *argv[WORDS_MOST + 1] = { NULL }, *save = NULL;
        size_t n = 0;

        for (char *w = strtok_r(command, " ", &save); w && n < WORDS_MOST;
             w = strtok_r(NULL, " ", &save))
                argv[n++] = w;
        if (!getenv("VERBOSE")) {
                int null = open("/dev/null", O_RDWR);

                dup2(null, STDIN_FILENO);
                dup2(null, STDOUT_FILENO);
                dup2(null, STDERR_FILENO);
        }
        execvp(argv[0], argv);
        _exit(127);
}

/* Run what @commands joins, one after the other, until one fails. In namespace @ns, -1: this one.
 */
static int run(const char *commands, int ns, uint64_t *cpu_usec)
{
        char *copy = strdup(commands), *next = copy;
        int status = 0;

        while (next && *next && status == 0) {
                char *command = next, *join = strstr(next, " && ");
                struct rusage usage;
                pid_t pid;

                next = join ? join + 4 : NULL;
                if (join)
                        *join = '\0';
                pid = fork();
                if (pid < 0)
                        err(1, "fork");
                if (pid == 0) {
                        if (ns >= 0 && setns(ns, CLONE_NEWNET) < 0)
                                err(1, "setns");
                        exec_words(command);
                }
                while (wait4(pid, &status, 0, &usage) < 0)
                        if (errno != EINTR)
                                err(1, "wait");
                if (cpu_usec)
                        *cpu_usec += (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
                                             1000000 +
                                     (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
        }
        free(copy);
        return status;
}

static void must_run(const char *commands, int ns)
{
        if (run(commands, ns, NULL) != 0)
                errx(1, "failed: %s", commands);
}

static struct result measure(const char *commands)
{
        struct result result = { 0 };
        uint64_t begin = now_nsec();

        result.status = run(commands, -1, &result.cpu_usec);
        result.usec = (now_nsec() - begin) / 1000;
        return result;
}

/* --- pods --- */

static int here(void)
{
        int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                err(1, "open the network namespace");
        return fd;
}

static bool link_has(const char *name, int flags)
{
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { 0 };
        bool has;

        strncpy(request.ifr_name, name, IFNAMSIZ - 1);
        has = ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & flags) == flags;
        close(fd);
        return has;
}

/* Duplicate detection would take a second, in which the pod changes by itself. */
static void no_duplicate_detection(void)
{
        int fd = open("/proc/sys/net/ipv6/conf/default/accept_dad", O_WRONLY | O_CLOEXEC);

        if (fd < 0 || write(fd, "0", 1) != 1)
                err(1, "set accept_dad");
        close(fd);
}

static void pause_msec(long msec)
{
        nanosleep(&(struct timespec){ msec / 1000, msec % 1000 * 1000000 }, NULL);
}

/* This process is in it afterwards. */
static void pod_enter_new(const char *batch)
{
        char command[512];

        if (unshare(CLONE_NEWNET) < 0)
                err(1, "unshare");
        no_duplicate_detection();
        snprintf(command, sizeof(command),
                 "ip link add v%u type veth peer name eth0 netns %d && ip link set v%u up",
                 n_pods_made, getpid(), n_pods_made);
        n_pods_made++;
        must_run(command, node);
        snprintf(command, sizeof(command), "ip -batch %s", batch);
        must_run(command, -1);
        while (!link_has("eth0", IFF_UP | IFF_RUNNING)) /* carrier comes by a work queue */
                pause_msec(1);
}

/* A namespace is taken down behind our back: what that costs is not the next one's to pay. */
static void pods_wait_gone(void)
{
        char name[IFNAMSIZ];

        if (setns(node, CLONE_NEWNET) < 0)
                err(1, "setns");
        for (unsigned i = n_pods_made > 1024 ? n_pods_made - 1024 : 0; i < n_pods_made; i++) {
                snprintf(name, sizeof(name), "v%u", i);
                while (if_nametoindex(name))
                        pause_msec(1);
        }
        pause_msec(5);
}

/* --- what stays of a contestant --- */

/* What a fork left shared is private to neither: Pss_Dirty has its share of it. */
struct memory {
        unsigned processes;
        unsigned long rss_kib, pss_kib, private_dirty_kib, pss_dirty_kib;
};

static void add_memory(pid_t pid, struct memory *memory)
{
        char path[64], line[256];
        unsigned long kib;
        FILE *f;

        snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
        f = fopen(path, "re");
        while (f && fgets(line, sizeof(line), f)) {
                if (sscanf(line, "Rss: %lu", &kib) == 1)
                        memory->rss_kib += kib;
                else if (sscanf(line, "Pss: %lu", &kib) == 1)
                        memory->pss_kib += kib;
                else if (sscanf(line, "Private_Dirty: %lu", &kib) == 1)
                        memory->private_dirty_kib += kib;
                else if (sscanf(line, "Pss_Dirty: %lu", &kib) == 1)
                        memory->pss_dirty_kib += kib;
        }
        if (f)
                fclose(f);
        memory->processes++;
}

static void each_descendant(pid_t pid, void (*call)(pid_t pid, struct memory *), struct memory *m)
{
        char path[64];
        FILE *f;
        int child;

        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
        f = fopen(path, "re");
        while (f && fscanf(f, "%d", &child) == 1) {
                each_descendant(child, call, m);
                call(child, m);
        }
        if (f)
                fclose(f);
}

static void end_process(pid_t pid, struct memory *unused)
{
        (void)unused;
        kill(pid, SIGKILL);
}

static struct memory end_all(void)
{
        struct memory memory = { 0 };

        each_descendant(getpid(), add_memory, &memory);
        /* Whoever is orphaned by one round's end comes to us and goes in the next. */
        for (;;) {
                pid_t pid = waitpid(-1, NULL, WNOHANG);

                if (pid < 0)
                        break;
                if (pid > 0)
                        continue;
                each_descendant(getpid(), end_process, NULL);
                pause_msec(1);
        }
        return memory;
}

/* --- the three races --- */

static void tell(const struct contestant *c, const struct result *result)
{
        printf("{\"name\": \"%s\", \"usec\": %lu, \"cpu_usec\": %lu}\n", c->name,
               (unsigned long)result->usec, (unsigned long)result->cpu_usec);
}

static void race_trials(unsigned rounds, const char *pod)
{
        for (unsigned i = 0; i < rounds; i++) {
                for (unsigned j = 0; j < n_contestants; j++) {
                        /* Another one begins each round. */
                        struct contestant *c = &contestants[(i + j) % n_contestants];
                        struct result result;

                        pod_enter_new(pod);
                        must_run(c->prepare, -1);
                        result = measure(c->timed);
                        if (result.status != 0)
                                errx(1, "%s failed: %s", c->name, c->timed);
                        tell(c, &result);
                        end_all();
                        pods_wait_gone();
                }
        }
}

static void tell_memory(const struct contestant *c, const struct memory *m)
{
        printf("{\"name\": \"%s\", \"processes\": %u, \"rss_kib\": %lu, \"pss_kib\": %lu, "
               "\"private_dirty_kib\": %lu, \"pss_dirty_kib\": %lu}\n",
               c->name, m->processes, m->rss_kib, m->pss_kib, m->private_dirty_kib,
               m->pss_dirty_kib);
}

static void race_stay(const char *pod)
{
        for (unsigned i = 0; i < n_contestants; i++) {
                struct memory memory;

                pod_enter_new(pod);
                must_run(contestants[i].prepare, -1);
                must_run(contestants[i].timed, -1);
                memory = end_all();
                tell_memory(&contestants[i], &memory);
                pods_wait_gone();
        }
}

/*
 * How long somebody waits who has nothing to do with the pods: setting the flags of "lo" to what
 * they are takes the kernel's one lock for links and addresses (rtnl), which all namespaces share.
 */
static uint64_t wait_for_rtnl(void)
{
        struct ifreq request = { .ifr_name = "lo" };
        uint64_t begin = now_nsec();

        if (ioctl(bystander, SIOCGIFFLAGS, &request) < 0 ||
            ioctl(bystander, SIOCSIFFLAGS, &request) < 0)
                err(1, "set the flags of lo");
        return (now_nsec() - begin) / 1000;
}

static int compare_numbers(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

#define WAITS_MOST 8192

static struct {
        uint64_t usec[WAITS_MOST];
        unsigned n;
} waits;

/* Wait for @n children; every millisecond the bystander tries. */
static void wait_and_try(const pid_t *pids, unsigned n)
{
        waits.n = 0;
        for (unsigned i = 0; i < n;) {
                if (waitpid(pids[i], NULL, WNOHANG) != 0) {
                        i++;
                        continue;
                }
                if (waits.n < WAITS_MOST)
                        waits.usec[waits.n++] = wait_for_rtnl();
                pause_msec(1);
        }
        qsort(waits.usec, waits.n, sizeof(*waits.usec), compare_numbers);
}

static int compare(const void *a, const void *b)
{
        uint64_t x = ((const struct result *)a)->usec, y = ((const struct result *)b)->usec;

        return (x > y) - (x < y);
}

static void burst(const struct contestant *c, unsigned n, const char *pod)
{
        struct result *results = mmap(NULL, n * sizeof(*results), PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int *pods = calloc(n, sizeof(*pods)), gate[2];
        pid_t *runners = calloc(n, sizeof(*runners));
        uint64_t begin, total, cpu_usec = 0;
        struct memory memory;
        unsigned failures = 0;
        char byte;

        for (unsigned i = 0; i < n; i++) {
                pod_enter_new(pod);
                must_run(c->prepare, -1);
                pods[i] = here();
        }
        if (pipe2(gate, O_CLOEXEC) < 0)
                err(1, "pipe");
        for (unsigned i = 0; i < n; i++) {
                runners[i] = fork();
                if (runners[i] < 0)
                        err(1, "fork");
                if (runners[i] == 0) {
                        close(gate[1]);
                        if (setns(pods[i], CLONE_NEWNET) < 0 || read(gate[0], &byte, 1) != 0)
                                _exit(1);
                        results[i] = measure(c->timed);
                        _exit(0);
                }
        }
        pause_msec(100); /* all wait at the gate */
        begin = now_nsec();
        close(gate[1]);
        wait_and_try(runners, n);
        total = (now_nsec() - begin) / 1000;
        memory = end_all();
        for (unsigned i = 0; i < n; i++) {
                failures += results[i].status != 0;
                cpu_usec += results[i].cpu_usec;
                close(pods[i]);
        }
        qsort(results, n, sizeof(*results), compare);
        printf("{\"name\": \"%s\", \"pods\": %u, \"total_usec\": %lu, \"slowest_usec\": %lu, "
               "\"median_usec\": %lu, \"cpu_usec\": %lu, \"failures\": %u, \"processes\": %u, "
               "\"rtnl_median_usec\": %lu, \"rtnl_worst_usec\": %lu, "
               "\"private_dirty_kib\": %lu, \"pss_dirty_kib\": %lu}\n",
               c->name, n, (unsigned long)total, (unsigned long)results[n - 1].usec,
               (unsigned long)results[n / 2].usec, (unsigned long)cpu_usec, failures,
               memory.processes, (unsigned long)(waits.n ? waits.usec[waits.n / 2] : 0),
               (unsigned long)(waits.n ? waits.usec[waits.n - 1] : 0), memory.private_dirty_kib,
               memory.pss_dirty_kib);
        close(gate[0]);
        pods_wait_gone();
        munmap(results, n * sizeof(*results));
        free(pods);
        free(runners);
}

static void read_contestants(void)
{
        char *line = NULL;
        size_t size = 0;

        while (getline(&line, &size, stdin) > 0) {
                char *save = NULL, *copy = strdup(line);
                struct contestant *c = &contestants[n_contestants];

                copy[strcspn(copy, "\n")] = '\0';
                c->name = strtok_r(copy, "\t", &save);
                c->prepare = strtok_r(NULL, "\t", &save);
                c->timed = strtok_r(NULL, "\t", &save);
                if (!c->timed || ++n_contestants == CONTESTANTS_MOST)
                        errx(2, "a contestant is NAME, PREPARE, TIMED, with tabs between");
        }
        free(line);
}

int main(int argc, char **argv)
{
        setvbuf(stdout, NULL, _IOLBF, 0);
        read_contestants();
        if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 || unshare(CLONE_NEWNET) < 0)
                err(1, "race needs root");
        node = here();
        bystander = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (argc == 4 && strcmp(argv[1], "trials") == 0)
                race_trials((unsigned)atoi(argv[2]), argv[3]);
        else if (argc == 4 && strcmp(argv[1], "burst") == 0)
                for (unsigned i = 0; i < n_contestants; i++)
                        burst(&contestants[i], (unsigned)atoi(argv[2]), argv[3]);
        else if (argc == 3 && strcmp(argv[1], "stay") == 0)
                race_stay(argv[2]);
        else
                errx(2, "usage: race trials ROUNDS POD | burst N POD | stay POD, contestants on "
                        "standard input");
        return 0;
}
