/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launcher/option_vmi.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "launcher/option_table.h"
#include "podgraft/json.h"
#include "podgraft/log.h"

#define FILE_MAX     (4u << 20) /* bytes */
#define SEARCHES_MAX 64

/* A whole file and a NUL. */
static int read_file(const char *label, const char *path, char **ret, size_t *ret_len,
                     struct error *err)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        _cleanup_free_ char *text = malloc(FILE_MAX + 1);
        size_t len;

        if (!text)
                return error_set(err, -ENOMEM, "out of memory");
        len = f ? fread(text, 1, FILE_MAX + 1, f) : 0;
        if (!f || ferror(f))
                return error_set_class(err, ERROR_USAGE, -errno, "--%s '%s': %s", label, path,
                                       strerror(errno));
        if (len > FILE_MAX)
                return error_set_class(err, ERROR_USAGE, -EFBIG, "--%s '%s': more than %u bytes",
                                       label, path, FILE_MAX);
        text[len] = '\0';
        *ret = take_ptr(text);
        *ret_len = len;
        return 0;
}

/* --- interfaces --- */

static void take_dhcp_options(const struct vmi_interface *one, struct pod_interface *ret)
{
        size_t n = json_object_array_length(one->dhcp_options);

        for (size_t i = 0; i < n && i < DHCP_MAX_USER_OPTIONS; i++)
                ret->dhcp_options[ret->n_dhcp_options++] =
                        json_object_get_string(json_object_array_get_idx(one->dhcp_options, i));
}

static struct pod_interface interface_of(const struct vmi_interface *one)
{
        struct pod_interface interface = {
                .name = one->pod_interface,
                .has_mac = one->has_mac,
                .queues = one->queues,
                .alias = one->name,
                .model = one->model,
                .boot_order = one->boot_order,
                .pci_address = one->pci_address,
                .acpi_index = one->acpi_index,
                .link_state = one->state == VMI_STATE_DOWN ? "down" : "up",
                .no_rom = true, /* as KubeVirt: there is nothing to boot from it */
        };

        memcpy(interface.mac, one->mac, MAC_LEN);
        take_dhcp_options(one, &interface);
        return interface;
}

/* For status, which says so without the VMI: {"name": "blue", "binding": "sriov"} */
static void add_left_alone(const struct vmi_interface *one, struct options *options)
{
        struct json_object *o = json_object_new_object();

        json_add_string(o, "name", one->name);
        json_add_string(o, "binding", one->binding);
        json_object_array_add(options->left_alone, o);
}

static void begin_left_alone(struct options *options)
{
        if (!options->texts)
                options->texts = json_object_new_array();
        options->left_alone = json_object_new_array();
        json_object_array_add(options->texts, options->left_alone);
}

static int take_interfaces(const struct vmi *vmi, struct options *options, struct error *err)
{
        if (options->n_interfaces > 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the configuration has a list of interfaces, and --vmi "
                                       "another one; leave one of them out");
        begin_left_alone(options);
        for (size_t i = 0; i < vmi->n_interfaces; i++) {
                const struct vmi_interface *one = &vmi->interfaces[i];

                if (one->state == VMI_STATE_ABSENT)
                        continue;
                if (!one->is_ours) {
                        add_left_alone(one, options);
                        continue;
                }
                if (options->n_interfaces == POD_INTERFACES_MAX)
                        return error_set_class(err, ERROR_USAGE, -EINVAL,
                                               "--vmi '%s': podgraft serves at most %d interfaces",
                                               options->vmi, POD_INTERFACES_MAX);
                options->interfaces[options->n_interfaces++] = interface_of(one);
        }
        return 0;
}

/* Has anybody said so? */
static bool is_given(const struct options *options, const char *name)
{
        const struct option_row *row = option_find(CMD_CONFIG, name, strlen(name));

        return row && options->given[row - option_rows].source > FROM_DEFAULT;
}

static int check_own(const struct vmi *vmi, const struct options *options, struct error *err)
{
        if (options->n_interfaces == 0 && options->n_names == 0)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "--vmi '%s': none of its %zu interfaces is podgraft's: "
                                       "bound by bridge, or by a network binding plugin called "
                                       "'%s'",
                                       options->vmi, vmi->n_interfaces, VMI_PLUGIN);
        if (options->n_interfaces > 1 && options->net.has_mac)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "the VMI has several interfaces, which cannot share one "
                                       "MAC address; leave --mac out");
        return 0;
}

