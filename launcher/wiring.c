/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/wiring.h"

#include <string.h>

#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/progress.h"
#include "launcher/wire.h"
#include "podgraft/domain.h"
#include "podgraft/json.h"
#include "podgraft/log.h"

#define WIRING_LEFT_ALONE "left-alone" /* beside the records, and goes with the last */

/* --- opening --- */

static int allocate(struct wiring *w, size_t most, struct error *err)
{
        w->options = calloc(most, sizeof(*w->options));
        w->ns = calloc(most, sizeof(*w->ns));
        w->stood = calloc(most, sizeof(*w->stood));
        return w->options && w->ns && w->stood ? 0 : error_set(err, -ENOMEM, "out of memory");
}

/* A session for what is in w->options[w->n], beside those that are open. */
static int open_next(struct wiring *w, enum netsetup_access access, struct error *err)
{
        struct netsetup *last = w->n > 0 ? w->ns[w->n - 1] : NULL;
        const struct options *own = &w->options[w->n];
        int r = session_open_beside(own, access, last, &w->ns[w->n], err);

        if (r < 0)
                return own->net.interface ? error_context(err, "'%s'", own->net.interface) : r;
        w->stood[w->n] = netsetup_is_recorded(w->ns[w->n]);
        w->n++;
        return 0;
}

static int open_named(const struct options *options, enum netsetup_access access, struct wiring *w,
                      struct error *err)
{
        size_t n = options_n_interfaces(options);
        int r = allocate(w, n, err);

        for (size_t i = 0; r == 0 && i < n; i++) {
                options_for(options, i, &w->options[i]);
                r = open_next(w, access, err);
        }
        return r;
}

static unsigned index_of(const struct wiring *w, size_t i)
{
        const struct podnet *net = netsetup_identity(w->ns[i]);

        return net ? net->index : 0;
}

/* Who was opened beside whom stays as it is; there are few. */
static void sort_by_index(struct wiring *w)
{
        for (size_t i = 1; i < w->n; i++)
                for (size_t k = i; k > 0 && index_of(w, k) < index_of(w, k - 1); k--) {
                        struct netsetup *ns = w->ns[k];
                        struct options own = w->options[k];

                        w->ns[k] = w->ns[k - 1];
                        w->options[k] = w->options[k - 1];
                        w->ns[k - 1] = ns;
                        w->options[k - 1] = own;
                }
}

/* The first record there is, and all others; or what will be found where there is none. */
static int open_standing(const struct options *options, enum netsetup_access access,
                         struct wiring *w, struct error *err)
{
        const char *first;
        size_t n;
        int r = allocate(w, POD_INTERFACES_MAX, err);

        if (r < 0)
                return r;
        w->options[0] = *options;
        r = open_next(w, access, err);
        if (r < 0 || !w->stood[0])
                return r;
        first = netsetup_identity(w->ns[0])->interface;
        options_for_name(options, first, &w->options[0]);
        n = netsetup_recorded_interfaces(w->ns[0], &w->names);
        for (size_t i = 0; r == 0 && i < n && w->n < POD_INTERFACES_MAX; i++) {
                if (strcmp(w->names[i], first) == 0)
                        continue;
                options_for_name(options, w->names[i], &w->options[w->n]);
                r = open_next(w, access, err);
                if (r == 0 && !w->stood[w->n - 1]) /* it was of another boot */
                        netsetup_close(w->ns[--w->n]);
        }
        sort_by_index(w);
        return r;
}

int wiring_open(const struct options *options, enum netsetup_access access, enum wiring_which which,
                struct wiring *ret, struct error *err)
{
        struct wiring w = { 0 };
        bool named = options->n_names > 0 ||
                     (which == WIRING_WANTED && options_n_interfaces(options) > 0);
        int r = named ? open_named(options, access, &w, err)
                      : open_standing(options, access, &w, err);

        if (r < 0) {
                wiring_close(&w);
                return r;
        }
        *ret = w;
        return 0;
}

int wiring_open_names(const struct options *options, enum netsetup_access access,
                      const char (*names)[IFNAMSIZ], size_t n, struct wiring *ret,
                      struct error *err)
{
        struct wiring w = { .names = calloc(n + 1, sizeof(*names)) };
        int r = allocate(&w, n + 1, err);

        if (r == 0 && !w.names)
                r = error_set(err, -ENOMEM, "out of memory");
        for (size_t i = 0; r == 0 && i < n; i++) {
                strcpy(w.names[i], names[i]);
                options_for_name(options, w.names[i], &w.options[i]);
                r = open_next(&w, access, err);
        }
        if (r < 0) {
                wiring_close(&w);
                return r;
        }
        *ret = w;
        return 0;
}

/* The one that has socket and lock is the last. */
static void close_all(struct wiring *w)
{
        struct netsetup *root = NULL;

        for (size_t i = w->n; i > 0; i--)
                if (netsetup_is_beside(w->ns[i - 1]))
                        netsetup_close(w->ns[i - 1]);
                else
                        root = w->ns[i - 1];
        netsetup_close(root);
}

