/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * doctor.c - would up work here? One check for each thing that up relies on
 *
 * A check asks the kernel for what up will ask it for, in a way that it must refuse: an answer
 * other than the refusal is the finding. Where up has a check of its own, it is that one.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/utsname.h>

#include "netsetup/filter/filter.h"
#include "netsetup/graft.h"
#include "netsetup/guard.h"
#include "netsetup/link.h"
#include "netsetup/netlink.h"
#include "netsetup/statedir.h"
#include "netsetup/tap.h"
#include "podgraft/directory.h"
#include "podgraft/finding.h"
#include "podgraft/netsetup.h"

struct doctor {
        const struct netsetup_conf *conf;
        struct notes *notes;
        struct netlink *nl;
        struct netstate *state;
        const struct ns_link *nic; /* NULL: there is none, or it is ours already */
        bool is_grafted;           /* a record says so */
        bool is_refused;           /* record or interface: what follows from it need not be said */
};

/* Short files of /proc. Return: "" where it cannot be read */
static const char *read_text(const char *path, char *buf, size_t size)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

        buf[n > 0 ? n : 0] = '\0';
        buf[strcspn(buf, "\n")] = '\0';
        return buf;
}

/* --- kernel and privileges --- */

static void check_kernel(void *user, struct finding *ret)
{
        struct doctor *d = user;
        unsigned major = 0, minor = 0;
        struct utsname name;
        uint64_t cookie;

        uname(&name);
        sscanf(name.release, "%u.%u", &major, &minor);
        if (netlink_namespace_cookie(d->nl, &cookie, NULL) < 0) {
                finding_set(ret, FINDING_MISSING,
                            "%s cannot tell network namespaces apart (SO_NETNS_COOKIE)",
                            name.release);
                finding_remedy(ret, "kernel 5.14 or newer on the node");
        } else if (major < 6 || (major == 6 && minor < 2)) {
                finding_set(ret, FINDING_DEGRADED,
                            "%s renames no link that is up: the interface goes down for a moment",
                            name.release);
                finding_remedy(ret, "kernel 6.2 or newer on the node");
        } else {
                finding_set(ret, FINDING_OK, "%s", name.release);
        }
}

static void check_net_admin(void *user, struct finding *ret)
{
        struct doctor *d = user;

        if (link_kind_probe(d->nl, "bridge", NULL) == -EPERM)
                finding_capability(ret, CAP_NET_ADMIN, "NET_ADMIN", "to change links");
        else
                finding_set(ret, FINDING_OK, "links of this network namespace can be changed");
}

static void check_tun(void *user _unused_, struct finding *ret)
{
        int r = tap_check(NULL);

        if (r == 0) {
                finding_set(ret, FINDING_OK, "'" TUN_DEVICE "' opens");
                return;
        }
        finding_set(ret, FINDING_MISSING, "'" TUN_DEVICE "': %s", strerror(-r));
        if (r == -ENODEV || r == -ENXIO)
                finding_remedy(ret, "load the module on the node: modprobe tun");
}

static void check_kind(struct doctor *d, const char *kind, enum finding_state without,
                       struct finding *ret)
{
        int r = link_kind_probe(d->nl, kind, NULL);

        if (r == -EPERM)
                finding_set(ret, FINDING_DEGRADED, "not known: only NET_ADMIN may ask");
        else if (r == -EOPNOTSUPP)
                finding_set(ret, without, "the kernel has no links of kind '%s'", kind);
        else
                finding_set(ret, FINDING_OK, "the kernel has links of kind '%s'", kind);
        if (r == -EPERM)
                finding_remedy(ret, "see net-admin");
}

static void check_bridge(void *user, struct finding *ret)
{
        check_kind(user, "bridge", FINDING_MISSING, ret);
}

static void check_dummy(void *user, struct finding *ret)
{
        check_kind(user, "dummy", FINDING_DEGRADED, ret);
}

