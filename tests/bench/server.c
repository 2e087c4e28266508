/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "launcher/responder_process.h"
#include "podgraft/podnet.h"
#include "tests/bench/guest.h"

#define STOP_MSEC 2000

/* What the child that starts the server says of it. */
static struct started {
        _Atomic uint64_t exec_nsec;
        _Atomic pid_t pid; /* negative: an errno */
} * started;

/* --- the identity, as 'podgraft up' would have found it; the peers' files say the same --- */

static struct podnet *identity(const struct served *served)
{
        static const uint8_t server_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };
        struct podnet *net = podnet_new();
        struct podnet_route route = { 0 };
        struct ip_prefix prefix;
        struct ip_addr addr;

        if (!net || ip_prefix_parse("10.244.1.7/24", &prefix) < 0 ||
            podnet_add_address(net, &prefix) < 0 || ip_addr_parse("10.96.0.10", &addr) < 0 ||
            podnet_add_nameserver(net, &addr) < 0 ||
            podnet_add_search(net, "default.svc.cluster.local") < 0 ||
            ip_prefix_parse("0.0.0.0/0", &route.dst) < 0 ||
            ip_addr_parse("10.244.1.1", &route.gateway) < 0 || podnet_add_route(net, &route) < 0)
                return podnet_free(net);
        strcpy(net->interface, "eth0");
        snprintf(net->tap, sizeof(net->tap), "%s", served->tap);
        strcpy(net->hostname, "vm");
        memcpy(net->mac, served->mac, MAC_LEN);
        memcpy(net->server_mac, server_mac, MAC_LEN);
        net->server_ip.s_addr = inet_addr("169.254.75.10");
        net->mtu_bytes = 1450;
        net->queues = 1;
        return net;
}

/* --- starting --- */

static int become(const struct server *server)
{
        const struct responder_how how = { .guarded = true }; /* as after 'podgraft up' */
        struct responder_tap tap = { .lease_sec = DHCP_LEASE_INFINITE,
                                     .shared_path = server->served->shared_path };
        _cleanup_(cleanup_podnet_free) struct podnet *net = NULL;
        struct error err = ERROR_INIT;
        pid_t pid;
        int r;

        if (server->argv) {
                setsid();
                started->exec_nsec = now_nsec();
                started->pid = getpid();
                execvp(server->argv[0], server->argv);
                return -errno;
        }
        net = identity(server->served);
        if (!net)
                return -ENOMEM;
        started->exec_nsec = now_nsec();
        tap.net = net;
        r = responder_serve(&tap, 1, NULL, 0, &how, &pid, &err);
        if (r < 0)
                fprintf(stderr, "%s\n", err.message);
        else
                started->pid = pid;
        return r;
}

int server_start(struct server *server, struct error *err)
{
        pid_t child;

        if (!started) {
                started = mmap(NULL, sizeof(*started), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
                if (started == MAP_FAILED || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                        return error_errno(err, -errno, "prepare to start servers");
        }
        *started = (struct started){ 0 };
        server->pid = 0;
        child = fork();
        if (child < 0)
                return error_errno(err, -errno, "fork");
        if (child == 0) {
                int null = open("/dev/null", O_RDWR), r;

                if (!getenv("VERBOSE")) {
                        dup2(null, STDOUT_FILENO);
                        dup2(null, STDERR_FILENO);
                }
                r = become(server);
                if (r < 0)
                        started->pid = r;
                _exit(r < 0);
        }
        return 0;
}

int server_find(struct server *server)
{
        pid_t pid = started->pid;

        if (pid <= 0)
                return pid;
        server->pid = pid;
        server->exec_nsec = started->exec_nsec;
        return 1;
}

/* --- its processes --- */

static long number_after(const char *path, const char *key)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char line[256];

        while (f && fgets(line, sizeof(line), f))
                if (strncmp(line, key, strlen(key)) == 0)
                        return strtol(line + strlen(key), NULL, 10);
        return 0;
}

/* proc(5), /proc/PID/stat: the session is the sixth; the name before it may hold anything. */
static pid_t session_of(const char *pid)
{
        char path[PATH_MAX], text[512] = "";
        _cleanup_fclose_ FILE *f = NULL;
        char state;
        int parent, group, session = -1;

        snprintf(path, sizeof(path), "/proc/%s/stat", pid);
        f = fopen(path, "re");
        if (!f || !fgets(text, sizeof(text), f) || !strrchr(text, ')') ||
            sscanf(strrchr(text, ')') + 1, " %c %d %d %d", &state, &parent, &group, &session) !=
                    4 ||
            state == 'Z')
                return -1;
        return session;
}

static unsigned for_each_process(const struct server *server,
                                 void (*f)(const char *pid, void *user), void *user)
{
        DIR *proc = opendir("/proc");
        struct dirent *e;
        unsigned n = 0;

        while (proc && (e = readdir(proc)))
                if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
                    session_of(e->d_name) == server->pid) {
                        f(e->d_name, user);
                        n++;
                }
        if (proc)
                closedir(proc);
        return n;
}

static void send_signal(const char *pid, void *user)
{
        kill(atoi(pid), *(const int *)user);
}

void server_stop(struct server *server)
{
        int signals[] = { SIGTERM, SIGKILL };

        for (int s = 0; s < 2 && server->pid > 0; s++)
                for (int i = 0; i < STOP_MSEC && for_each_process(server, send_signal, &signals[s]);
                     i += 10) {
                        while (waitpid(-1, NULL, WNOHANG) > 0)
                                ;
                        poll(NULL, 0, 10);
                }
        while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
        server->pid = 0;
}

/* --- weighing --- */

static void add_memory(const char *pid, void *user)
{
        struct memory *m = user;
        char path[PATH_MAX];

        snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
        m->rss_kib += (unsigned long)number_after(path, "Rss:");
        m->pss_kib += (unsigned long)number_after(path, "Pss:");
        m->private_dirty_kib += (unsigned long)number_after(path, "Private_Dirty:");
        snprintf(path, sizeof(path), "/proc/%s/status", pid);
        m->threads += (unsigned)number_after(path, "Threads:");
}

struct memory server_memory(const struct server *server)
{
        struct memory m = { 0 };

        sync();
        m.processes = for_each_process(server, add_memory, &m);
        return m;
}

static void add_cpu(const char *pid, void *user)
{
        uint64_t *total = user;
        char path[PATH_MAX];
        struct dirent *e;
        DIR *tasks;

        snprintf(path, sizeof(path), "/proc/%s/task", pid);
        tasks = opendir(path);
        while (tasks && (e = readdir(tasks))) {
                snprintf(path, sizeof(path), "/proc/%.16s/task/%.16s/schedstat", pid, e->d_name);
                *total += (uint64_t)number_after(path, "");
        }
        if (tasks)
                closedir(tasks);
}

uint64_t server_cpu_nsec(const struct server *server)
{
        uint64_t total = 0;

        for_each_process(server, add_cpu, &total);
        return total;
}