void wiring_close(struct wiring *w)
{
        close_all(w);
        free(w->options);
        free(w->ns);
        free(w->stood);
        free(w->names);
        *w = (struct wiring){ 0 };
}

int wiring_reopen(struct wiring *w, const struct options *options, enum netsetup_access access,
                  struct error *err)
{
        char names[POD_INTERFACES_MAX][IFNAMSIZ];
        size_t n = w->n;

        for (size_t i = 0; i < n; i++)
                strcpy(names[i], netsetup_identity(w->ns[i])->interface);
        wiring_close(w);
        return wiring_open_names(options, access, names, n, w, err);
}

bool wiring_is_recorded(const struct wiring *w)
{
        for (size_t i = 0; i < w->n; i++)
                if (netsetup_is_recorded(w->ns[i]))
                        return true;
        return false;
}

void wiring_print_json(struct json_object *each)
{
        struct json_object *o = json_object_new_object(), *shown = o;

        json_object_object_add(o, "interfaces", json_object_get(each));
        if (json_object_array_length(each) == 1)
                shown = json_object_array_get_idx(each, 0);
        json_print(stdout, shown);
        json_object_put(o);
}

/* --- the domain --- */

void wiring_interface(const struct options *own, const struct podnet *net, bool one_of_several,
                      char mac[MAC_TEXT_LEN], struct domain_interface *ret)
{
        *ret = (struct domain_interface){
                .alias = own->alias       ? own->alias
                         : one_of_several ? net->interface
                                          : NULL,
                .tap = net->tap,
                .mac = mac_format(net->mac, mac),
                .mtu_bytes = net->mtu_bytes,
                .queues = net->queues,
                .model = own->model,
                .boot_order = own->boot_order,
                .pci_address = own->pci_address,
                .acpi_index = own->acpi_index,
                .link_state = own->link_state,
                .no_rom = own->no_rom,
        };
}

int wiring_fill_in(const struct wiring *w, const struct domain_text *text, char **ret_xml,
                   size_t *ret_len, char **ret_name, struct error *err)
{
        struct domain_interface wanted[POD_INTERFACES_MAX];
        char macs[POD_INTERFACES_MAX][MAC_TEXT_LEN];

        for (size_t i = 0; i < w->n; i++)
                wiring_interface(&w->options[i], netsetup_identity(w->ns[i]), w->n > 1, macs[i],
                                 &wanted[i]);
        return domain_fill_in(text, wanted, w->n, ret_xml, ret_len, ret_name, err);
}

/* --- up --- */

/* Several have the name in front of what is wrong with one of them. */
static int blame(const struct wiring *w, size_t i, int r, struct error *err)
{
        const char *name = w->options[i].net.interface;

        return r < 0 && w->n > 1 && name ? error_context(err, "'%s'", name) : r;
}

int wiring_identify(struct wiring *w, struct notes *notes, struct error *err)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < w->n; i++)
                r = blame(w, i, netsetup_identify(w->ns[i], notes, err), err);
        progress_end(); /* it may have waited for them */
        return r;
}

/* What belongs to somebody else is said by status, which has no VMI. */
static int keep_left_alone(const struct wiring *w, struct error *err)
{
        _cleanup_free_ char *path = NULL;

        if (!w->options[0].left_alone)
                return 0;
        if (asprintf(&path, "%s/" WIRING_LEFT_ALONE, netsetup_dir(w->ns[0])) < 0)
                return error_set(err, -ENOMEM, "out of memory");
        return json_write_file(path, w->options[0].left_alone, err);
}

int wiring_up(struct wiring *w, struct error *err)
{
        int r = 0;

        /* The first is looked at by its own up; the others before that touches anything. */
        for (size_t i = 1; r == 0 && i < w->n; i++)
                r = blame(w, i, netsetup_identify(w->ns[i], NULL, err), err);
        for (size_t i = 0; r == 0 && i < w->n; i++) {
                r = blame(w, i, wire_up(w->ns[i], err), err);
                if (r == 0)
                        w->n_up = i + 1;
        }
        return r == 0 ? keep_left_alone(w, err) : r;
}

struct json_object *wiring_left_alone(const struct wiring *w)
{
        _cleanup_free_ char *path = NULL;
        struct json_object *list = NULL;

        if (w->n == 0 || asprintf(&path, "%s/" WIRING_LEFT_ALONE, netsetup_dir(w->ns[0])) < 0 ||
            json_read_own_file(path, &list, NULL) < 0)
                return NULL;
        return list;
}

int wiring_put_back(struct wiring *w, int r, struct error *err)
{
        struct netsetup *made[POD_INTERFACES_MAX];
        struct error undo = ERROR_INIT;
        size_t n = 0;

        for (size_t i = 0; i < w->n_up; i++)
                if (!w->stood[i])
                        made[n++] = w->ns[i];
        if (n == 0)
                return r;
        /* What is wrong with a later one is no longer a question with nothing touched. */
        if (err->class == ERROR_USAGE)
                err->class = ERROR_FAILED;
        if (wire_down(made, n, &undo) < 0) {
                log_error("undo-failed", "%s; 'podgraft down' finishes it", undo.message);
                err->class = ERROR_HALF_DONE;
        }
        return r;
}
