/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/domain_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "launcher/process.h"

#define STRAY_MSEC 5000
#define INPUT_MAX  (5u << 20) /* bytes; one more than podgraft-domain takes, which then says so */

/* A sealed copy in memory: standard input can be read twice, and no file changes in between. */
static int memory_file(const char *data, size_t len, int *ret, struct error *err)
{
        _cleanup_close_ int fd = memfd_create("domain.xml", MFD_CLOEXEC);

        if (fd < 0)
                return error_errno(err, -errno, "create a file in memory");
        while (len > 0) {
                ssize_t n = write(fd, data, len);

                if (n < 0)
                        return error_errno(err, -errno, "write a file in memory");
                data += n;
                len -= (size_t)n;
        }
        lseek(fd, 0, SEEK_SET);
        *ret = take_fd(&fd);
        return 0;
}

static int read_domain_file(const char *file, int *ret, struct error *err)
{
        _cleanup_close_ int opened = -1;
        _cleanup_free_ char *data = malloc(INPUT_MAX);
        size_t len = 0;
        int fd = STDIN_FILENO;

        if (!data)
                return error_set(err, -ENOMEM, "out of memory");
        if (strcmp(file, "-") != 0) {
                fd = opened = open(file, O_RDONLY | O_CLOEXEC);
                if (fd < 0)
                        return error_set_class(err, ERROR_USAGE, -errno, "--domain '%s': %s", file,
                                               strerror(errno));
        }
        while (len < INPUT_MAX) {
                ssize_t n = read(fd, data + len, INPUT_MAX - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_set_class(err, ERROR_USAGE, -errno, "--domain '%s': %s", file,
                                               strerror(errno));
                if (n == 0)
                        break;
                len += (size_t)n;
        }
        return memory_file(data, len, ret, err);
}

/* The last line of what a helper said, without its own prefix. */
static const char *last_words(char *text, const char *prefix)
{
        size_t len = text ? strlen(text) : 0;
        char *line;

        while (len > 0 && text[len - 1] == '\n')
                text[--len] = '\0';
        if (len == 0)
                return "it said nothing";
        line = strrchr(text, '\n');
        line = line ? line + 1 : text;
        if (strncmp(line, prefix, strlen(prefix)) == 0)
                line += strlen(prefix);
        if (strncmp(line, "error: ", 7) == 0)
                line += 7;
        return line;
}

/* Run podgraft-domain over @fd from its beginning. */
static int run_podgraft_domain(char *const argv[], const char *file, int fd,
                               struct process_result *ret, struct error *err)
{
        int r;

        lseek(fd, 0, SEEK_SET);
        r = process_capture(argv, fd, ret, err);
        if (r < 0)
                return r;
        if (WIFEXITED(ret->wait_status) && WEXITSTATUS(ret->wait_status) == 0)
                return 0;
        r = error_set_class(err, ERROR_USAGE, -EINVAL, "--domain '%s': %s", file,
                            last_words(ret->err, "podgraft-domain: "));
        process_result_done(ret);
        return r;
}

int domain_fill_in(const char *file, const char *alias, const struct podnet *net, char **ret_xml,
                   size_t *ret_len, char **ret_name, struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-domain");
        _cleanup_close_ int fd = -1;
        char mac[MAC_TEXT_LEN], mtu[16], queues[16], tap[IFNAMSIZ];
        struct process_result xml, name;
        int r;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        r = read_domain_file(file, &fd, err);
        if (r < 0)
                return r;
        snprintf(mtu, sizeof(mtu), "%u", net->mtu_bytes);
        snprintf(queues, sizeof(queues), "%u", net->queues);
        snprintf(tap, sizeof(tap), "%s", net->tap);
        mac_format(net->mac, mac);

        char *argv[] = { program,       "--tap", tap,        "--mac", mac,
                         "--mtu",       mtu,     "--queues", queues,  alias ? "--alias" : NULL,
                         (char *)alias, NULL };

        r = run_podgraft_domain(argv, file, fd, &xml, err);
        if (r < 0)
                return r;
        if (ret_name) {
                char *name_argv[] = { program, "--name-only", NULL };

                r = run_podgraft_domain(name_argv, file, fd, &name, err);
                if (r < 0) {
                        process_result_done(&xml);
                        return r;
                }
                name.out[strcspn(name.out, "\n")] = '\0';
                *ret_name = take_ptr(name.out);
                process_result_done(&name);
        }
        *ret_len = xml.out_len;
        *ret_xml = take_ptr(xml.out);
        process_result_done(&xml);
        return 0;
}

int domain_launch(const char *connect_uri, const char *root, const char *xml, size_t len,
                  struct domain_launcher *ret, struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-launcher");
        _cleanup_close_ int xml_fd = -1, event_read = -1, event_write = -1, control_read = -1,
                            control_write = -1;
        int pair[2], r;
        char *argv[16];
        size_t n = 0;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        r = memory_file(xml, len, &xml_fd, err);
        if (r < 0)
                return r;
        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_errno(err, -errno, "create a pipe");
        event_read = pair[0];
        event_write = pair[1];
        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_errno(err, -errno, "create a pipe");
        control_read = pair[0];
        control_write = pair[1];

        struct process_fd fds[] = { { xml_fd, 3 }, { event_write, 4 }, { control_read, 5 } };

        argv[n++] = program;
        if (connect_uri) {
                argv[n++] = "--connect";
                argv[n++] = (char *)connect_uri;
        }
        argv[n++] = "--root";
        argv[n++] = (char *)root;
        argv[n++] = "--xml-fd=3";
        argv[n++] = "--event-fd=4";
        argv[n++] = "--control-fd=5";
        argv[n] = NULL;
        /* It dies with us: a lone one would hold libvirt's root against the 'down' to come. */
        r = process_spawn(argv, fds, ARRAY_SIZE(fds), SIGKILL, &ret->pid, err);
        if (r < 0)
                return r;
        ret->event_fd = take_fd(&event_read);
        ret->control_fd = take_fd(&control_write);
        return 0;
}

static bool is_ours(const char *program)
{
        const char *base = strrchr(program, '/');

        base = base ? base + 1 : program;
        return strncmp(base, "qemu", 4) == 0 || strcmp(base, "podgraft-launcher") == 0;
}

/* Does the command line of @pid name a file under @root? */
static bool works_for(pid_t pid, const char *root)
{
        char path[64], line[65536];
        _cleanup_close_ int fd = -1;
        ssize_t n;

        snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
        if (n <= 0)
                return false;
        line[n] = '\0';
        return is_ours(line) && memmem(line, (size_t)n, root, strlen(root));
}

/*
 * What libvirt knows of it has ended by its own hand. What it does not: the QEMUs it asks for
 * their capabilities, and a launcher between fork and exec. The root is this namespace's alone.
 */
static void end_strays(const char *root)
{
        DIR *proc = opendir("/proc");
        struct dirent *entry;

        while (proc && (entry = readdir(proc))) {
                pid_t pid = (pid_t)atoi(entry->d_name);
                _cleanup_close_ int pidfd = -1;
                struct pollfd p = { .events = POLLIN };

                if (pid <= 0 || !works_for(pid, root))
                        continue;
                /* Looked at again once it is held, as numbers are reused. */
                p.fd = pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
                if (pidfd < 0 || !works_for(pid, root))
                        continue;
                if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0)
                        poll(&p, 1, STRAY_MSEC);
        }
        if (proc)
                closedir(proc);
}

int domain_end(const char *connect_uri, const char *root, const char *name, struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-launcher");
        struct process_result result;
        char *argv[] = { program,
                         "--root",
                         (char *)root,
                         "--kill",
                         (char *)name,
                         connect_uri ? "--connect" : NULL,
                         (char *)connect_uri,
                         NULL };
        int r;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        r = process_capture(argv, -1, &result, err);
        if (r < 0)
                return r;
        if (!WIFEXITED(result.wait_status) || WEXITSTATUS(result.wait_status) != 0)
                r = error_set(err, -EIO, "end the guest '%s': %s", name,
                              last_words(result.err, "podgraft-launcher: "));
        process_result_done(&result);
        if (r == 0 && !connect_uri)
                end_strays(root);
        return r;
}
