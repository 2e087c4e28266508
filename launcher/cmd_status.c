/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/commands.h"
#include "launcher/metrics.h"
#include "launcher/probe.h"
#include "launcher/responder_status.h"
#include "launcher/status_text.h"
#include "launcher/wiring.h"
#include "podgraft/json.h"
#include "podgraft/text.h"

static struct json_object *status_to_json(struct netsetup *ns, struct responder_status *serving,
                                          struct error *err)
{
        struct json_object *o = json_object_new_object(), *links = NULL;
        const char *connect = NULL, *domain = netsetup_recorded_domain(ns, &connect);

        json_object_object_add(o, "identity", podnet_to_json(netsetup_identity(ns)));
        if (netsetup_links_json(ns, &links, err) < 0)
                return json_unref(o);
        json_object_object_add(o, "links", links);
        json_object_object_add(o, "responder", json_object_get(serving->responder));
        json_object_object_add(o, "lease", json_object_get(serving->lease));
        json_object_object_add(o, "warnings", json_object_get(serving->warnings));
        if (domain) {
                json_add_string(o, "domain", domain);
                json_add_string(o, "connect", connect ? connect : "embedded");
        }
        return o;
}

/* On stdout, or into a file that a collector never sees half written. */
static int show_metrics(const struct options *options, struct json_object *all, struct error *err)
{
        _cleanup_free_ char *temporary = NULL;
        mode_t mask;
        FILE *f;
        int fd;

        if (!options->output) {
                metrics_print(stdout, all);
                return 0;
        }
        /* Of its own: those that overlap do not write into each other's. */
        if (asprintf(&temporary, "%s.XXXXXX", options->output) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        fd = mkostemp(temporary, O_CLOEXEC);
        f = fd < 0 ? NULL : fdopen(fd, "w");
        if (!f)
                return error_set_class(err, ERROR_USAGE, -errno, "--output '%s': %s",
                                       options->output, strerror(errno));
        metrics_print(f, all);
        mask = umask(0);
        umask(mask);
        if (fchmod(fd, 0666 & ~mask) < 0 || fclose(f) != 0 ||
            rename(temporary, options->output) < 0) {
                int r = error_errno(err, -errno, "write '%s'", options->output);

                unlink(temporary);
                return r;
        }
        return 0;
}

static int read_status(struct netsetup *ns, struct json_object **ret, struct error *err)
{
        _cleanup_free_ char *path = lease_path(ns);
        struct responder_status serving;

        if (!path)
                return error_set(err, -ENOMEM, "out of memory");
        serving = responder_status_read(path, netsetup_identity(ns));
        *ret = status_to_json(ns, &serving, err);
        responder_status_done(&serving);
        return *ret ? 0 : err->code < 0 ? err->code : -ENOMEM;
}

/* The VMI's interfaces of other bindings, after those of ours. */
static void print_left_alone(struct json_object *list)
{
        for (size_t i = 0; i < json_object_array_length(list); i++) {
                struct json_object *one = json_object_array_get_idx(list, i);
                const char *name = "", *binding = "";

                json_get_string(one, "name", &name, NULL);
                json_get_string(one, "binding", &binding, NULL);
                printf("%s", i ? ", " : "\nleft alone: ");
                text_print(stdout, name);
                printf(" (");
                text_print(stdout, binding);
                printf(")");
        }
        if (json_object_array_length(list) > 0)
                putchar('\n');
}

static void show_text(const struct wiring *w, struct json_object *all)
{
        struct terminal t = terminal_of(stdout);

        for (size_t i = 0; i < w->n; i++) {
                if (i > 0)
                        putchar('\n');
                status_print(&t, netsetup_identity(w->ns[i]), json_object_array_get_idx(all, i),
                             time(NULL));
        }
}

static int show(const struct options *options, const struct wiring *w, struct error *err)
{
        _cleanup_(cleanup_json_unref) struct json_object *all = json_object_new_array(),
                                                         *left_alone = wiring_left_alone(w);

        for (size_t i = 0; i < w->n; i++) {
                struct json_object *status = NULL;
                int r = read_status(w->ns[i], &status, err);

                if (r < 0)
                        return r;
                if (left_alone)
                        json_object_object_add(status, "left_alone", json_object_get(left_alone));
                json_object_array_add(all, status);
        }
        if (options->prometheus)
                return show_metrics(options, all, err);
        if (options->json)
                wiring_print_json(all);
        else
                show_text(w, all);
        if (!options->json && left_alone)
                print_left_alone(left_alone);
        return 0;
}

static int not_recorded(struct netsetup *ns, struct error *err)
{
        if (netsetup_adopt(ns, NULL, err) == 1)
                return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT,
                                       "a graft of '%s' stands here, but its record is lost; "
                                       "'podgraft up' goes on with it, 'podgraft down --force' "
                                       "restores what is known",
                                       netsetup_identity(ns)->interface);
        return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT, "nothing is set up here");
}

/* For a probe: nothing but the exit status. */
static int check(const struct options *options, const struct wiring *w, struct error *err)
{
        const char *why;
        int r = 1;

        for (size_t i = 0; r == 1 && i < w->n; i++)
                r = probe(w->ns[i], probe_named(options->check), &why, err);
        return r < 0 ? r : r ? 0 : ERROR_NOT_SET_UP;
}

int cmd_status(const struct options *options, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        int r;

        if (options->output && !options->prometheus)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "--output is where --prometheus writes; give that, too");
        r = wiring_open(options, NETSETUP_READ, WIRING_STANDING, &w, err);
        if (r < 0)
                return r;
        if (options->check)
                return check(options, &w, err);
        for (size_t i = 0; i < w.n; i++)
                if (!netsetup_is_recorded(w.ns[i])) {
                        r = not_recorded(w.ns[i], err);
                        return w.n > 1 ? error_context(err, "'%s'", w.options[i].net.interface) : r;
                }
        return show(options, &w, err);
}