static void check_filter(void *user, struct finding *ret)
{
        struct error err = ERROR_INIT;
        int r = filter_probe(((struct doctor *)user)->nl, &err);

        if (r == -EPERM) {
                finding_set(ret, FINDING_DEGRADED, "not known: only NET_ADMIN may ask");
                finding_remedy(ret, "see net-admin");
        } else if (r < 0) {
                /* up goes on where the kernel has no such filter, not where it fails. */
                finding_set(ret, r == -EOPNOTSUPP ? FINDING_DEGRADED : FINDING_MISSING, "%s",
                            err.message);
        } else {
                finding_set(ret, FINDING_OK, "nftables filters on bridges");
        }
}

/* Nothing depends on it: what podgraft sets for an interface goes over netlink. */
static void check_proc_sys(void *user _unused_, struct finding *ret)
{
        bool writable = access("/proc/sys/net/ipv4/ip_forward", W_OK) == 0;

        finding_set(ret, FINDING_OK,
                    writable ? "writable, not needed" : "read-only, which is enough");
}

static void check_bridge_netfilter(void *user _unused_, struct finding *ret)
{
        static const char *const names[] = { "iptables", "ip6tables", "arptables" };
        char path[64], text[8], on[48] = "", off[256] = "";

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                const char *comma = on[0] ? ", " : "";

                snprintf(path, sizeof(path), "/proc/sys/net/bridge/bridge-nf-call-%s", names[i]);
                if (strcmp(read_text(path, text, sizeof(text)), "1") != 0)
                        continue;
                snprintf(off + strlen(off), sizeof(off) - strlen(off),
                         "%s{name: net.bridge.bridge-nf-call-%s, value: \"0\"}", comma, names[i]);
                snprintf(on + strlen(on), sizeof(on) - strlen(on), "%s%s", comma, names[i]);
        }
        if (!on[0]) {
                finding_set(ret, FINDING_OK, "bridged frames do not meet iptables");
                return;
        }
        finding_set(ret, FINDING_DEGRADED,
                    "bridge-nf-call is 1: the guest's frames meet the pod's own rules of %s", on);
        finding_remedy(ret,
                       "if they are to bypass those rules, of the pod: securityContext: "
                       "{sysctls: [%s]}",
                       off);
}

/* --- the state directory --- */

/* As up will, in which the pod's own directory is to be made. */
static bool is_safe(const char *state_dir, struct error *err)
{
        _cleanup_free_ char *dir = NULL;

        if (asprintf(&dir, "%s/netns-0", state_dir) < 0) {
                dir = NULL;
                return true;
        }
        return directory_check(dir, 0, "--state-dir", err) >= 0;
}

static void check_state_dir(void *user, struct finding *ret)
{
        struct doctor *d = user;
        _cleanup_free_ char *place = NULL;
        struct error err = ERROR_INIT;
        int r = statedir_probe(d->conf->state_dir, &place);

        if (r == 0 && !is_safe(d->conf->state_dir, &err))
                finding_set(ret, FINDING_MISSING, "%s", err.message);
        else if (r < 0)
                finding_set(ret, FINDING_MISSING, "'%s' cannot be written: %s", d->conf->state_dir,
                            strerror(-r));
        else
                finding_set(ret, FINDING_OK, "'%s' can be written", d->conf->state_dir);
}

static char *read_mountinfo(void)
{
        _cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
        char *text = NULL;
        size_t size = 0;

        /* No NUL in it: all of it. */
        if (!f || getdelim(&text, &size, '\0', f) < 0) {
                free(text);
                return NULL;
        }
        return text;
}

