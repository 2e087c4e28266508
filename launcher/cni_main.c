/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cni_main.c - podgraft-cni: what podgraft is when called by that name
 *
 *     ADD      up and serve           CHECK    is it as ADD left it?
 *     DEL      down                   GC       DEL for all that are not valid any more
 *     STATUS   would ADD work here?   VERSION
 *
 * An attachment is known by its container and interface. A graft goes with the last attachment that
 * has it: DEL of one that another has too, or that none has whom DEL names, leaves it alone.
 *
 * Chained, the pod's interface is CNI_IFNAME, which a plugin before us made. As KubeVirt's network
 * binding plugin we are called for a network of our own, after the one that is meant; that one's
 * interface follows from its name.
 *
 * stdout is the runtime's: JSON or nothing. What is said for people is on stderr.
 */
#include "launcher/cni_main.h"

#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/mman.h>

#include "launcher/cni_state.h"
#include "launcher/commands.h"
#include "launcher/namespace.h"
#include "launcher/process.h"
#include "launcher/responder_process.h"
#include "launcher/wire.h"
#include "podgraft/json.h"
#include "podgraft/log.h"

#define INPUT_MAX (4u << 20) /* bytes */

struct call {
        struct cni_request request;
        struct options options;
        char interface[IFNAMSIZ];
        char resolv_conf[32];
        char *attachment;           /* ADD: "CONTAINER:INTERFACE" */
        struct json_object *answer; /* NULL: none */
};

/* --- what it is about --- */

/* In the pod's namespace. NULL is the default route's interface, KubeVirt's pod network. */
static void choose_interface(struct call *call)
{
        const struct cni_request *request = &call->request;

        if (call->options.net.interface)
                return;
        if (!request->logic_network)
                call->options.net.interface = request->ifname;
        else if (cni_binding_interface(request->logic_network, call->interface),
                 if_nametoindex(call->interface) > 0)
                call->options.net.interface = call->interface;
}

/* Where the runtime says what the guest is to be told: as a file, since the node's is not meant. */
static int choose_resolv_conf(struct call *call, struct error *err)
{
        _cleanup_free_ char *text = cni_resolv_conf(&call->request);
        int fd;

        if (!text || call->options.net.resolv_conf)
                return 0;
        fd = memfd_create("resolv.conf", MFD_CLOEXEC); /* open as long as we live */
        if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
                return error_errno(err, -errno, "keep what the configuration says of DNS");
        snprintf(call->resolv_conf, sizeof(call->resolv_conf), "/proc/self/fd/%d", fd);
        call->options.net.resolv_conf = call->resolv_conf;
        return 0;
}

static enum cni_code take_options(struct call *call, struct error *err)
{
        struct options *options = &call->options;
        int r = options_take(call->request.options, options, err);

        if (r < 0)
                return r == -ENOKEY ? CNI_UNSUPPORTED_FIELD : CNI_BAD_CONFIG;
        log_setup_options("podgraft-cni", options);
        options->netns = call->request.netns;
        if (choose_resolv_conf(call, err) < 0)
                return CNI_FAILED;
        if (options->netns) { /* or the guest would get the node's name */
                options_resolve(options);
                options->mount = namespace_mount(options->netns, options->mount_buf,
                                                 sizeof(options->mount_buf));
        }
        return CNI_OK;
}

static enum cni_code enter(const char *netns, struct error *err)
{
        int r = namespace_enter(netns, err);

        if (r == 0)
                return CNI_OK;
        return r == -ENOENT || r == -EINVAL ? CNI_UNKNOWN_CONTAINER : cni_code_of(err);
}

/* --- ADD --- */

static enum cni_code answer_links(struct call *call, struct netsetup *ns, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *links = NULL;
        char mac[MAC_TEXT_LEN];

        if (netsetup_links_json(ns, &links, err) < 0)
                return cni_code_of(err);
        call->answer =
                cni_result(&call->request, links, mac_format(netsetup_identity(ns)->mac, mac));
        return CNI_OK;
}

static void put_back(struct netsetup *ns, bool was_recorded, struct error *err)
{
        struct error undo = ERROR_INIT;

        if (!was_recorded && wire_down(&ns, 1, &undo) < 0) {
                log_error("undo-failed", "%s; DEL finishes it", undo.message);
                err->class = ERROR_HALF_DONE;
        }
}