static int take(struct options *options, struct vmi *vmi, struct error *err)
{
        _cleanup_free_ char *status = NULL;
        char source[256];
        size_t len;
        int r;

        if (options->network_status) {
                snprintf(source, sizeof(source), "--network-status '%.200s'",
                         options->network_status);
                r = read_file("network-status", options->network_status, &status, &len, err);
                if (r < 0 || (r = vmi_take_network_status(vmi, status, len, source, err)) < 0)
                        return r;
        }
        if ((r = take_interfaces(vmi, options, err)) < 0 || (r = check_own(vmi, options, err)) < 0)
                return r;
        if (vmi->hostname[0] && !is_given(options, "hostname"))
                options->net.hostname = vmi->hostname;
        return 0;
}

int option_vmi_take(struct options *options, struct vmi *ret, struct error *err)
{
        _cleanup_free_ char *text = NULL;
        char source[256];
        size_t len;
        int r;

        *ret = (struct vmi){ 0 };
        if (!options->vmi && options->network_status)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "--network-status tells what the interfaces of a VMI are "
                                       "called; give that with --vmi");
        if (!options->vmi)
                return 0;
        snprintf(source, sizeof(source), "--vmi '%.200s'", options->vmi);
        if ((r = read_file("vmi", options->vmi, &text, &len, err)) < 0 ||
            (r = vmi_read(text, len, source, NULL, ret, err)) < 0)
                return r;
        r = take(options, ret, err);
        if (r < 0)
                vmi_done(ret);
        return r;
}

/* --- the search list --- */

/* What stands behind the last "search" or "domain", which is what counts. */
static const char *last_search(const char *text)
{
        const char *found = "";

        for (const char *line = text; *line; line += *line == '\n') {
                const char *p = line + strspn(line, " \t");
                size_t len = strcspn(p, " \t\n");

                if ((len == 6 && strncmp(p, "search", 6) == 0) ||
                    (len == 6 && strncmp(p, "domain", 6) == 0))
                        found = p + len;
                line += strcspn(line, "\n");
        }
        return found;
}

char *option_vmi_add_search(const struct vmi *vmi, const char *text)
{
        char searches[SEARCHES_MAX][PODNET_DOMAIN_LEN], domain[PODNET_DOMAIN_LEN];
        const char *found = last_search(text);
        int len = (int)strcspn(found, "\n");
        _cleanup_free_ char *words = strndup(found, (size_t)len), *result = NULL;
        char *save = NULL;
        size_t n = 0;

        if (!words)
                return NULL;
        for (char *word = strtok_r(words, " \t", &save); word && n < SEARCHES_MAX;
             word = strtok_r(NULL, " \t", &save))
                n += podnet_clean_domain(word, searches[n]);
        vmi_search_domain(vmi, (const char(*)[PODNET_DOMAIN_LEN])searches, n, domain);
        if (!*domain || asprintf(&result, "%s\nsearch %s%.*s\n", text, domain, len, found) < 0)
                return NULL;
        return take_ptr(result);
}

int option_vmi_resolve(struct options *options, const struct vmi *vmi, struct error *err)
{
        _cleanup_free_ char *text = NULL, *added = NULL;
        size_t len;
        int fd;

        if (!vmi->subdomain)
                return 0;
        if (read_file("resolv-conf", options->net.resolv_conf, &text, &len, NULL) == 0)
                added = option_vmi_add_search(vmi, text);
        if (!added) {
                log_warning("no-subdomain",
                            "'%s' has no search domain of a cluster's services, to which the "
                            "VMI's subdomain '%s' could be added",
                            options->net.resolv_conf, vmi->subdomain);
                return 0;
        }
        fd = memfd_create("resolv.conf", MFD_CLOEXEC); /* open as long as we live */
        if (fd < 0 || write(fd, added, strlen(added)) != (ssize_t)strlen(added))
                return error_errno(err, -errno, "keep the VMI's search list");
        snprintf(options->resolv_conf_buf, sizeof(options->resolv_conf_buf), "/proc/self/fd/%d",
                 fd);
        options->net.resolv_conf = options->resolv_conf_buf;
        options->net.default_resolv_conf = false;
        return 0;
}

/* --- the pod's names --- */

/* As the pod knew it, or as it is called while it is grafted. */
static bool is_there(const char *name)
{
        char nic[IFNAMSIZ + 8];

        snprintf(nic, sizeof(nic), "%s-nic", name);
        return if_nametoindex(name) > 0 || if_nametoindex(nic) > 0;
}

void option_vmi_settle(struct options *options, const struct vmi *vmi)
{
        for (size_t i = 0; i < vmi->n_interfaces; i++) {
                const struct vmi_interface *one = &vmi->interfaces[i];

                if (one->is_confirmed || !one->ordinal_interface[0] ||
                    is_there(one->pod_interface) || !is_there(one->ordinal_interface))
                        continue;
                for (size_t k = 0; k < options->n_interfaces; k++)
                        if (options->interfaces[k].name == one->pod_interface)
                                options->interfaces[k].name = one->ordinal_interface;
        }
}
