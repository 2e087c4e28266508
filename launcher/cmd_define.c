/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_define.c - podgraft onDefineDomain: what KubeVirt's sidecar-shim calls before a domain is
 * defined
 *
 *     onDefineDomain --vmi JSON --domain XML        the new XML on stdout, and nothing else
 *
 * A sidecar shares the pod's network namespace, and no files with whoever wired it: who the pod is
 * is seen on its links.
 */
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_tun.h>

#include "launcher/commands.h"
#include "launcher/domain_process.h"
#include "launcher/kubevirt_domain.h"
#include "launcher/vmi.h"
#include "podgraft/log.h"

#define NETWORK_STATUS_MAX (1u << 20)

/* --- the pod's links --- */

/* Return: false: there is no such link */
static bool ask_link(const char *name, unsigned long what, struct ifreq *ret)
{
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        memset(ret, 0, sizeof(*ret));
        snprintf(ret->ifr_name, IFNAMSIZ, "%s", name);
        return fd >= 0 && ioctl(fd, what, ret) == 0;
}

/* Of another process' tap only sysfs tells, if it is that of the pod's namespace. */
static void look_at_queues(const char *tap, struct kubevirt_link *ret)
{
        char path[64], text[32] = "";
        _cleanup_close_ int fd = -1;

        snprintf(path, sizeof(path), "/sys/class/net/%s/tun_flags", tap);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
                return;
        ret->knows_queues = true;
        ret->multi_queue = strtoul(text, NULL, 16) & IFF_MULTI_QUEUE;
}

/* Return: false: it has no tap */
static bool look_at(const char *tap, const char *pod_interface, bool is_own_sysfs,
                    struct kubevirt_link *ret)
{
        struct ifreq request;

        *ret = (struct kubevirt_link){ 0 };
        if (!ask_link(tap, SIOCGIFMTU, &request))
                return false;
        ret->mtu_bytes = (unsigned)request.ifr_mtu;
        if (is_own_sysfs)
                look_at_queues(tap, ret);
        if (ask_link(pod_interface, SIOCGIFHWADDR, &request)) {
                ret->has_mac = true;
                memcpy(ret->mac, request.ifr_hwaddr.sa_data, MAC_LEN);
        }
        return true;
}

/* By the name Multus or KubeVirt has for it, else by KubeVirt's older one. */
static bool find_tap(const struct vmi_interface *interface, bool is_own_sysfs, char tap[IFNAMSIZ],
                     struct kubevirt_link *ret)
{
        kubevirt_tap(interface, interface->pod_interface, tap);
        if (look_at(tap, interface->pod_interface, is_own_sysfs, ret))
                return true;
        if (!interface->ordinal_interface[0] || interface->is_confirmed)
                return false;
        kubevirt_tap(interface, interface->ordinal_interface, tap);
        return look_at(tap, interface->ordinal_interface, is_own_sysfs, ret);
}

/* --- the VMI --- */

static int read_network_status(const char *path, struct vmi *vmi, struct error *err)
{
        struct domain_text text = { 0 };
        char source[256];
        int r;

        if (!path)
                return 0;
        snprintf(source, sizeof(source), "--network-status '%.200s'", path);
        r = domain_text_read(path, source, &text, err);
        if (r == 0)
                r = vmi_take_network_status(vmi, text.data, text.len, source, err);
        domain_text_done(&text);
        return r;
}

struct wanted {
        struct domain_interface interfaces[VMI_MAX_INTERFACES];
        char taps[VMI_MAX_INTERFACES][IFNAMSIZ], macs[VMI_MAX_INTERFACES][MAC_TEXT_LEN];
        size_t n, n_missing;
        bool is_own_sysfs; /* of the namespace that is looked at */
};

static int want_interface(const struct vmi_interface *interface, struct wanted *w,
                          struct error *err)
{
        struct kubevirt_link link;
        size_t n = w->n;
        int r;

        if (!find_tap(interface, w->is_own_sysfs, w->taps[n], &link)) {
                /* One that is being plugged comes again when the pod has it. */
                log_warning("tap-missing", "the pod has no tap for '%s': it is left as it is",
                            interface->name);
                w->n_missing++;
                return 0;
        }
        r = kubevirt_domain_interface(interface, &link, w->taps[n], w->macs[n], &w->interfaces[n],
                                      err);
        if (r < 0)
                return error_context(err, "'%s'", interface->name);
        w->n++;
        return 0;
}

static int want_all(const struct vmi *vmi, struct wanted *w, struct error *err)
{
        for (size_t i = 0; i < vmi->n_interfaces; i++) {
                const struct vmi_interface *one = &vmi->interfaces[i];
                int r;

                if (!one->is_ours) {
                        log_info("not-ours", "'%s' is bound by %s: it is left as it is", one->name,
                                 one->binding);
                        continue;
                }
                if (one->state == VMI_STATE_ABSENT)
                        continue;
                r = want_interface(one, w, err);
                if (r < 0)
                        return r;
        }
        if (w->n > 0 || w->n_missing == 0)
                return 0;
        return error_set_class(err, ERROR_NOT_SET_UP, -ENODEV,
                               "the pod has no tap: 'podgraft up' or podgraft-cni wires it before "
                               "its domain is defined");
}

static int patch(const struct options *options, const struct wanted *w, struct error *err)
{
        struct domain_text text = { .source = "--domain",
                                    .data = (char *)options->domain,
                                    .len = strlen(options->domain) };
        _cleanup_free_ char *xml = NULL;
        size_t len;
        int r;

        r = domain_patch(&text, w->interfaces, w->n, &xml, &len, err);
        if (r == 0)
                fwrite(xml, 1, len, stdout);
        return r;
}

int cmd_define(const struct options *options, struct error *err)
{
        _cleanup_free_ struct wanted *w = calloc(1, sizeof(*w));
        struct vmi vmi;
        int r;

        if (!w)
                return error_set(err, -ENOMEM, "out of memory");
        if (!options->vmi || !options->domain)
                return error_set_class(err, ERROR_USAGE, -EINVAL,
                                       "give --vmi JSON and --domain XML, as KubeVirt's "
                                       "sidecar-shim does");
        w->is_own_sysfs = !options->netns;
        r = vmi_read(options->vmi, strlen(options->vmi), "--vmi",
                     getenv("NETWORK_BINDING_PLUGIN_NAME"), &vmi, err);
        if (r < 0)
                return r;
        if ((r = read_network_status(options->network_status, &vmi, err)) == 0 &&
            (r = want_all(&vmi, w, err)) == 0) {
                if (w->n > 0)
                        r = patch(options, w, err);
                else
                        fputs(options->domain, stdout);
        }
        vmi_done(&vmi);
        return r;
}