static int bring_up(struct call *call, struct netsetup *ns, struct error *err)
{
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        bool was_recorded = netsetup_is_recorded(ns);
        pid_t responder;
        int r;

        /* Who the pod is, before anything is touched. */
        if (!was_recorded && (r = netsetup_plan(ns, NETSETUP_UP, &plan, NULL, err)) < 0)
                return r;
        r = cni_attachment_write(call->options.net.state_dir, &call->request, netsetup_dir(ns),
                                 netsetup_identity(ns)->interface, err);
        if (r == 0)
                r = wire_up(ns, err);
        if (r == 0 && (r = wire_serve(&ns, 1, true, &responder, err)) < 0)
                put_back(ns, was_recorded, err);
        if (r < 0 && !was_recorded && err->class != ERROR_HALF_DONE)
                cni_attachment_forget(call->options.net.state_dir, call->request.container_id,
                                      call->request.ifname, NULL);
        return r;
}

static enum cni_code do_add(struct call *call, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        enum cni_code code = enter(call->request.netns, err);

        if (code != CNI_OK)
                return code;
        choose_interface(call);
        call->attachment = cni_attachment_name(call->request.container_id, call->request.ifname);
        call->options.net.attachment = call->attachment;
        if (session_open(&call->options, NETSETUP_WRITE, &ns, err) < 0 ||
            bring_up(call, ns, err) < 0)
                return cni_code_of(err);
        return answer_links(call, ns, err);
}

/* --- DEL, GC --- */

/* What DEL, or GC, is about. @file: with or without one */
struct leaving {
        const struct cni_attachment *file;
        const char *container_id, *ifname;
};

struct search {
        const struct leaving *leaving;
        const char *dir, *interface; /* of the graft */
        bool found;
};

static int look_for_other(const struct cni_attachment *a, void *user, struct error *err _unused_)
{
        struct search *search = user;
        bool is_same = strcmp(a->container_id, search->leaving->container_id) == 0 &&
                       strcmp(a->ifname, search->leaving->ifname) == 0;

        search->found |= !is_same && strcmp(a->dir, search->dir) == 0 &&
                         strcmp(a->interface, search->interface) == 0;
        return 0;
}

static bool is_recorded_for(const struct netsetup *ns, const char *container_id, const char *ifname)
{
        _cleanup_free_ char *name = cni_attachment_name(container_id, ifname);
        const char *recorded = netsetup_recorded_attachment(ns);

        return name && recorded && strcmp(name, recorded) == 0;
}

/*
 * Under the lock, which ADD writes attachments under. Without a file of its own the record tells
 * who made the graft. Without a record either (@is_adopted: the state directory was lost) nothing
 * does, and the runtime, which takes the pod apart and needs the pod's own interface for that, is
 * believed.
 */
static bool may_take_down(struct call *call, const struct leaving *leaving,
                          const struct netsetup *ns, bool is_adopted)
{
        struct search search = { leaving, netsetup_dir(ns), netsetup_identity(ns)->interface,
                                 false };

        cni_attachments_each(call->options.net.state_dir, NULL, look_for_other, &search, NULL);
        if (search.found)
                log_info("left-standing",
                         "'%s' is another attachment's too: container '%s' lets go of it, nothing "
                         "is changed",
                         search.interface, leaving->container_id);
        else if (leaving->file->file || is_adopted ||
                 is_recorded_for(ns, leaving->container_id, leaving->ifname))
                return true;
        else
                log_info("left-standing",
                         "'%s' was not set up for container '%s': nothing is changed",
                         search.interface, leaving->container_id);
        return false;
}

static enum cni_code take_down(struct call *call, const struct leaving *leaving,
                               struct netsetup *ns, struct error *err)
{
        struct notes notes = { 0 };
        bool was_recorded = netsetup_is_recorded(ns);
        int r = 1;

        if (!was_recorded)
                r = netsetup_adopt(ns, &notes, err);
        if (r == 1 && !may_take_down(call, leaving, ns, !was_recorded))
                r = 0;
        notes_log(&notes);
        if (r == 1)
                r = wire_down(&ns, 1, err);
        return r < 0 ? cni_code_of(err) : CNI_OK;
}

/* Return: CNI_UNKNOWN_CONTAINER: its namespace is gone, or the name is another's by now */
static enum cni_code detach_in_namespace(struct call *call, const struct leaving *leaving,
                                         const char *netns, struct error *err)
{
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        const struct cni_attachment *a = leaving->file;
        enum cni_code code = netns ? enter(netns, err) : CNI_UNKNOWN_CONTAINER;

        if (code != CNI_OK)
                return code;
        call->options.netns = netns;
        if (a->file)
                call->options.net.interface = a->interface;
        else
                choose_interface(call);
        if (session_open(&call->options, NETSETUP_WRITE, &ns, err) < 0)
                return cni_code_of(err);
        if (a->file && strcmp(netsetup_dir(ns), a->dir) != 0)
                return CNI_UNKNOWN_CONTAINER;
        return take_down(call, leaving, ns, err);
}

