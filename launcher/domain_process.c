/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/domain_process.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "launcher/guest_end.h"
#include "launcher/process.h"
#include "podgraft/libvirt_uri.h"
#include "podgraft/log.h"

#define INPUT_MAX (5u << 20) /* bytes; one more than podgraft-domain takes, which then says so */

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

static int read_all(int fd, char *data, size_t size, size_t *ret_len)
{
        size_t len = 0;

        while (len < size) {
                ssize_t n = read(fd, data + len, size - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                len += (size_t)n;
        }
        *ret_len = len;
        return 0;
}

int domain_text_read(const char *file, const char *source, struct domain_text *ret,
                     struct error *err)
{
        _cleanup_close_ int opened = -1;
        _cleanup_free_ char *data = malloc(INPUT_MAX);
        struct domain_text text = { 0 };
        int r = 0;

        if (!data)
                return error_set(err, -ENOMEM, "out of memory");
        if (source)
                snprintf(text.source, sizeof(text.source), "%s", source);
        else
                snprintf(text.source, sizeof(text.source), "--domain '%.200s'", file);
        if (strcmp(file, "-") != 0) {
                opened = open(file, O_RDONLY | O_CLOEXEC);
                r = opened < 0 ? -errno : 0;
        }
        if (r == 0)
                r = read_all(opened >= 0 ? opened : STDIN_FILENO, data, INPUT_MAX, &text.len);
        if (r < 0)
                return error_set_class(err, ERROR_USAGE, r, "%s: %s", text.source, strerror(-r));
        text.data = take_ptr(data);
        *ret = text;
        return 0;
}

void domain_text_done(struct domain_text *text)
{
        free(text->data);
        *text = (struct domain_text){ 0 };
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

/* What podgraft-domain's end means; one that was killed, or could not even start, says nothing. */
static int helper_failed(const struct domain_text *text, const struct process_result *result,
                         struct error *err)
{
        int signo = WIFSIGNALED(result->wait_status) ? WTERMSIG(result->wait_status) : 0;

        if (signo == SIGXCPU)
                return error_set_class(err, ERROR_USAGE, -EFBIG,
                                       "%s: the XML takes more than %d s of CPU time to read, no "
                                       "domain does",
                                       text->source, DOMAIN_CPU_SEC);
        if (signo)
                return error_set_class(err, ERROR_FAILED, -EIO,
                                       "%s: podgraft-domain was killed by signal %d (%s) while it "
                                       "read the XML%s",
                                       text->source, signo, strsignal(signo),
                                       signo == SIGKILL ? "; is there too little memory?"
                                       : signo == SIGSYS
                                               ? ": it did what it may not; do not trust this XML"
                                               : "");
        if (WEXITSTATUS(result->wait_status) == ERROR_USAGE)
                return error_set_class(err, ERROR_USAGE, -EINVAL, "%s: %s", text->source,
                                       last_words(result->err, "podgraft-domain: "));
        return error_set_class(err, ERROR_FAILED, -EIO, "%s: %s", text->source,
                               last_words(result->err, "podgraft-domain: "));
}

int domain_helper_run(char *const argv[], const struct domain_text *text,
                      struct process_result *ret, struct error *err)
{
        _cleanup_close_ int fd = -1;
        int r = memory_file(text->data, text->len, &fd, err);

        if (r < 0 || (r = process_capture(argv, fd, NULL, ret, err)) < 0)
                return r;
        if (WIFEXITED(ret->wait_status) && WEXITSTATUS(ret->wait_status) == 0)
                return 0;
        r = helper_failed(text, ret, err);
        process_result_done(ret);
        return r;
}

static int domain_name(char *program, const struct domain_text *text, char **ret, struct error *err)
{
        char *argv[] = { program, "--name-only", NULL };
        struct process_result name;
        int r = domain_helper_run(argv, text, &name, err);

        if (r < 0)
                return r;
        name.out[strcspn(name.out, "\n")] = '\0';
        *ret = take_ptr(name.out);
        process_result_done(&name);
        return 0;
}

/* --- podgraft-domain's command line --- */

struct patch_arguments {
        char **argv;
        char (*numbers)[16];
        size_t n, n_numbers;
};

#define ARGUMENTS_PER_INTERFACE 24

static void add_text(struct patch_arguments *a, const char *option, const char *value)
{
        if (!value)
                return;
        a->argv[a->n++] = (char *)option;
        a->argv[a->n++] = (char *)value;
}

static void add_number(struct patch_arguments *a, const char *option, unsigned value)
{
        char *text = a->numbers[a->n_numbers++];

        if (value == 0)
                return;
        snprintf(text, sizeof(a->numbers[0]), "%u", value);
        add_text(a, option, text);
}

static void add_flag(struct patch_arguments *a, const char *option, bool value)
{
        if (value)
                a->argv[a->n++] = (char *)option;
}

static void add_interface(struct patch_arguments *a, const struct domain_interface *wanted)
{
        add_text(a, "--tap", wanted->tap); /* begins the next */
        add_text(a, "--alias", wanted->alias);
        add_flag(a, "--by-alias-only", wanted->by_alias_only);
        add_text(a, "--mac", wanted->mac);
        add_number(a, "--mtu", wanted->mtu_bytes);
        add_number(a, "--queues", wanted->queues);
        add_text(a, "--driver", wanted->driver);
        add_text(a, "--model", wanted->model);
        add_number(a, "--boot-order", wanted->boot_order);
        add_flag(a, "--no-rom", wanted->no_rom);
        add_text(a, "--pci-address", wanted->pci_address);
        add_number(a, "--acpi-index", wanted->acpi_index);
        add_text(a, "--link-state", wanted->link_state);
}

int domain_patch(const struct domain_text *text, const struct domain_interface *wanted, size_t n,
                 char **ret_xml, size_t *ret_len, struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-domain");
        _cleanup_free_ char **argv = calloc(n * ARGUMENTS_PER_INTERFACE + 2, sizeof(*argv));
        _cleanup_free_ char(*numbers)[16] = calloc(n * 4 + 1, sizeof(*numbers));
        struct patch_arguments a = { .argv = argv, .numbers = numbers };
        struct process_result xml;
        int r;

        if (!program || !argv || !numbers)
                return error_set(err, -ENOMEM, "out of memory");
        argv[a.n++] = program;
        for (size_t i = 0; i < n; i++)
                add_interface(&a, &wanted[i]);
        r = domain_helper_run(argv, text, &xml, err);
        if (r < 0)
                return r;
        *ret_len = xml.out_len;
        *ret_xml = take_ptr(xml.out);
        process_result_done(&xml);
        return 0;
}

int domain_fill_in(const struct domain_text *text, const struct domain_interface *wanted, size_t n,
                   char **ret_xml, size_t *ret_len, char **ret_name, struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-domain"), *xml = NULL;
        size_t len;
        int r;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        r = domain_patch(text, wanted, n, &xml, &len, err);
        if (r < 0 || (ret_name && (r = domain_name(program, text, ret_name, err)) < 0))
                return r;
        *ret_xml = take_ptr(xml);
        *ret_len = len;
        return 0;
}

int domain_launch(const char *connect_uri, const char *root, const struct owner *as,
                  const char *xml, size_t len, struct domain_launcher *ret, struct error *err)
{
        /* It dies with us: a lone one would hold libvirt's root against the 'down' to come. */
        const struct process_how how = { .death_signal = SIGKILL, .as = as };
        _cleanup_free_ char *program = process_libexec("podgraft-launcher");
        _cleanup_close_ int xml_fd = -1, event_read = -1, event_write = -1, control_read = -1,
                            control_write = -1;
        int pair[2], r;
        char *argv[16], log_format[32], log_level[32];
        size_t n = 0;

        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        if (connect_uri && (r = libvirt_uri_check(connect_uri, err)) < 0)
                return r;
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
        snprintf(log_format, sizeof(log_format), "--log-format=%d", (int)log_current_format());
        snprintf(log_level, sizeof(log_level), "--log-level=%d", (int)log_current_level());
        argv[n++] = log_format;
        argv[n++] = log_level;
        argv[n] = NULL;
        r = process_spawn(argv, fds, ARRAY_SIZE(fds), &how, &ret->pid, err);
        if (r < 0)
                return r;
        ret->event_fd = take_fd(&event_read);
        ret->control_fd = take_fd(&control_write);
        return 0;
}

int domain_end(const char *connect_uri, const char *root, const struct owner *as, const char *name,
               struct error *err)
{
        _cleanup_free_ char *program = process_libexec("podgraft-launcher");
        struct process_result result;
        char *argv[] = { program,      "--root",    (char *)root,        "--kill",
                         (char *)name, "--connect", (char *)connect_uri, NULL };
        int r;

        if (!connect_uri)
                return guest_end(root, as, name, err);
        if (libvirt_uri_check(connect_uri, err) < 0) /* a record's, whoever wrote that */
                return error_context(err, "end the guest '%s', which the record says is with", name);
        if (!program)
                return error_set(err, -ENOMEM, "out of memory");
        r = process_capture(argv, -1, as, &result, err);
        if (r < 0)
                return r;
        if (!WIFEXITED(result.wait_status) || WEXITSTATUS(result.wait_status) != 0)
                r = error_set(err, -EIO, "end the guest '%s': %s", name,
                              last_words(result.err, "podgraft-launcher: "));
        process_result_done(&result);
        return r;
}