static void check_restart(void *user, struct finding *ret)
{
        struct doctor *d = user;
        _cleanup_free_ char *place = NULL, *mountinfo = read_mountinfo();
        struct statedir_mount mount;

        if (statedir_probe(d->conf->state_dir, &place) < 0)
                return; /* said by the check before */
        if (!mountinfo)
                finding_set(ret, FINDING_DEGRADED,
                            "not known: /proc/self/mountinfo cannot be read");
        else if (!statedir_in_container(mountinfo))
                finding_set(ret, FINDING_OK, "this is no container");
        else if (statedir_fate(mountinfo, place, &mount) == STATEDIR_STAYS)
                finding_set(ret, FINDING_OK, "'%s' is on a volume, mounted at '%.100s'",
                            d->conf->state_dir, mount.point);
        else if (strcmp(mount.point, "/") != 0)
                finding_set(ret, FINDING_DEGRADED,
                            "'%s' is on a tmpfs, mounted at '%.100s': unless that is an emptyDir, "
                            "the record goes when the container is started again",
                            d->conf->state_dir, mount.point);
        else
                finding_set(ret, FINDING_DEGRADED,
                            "'%s' is on the container's own file system (%s): the record goes when "
                            "the container is started again",
                            d->conf->state_dir, mount.type);
        if (ret->state == FINDING_DEGRADED)
                finding_remedy(ret,
                               "volumes: [{name: podgraft, emptyDir: {}}], volumeMounts: [{name: "
                               "podgraft, mountPath: %s}]",
                               d->conf->state_dir);
}

/* --- the pod's interface --- */

static void list_links(const struct netstate *state, char *ret, size_t size)
{
        size_t len = 0;

        snprintf(ret, size, "none");
        for (size_t i = 0; i < state->n_links && len + IFNAMSIZ + 2 < size; i++)
                if (!(state->links[i].flags & IFF_LOOPBACK))
                        len += (size_t)snprintf(ret + len, size - len, "%s%s", len ? ", " : "",
                                                state->links[i].name);
}

static void check_record(void *user, struct finding *ret)
{
        struct doctor *d = user;
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        struct error err = ERROR_INIT;

        if (netsetup_open(d->conf, NETSETUP_READ, &ns, d->notes, &err) < 0) {
                d->is_refused = true;
                finding_set(ret, FINDING_MISSING, "%s", err.message);
                return;
        }
        d->is_grafted = netsetup_is_recorded(ns);
        if (d->is_grafted) {
                finding_set(ret, FINDING_OK, "a graft stands here");
        } else if (netsetup_adopt(ns, NULL, NULL) == 1) {
                d->is_grafted = true;
                finding_set(ret, FINDING_DEGRADED,
                            "lost, while the graft stands: up goes on from the marks on its links");
                finding_remedy(ret, "keep it where it outlives a restart: see restart");
        } else {
                finding_set(ret, FINDING_OK, "none yet");
        }
}

static void check_interface(void *user, struct finding *ret)
{
        struct doctor *d = user;
        char names[256];

        if (d->is_refused || d->is_grafted)
                return;
        if (graft_find_interface(d->state, d->conf, &d->nic, NULL) == 0) {
                finding_set(ret, FINDING_OK, "'%s', kind '%s', %s", d->nic->name, d->nic->kind,
                            d->conf->interface ? "as given" : "found");
                return;
        }
        d->is_refused = true;
        list_links(d->state, names, sizeof(names));
        finding_set(ret, FINDING_MISSING, "there is no '%s'%s; this network namespace has: %s",
                    d->conf->interface ? d->conf->interface : "eth0",
                    d->conf->interface ? "" : " and no default route", names);
}

static void refuse(struct doctor *d, const struct refusal *refusal, struct finding *ret)
{
        d->is_refused = true;
        finding_set(ret, FINDING_MISSING, "'%s' %s", d->nic->name, refusal->why);
        finding_remedy(ret, "%s", refusal->remedy);
}

static void check_bridgeable(void *user, struct finding *ret)
{
        struct doctor *d = user;
        struct refusal refusal;
        char where[64];

        if (!d->nic)
                return;
        netlink_describe_namespace(where);
        if (guard_refuses(d->nic, &refusal))
                refuse(d, &refusal, ret);
        else if (!d->conf->allow_host_network && guard_is_host(d->state, d->nic, where, &refusal))
                refuse(d, &refusal, ret);
        else
                finding_set(ret, FINDING_OK, "'%s' is up, is the pod's, can be a bridge's port",
                            d->nic->name);
}