/* @a: with or without a file */
static enum cni_code detach(struct call *call, const struct cni_attachment *a,
                            const char *container_id, const char *ifname, const char *netns,
                            struct error *err)
{
        const struct leaving leaving = { a, container_id, ifname };
        enum cni_code code = detach_in_namespace(call, &leaving, netns, err);

        /* What DEL calls the namespace by may be another's; ADD knew this one's. */
        if (code == CNI_UNKNOWN_CONTAINER && a->file && netns && strcmp(netns, a->netns) != 0) {
                error_clear(err);
                code = detach_in_namespace(call, &leaving, a->netns, err);
        }
        if (code == CNI_UNKNOWN_CONTAINER) {
                error_clear(err);
                code = a->file && cni_attachment_abandon(a, err) < 0 ? cni_code_of(err) : CNI_OK;
        }
        if (code == CNI_OK &&
            cni_attachment_forget(call->options.net.state_dir, container_id, ifname, err) < 0)
                code = cni_code_of(err);
        return code;
}

static enum cni_code do_del(struct call *call, struct error *err)
{
        _cleanup_(cni_attachment_done) struct cni_attachment a = { 0 };
        const struct cni_request *request = &call->request;

        cni_attachment_read(call->options.net.state_dir, request->container_id, request->ifname,
                            &a);
        return detach(call, &a, request->container_id, request->ifname,
                      request->netns ? request->netns
                      : a.file       ? a.netns
                                     : NULL,
                      err);
}

/* One that cannot be removed must not keep the others; the first failure is told. */
static int collect(const struct cni_attachment *a, void *user, struct error *err)
{
        struct call *call = user;
        struct error own = ERROR_INIT;

        if (!cni_is_valid(&call->request, a->container_id, a->ifname)) {
                log_info("collected", "removing what is left of '%s' in container '%s'", a->ifname,
                         a->container_id);
                if (detach(call, a, a->container_id, a->ifname, a->netns, &own) != CNI_OK) {
                        error_set_class(err, own.class, own.code, "%s", own.message);
                        error_context(err, "container '%s'", a->container_id);
                }
        }
        return 0;
}

static enum cni_code do_gc(struct call *call, struct error *err)
{
        int r = cni_attachments_each(call->options.net.state_dir, call->request.network, collect,
                                     call, err);

        return r < 0 || err->code ? cni_code_of(err) : CNI_OK;
}

/* --- CHECK, STATUS, VERSION --- */

static enum cni_code check_drift(struct json_object *links, struct error *err)
{
        struct json_object *drift;

        if (json_get_array(links, "drift", &drift, err) < 0)
                return CNI_FAILED;
        if (json_object_array_length(drift) == 0)
                return CNI_OK;
        error_set(err, -ESTALE, "the pod's network is not as ADD left it: %s",
                  json_object_to_json_string_ext(drift, JSON_C_TO_STRING_PLAIN));
        return CNI_CHANGED;
}

static enum cni_code check_responder(const struct netsetup *ns, struct error *err)
{
        _cleanup_free_ char *lease = lease_path(ns);

        if (!podnet_is_served(netsetup_identity(ns)) || (lease && responder_is_alive(lease, NULL)))
                return CNI_OK;
        error_set(err, -ESRCH, "nobody serves the guest: the responder is gone");
        return CNI_CHANGED;
}

/* Is the graft the attachment's that the runtime asks for? */
static enum cni_code check_attachment(const struct call *call, const struct cni_attachment *a,
                                      const struct netsetup *ns, struct error *err)
{
        const struct cni_request *request = &call->request;
        bool is_its = a->file ? strcmp(a->dir, netsetup_dir(ns)) == 0
                              : is_recorded_for(ns, request->container_id, request->ifname);

        if (is_its)
                return CNI_OK;
        error_set(err, -ESRCH, "container '%s' has no attachment '%s' in '%s'",
                  request->container_id, request->ifname, request->netns);
        return CNI_CHANGED;
}

static enum cni_code do_check(struct call *call, struct error *err)
{
        _cleanup_(cni_attachment_done) struct cni_attachment a = { 0 };
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_(cleanup_json_unref) struct json_object *links = NULL;
        enum cni_code code = enter(call->request.netns, err);
        char mac[MAC_TEXT_LEN];

        if (code != CNI_OK)
                return code;
        cni_attachment_read(call->options.net.state_dir, call->request.container_id,
                            call->request.ifname, &a);
        if (a.file)
                call->options.net.interface = a.interface;
        else
                choose_interface(call);
        if (session_open(&call->options, NETSETUP_READ, &ns, err) < 0)
                return cni_code_of(err);
        if (!netsetup_is_recorded(ns)) {
                error_set(err, -ESRCH, "nothing is set up here");
                return CNI_CHANGED;
        }
        if ((code = check_attachment(call, &a, ns, err)) != CNI_OK)
                return code;
        if (netsetup_links_json(ns, &links, err) < 0)
                return cni_code_of(err);
        if ((code = check_drift(links, err)) != CNI_OK ||
            (code = check_responder(ns, err)) != CNI_OK)
                return code;
        mac_format(netsetup_identity(ns)->mac, mac);
        return cni_result_has(&call->request, links, mac, err) ? CNI_OK : CNI_CHANGED;
}

/* The first directory there is, from @path upwards, is to be written to. */
static bool can_write(const char *path)
{
        _cleanup_free_ char *dir = strdup(path);
        char *slash;

        while (dir && access(dir, F_OK) < 0 && (slash = strrchr(dir, '/')))
                slash[slash == dir] = '\0';
        return dir && access(dir, W_OK) == 0;
}

static enum cni_code do_status(struct call *call, struct error *err)
{
        _cleanup_free_ char *responder = process_libexec("podgraft-dhcpd");
        _cleanup_close_ int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

        if (!responder || access(responder, X_OK) < 0)
                error_errno(err, -errno, "the responder '%s'", responder ? responder : "");
        else if (tun < 0)
                error_errno(err, -errno, "open '/dev/net/tun'");
        else if (!can_write(call->options.net.state_dir))
                error_errno(err, -errno, "write to '%s'", call->options.net.state_dir);
        else
                return CNI_OK;
        return CNI_NOT_AVAILABLE;
}

/* --- the call --- */

static enum cni_code carry_out(struct call *call, struct error *err)
{
        enum cni_code code;

        if (call->request.command == CNI_VERSION) {
                call->answer = cni_versions(&call->request);
                return CNI_OK;
        }
        code = take_options(call, err);
        if (code != CNI_OK)
                return code;
        switch (call->request.command) {
        case CNI_ADD:
                return do_add(call, err);
        case CNI_DEL:
                return do_del(call, err);
        case CNI_CHECK:
                return do_check(call, err);
        case CNI_STATUS:
                return do_status(call, err);
        case CNI_GC:
                return do_gc(call, err);
        default:
                return CNI_OK;
        }
}

static int read_input(char **ret, size_t *ret_len, struct error *err)
{
        _cleanup_free_ char *text = malloc(INPUT_MAX + 1);
        size_t len = 0;

        while (text && len < INPUT_MAX) {
                ssize_t n = read(STDIN_FILENO, text + len, INPUT_MAX - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return error_errno(err, -errno, "read the configuration");
                if (n == 0)
                        break;
                len += (size_t)n;
        }
        if (!text || len == INPUT_MAX)
                return error_set(err, -EFBIG, "the configuration has %u bytes or more", INPUT_MAX);
        text[len] = '\0';
        *ret = take_ptr(text);
        *ret_len = len;
        return 0;
}

static bool print_answer(struct json_object *answer)
{
        if (answer)
                json_print(stdout, answer);
        return fflush(stdout) == 0 && !ferror(stdout);
}

int cni_main(void)
{
        const struct cni_environment environment = { getenv("CNI_COMMAND"),
                                                     getenv("CNI_CONTAINERID"), getenv("CNI_NETNS"),
                                                     getenv("CNI_IFNAME") };
        _cleanup_free_ char *text = NULL;
        struct call call = { .request.version = cni_version(0) };
        struct error err = ERROR_INIT;
        enum cni_code code = CNI_OK;
        size_t len = 0;
        bool printed;

        log_setup("podgraft-cni", LOG_LEVEL_INFO, LOG_FORMAT_TEXT, STDERR_FILENO);
        if (environment.command && read_input(&text, &len, &err) < 0)
                code = CNI_IO;
        if (code == CNI_OK)
                code = cni_request_read(&environment, text ? text : "", len, &call.request, &err);
        if (code == CNI_OK)
                code = carry_out(&call, &err);
        if (code != CNI_OK) {
                log_error("failed", "%s: %s", environment.command ? environment.command : "",
                          err.message);
                call.answer = cni_failure(&call.request, code, err.message);
        }
        printed = print_answer(call.answer);
        json_object_put(call.answer);
        free(call.attachment);
        options_done(&call.options);
        cni_request_done(&call.request);
        return code == CNI_OK && printed ? 0 : EXIT_FAILURE;
}