static void check_address(void *user, struct finding *ret)
{
        struct doctor *d = user;
        char text[IP_PREFIX_TEXT_LEN], list[256] = "";
        size_t len = 0;

        if (!d->nic)
                return;
        for (size_t i = 0; i < d->state->n_addrs && len + sizeof(text) + 2 < sizeof(list); i++) {
                const struct ns_addr *addr = &d->state->addrs[i];

                if (addr->ifindex != d->nic->ifindex || addr->scope >= RT_SCOPE_LINK)
                        continue;
                len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : "",
                                        ip_prefix_format(&addr->prefix, text));
        }
        if (len > 0)
                finding_set(ret, FINDING_OK, "%s", list);
        else
                finding_set(ret, FINDING_DEGRADED,
                            "'%s' has none: it is wired, but nothing is served", d->nic->name);
}

static void check_policy_rules(void *user, struct finding *ret)
{
        struct doctor *d = user;

        if (d->state->n_policy_rules > 0)
                finding_set(ret, FINDING_DEGRADED,
                            "the pod has %u policy routing rules; the guest does not get them",
                            d->state->n_policy_rules);
        else
                finding_set(ret, FINDING_OK, "none besides the kernel's own");
}

/* Up's own preparations, to the end of the plan: names, MTU, the record, whatever there is. */
static void check_plan(void *user, struct finding *ret)
{
        struct doctor *d = user;
        _cleanup_(cleanup_netsetup_close) struct netsetup *ns = NULL;
        _cleanup_(cleanup_plan_free) struct plan *plan = NULL;
        struct error err = ERROR_INIT;

        if (d->is_refused)
                return;
        if (netsetup_open(d->conf, NETSETUP_READ, &ns, NULL, &err) < 0 ||
            netsetup_plan(ns, NETSETUP_UP, &plan, NULL, &err) < 0)
                finding_set(ret, FINDING_MISSING, "%s", err.message);
        else if (plan_n_ops(plan) > 0)
                finding_set(ret, FINDING_OK, "%zu operations", plan_n_ops(plan));
        else
                finding_set(ret, FINDING_OK, "nothing to do");
}

/* --- all of it --- */

static const struct check checks[] = {
        { "kernel", check_kernel, NULL },
        { "net-admin", check_net_admin, NULL },
        { "tun", check_tun,
          "give the container the device: resources: {limits: {devices.kubevirt.io/tun: 1}}, or a "
          "hostPath volume of type CharDevice" },
        { "bridge", check_bridge, "load the module on the node: modprobe bridge" },
        { "dummy", check_dummy,
          "a tap keeps the pod's address visible instead; on the node: modprobe dummy" },
        { "filter", check_filter,
          "a kernel with CONFIG_NF_TABLES_BRIDGE (on the node: modprobe nf_tables), or 'podgraft "
          "up "
          "--no-filter'" },
        { "proc-sys", check_proc_sys, NULL },
        { "bridge-netfilter", check_bridge_netfilter, NULL },
        { "state-dir", check_state_dir,
          "mount an emptyDir there, or give another with --state-dir" },
        { "restart", check_restart, NULL },
        { "record", check_record,
          "move it away; what it knew, 'podgraft down' cannot restore then" },
        { "interface", check_interface,
          "give the pod's interface with --interface, its network namespace with --netns, or time "
          "with --wait-interface" },
        { "bridgeable", check_bridgeable, NULL },
        { "address", check_address,
          "has the CNI finished? Without IPAM it is meant: the guest configures itself" },
        { "policy-rules", check_policy_rules, "give the guest such rules of its own" },
        { "plan", check_plan, "what it says; 'podgraft plan' then shows what up would do" },
};

int netsetup_doctor(const struct netsetup_conf *conf, struct findings *findings,
                    struct notes *notes, struct error *err)
{
        _cleanup_(cleanup_netlink_close) struct netlink *nl = NULL;
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        struct doctor doctor = { .conf = conf, .notes = notes };
        int r;

        if ((r = netlink_open(&nl, err)) < 0 || (r = observe(nl, &state, err)) < 0)
                return r;
        doctor.nl = nl;
        doctor.state = state;
        return findings_run(findings, checks, ARRAY_SIZE(checks), &doctor, err);
}
