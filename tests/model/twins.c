/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/model/twins.h"

#include <check.h>
#include <fcntl.h>
#include <linux/veth.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netsetup/link.h"
#include "netsetup/request.h"
#include "tests/model/random_ops.h"
#include "tests/model/raw_message.h"
#include "tests/model/state_text.h"

#define LOOK_EVERY_MSEC 2
#define GIVE_UP_MSEC    3000 /* duplicate detection, and what waits for carrier */

/* --- the real one --- */

static void write_setting(const char *path, const char *value)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        ck_assert_msg(fd >= 0, "open '%s': %s", path, strerror(errno));
        ck_assert_int_eq(write(fd, value, strlen(value)), (ssize_t)strlen(value));
        close(fd);
}

/* The other ends live in a namespace that is kept open. */
struct nodes {
        int fd;
        struct netlink *nl;
        int next_ifindex;
};

static struct nodes *nodes_namespace(void)
{
        static struct nodes nodes = { .fd = -1, .next_ifindex = 100 };
        struct error err = ERROR_INIT;

        if (nodes.fd >= 0)
                return &nodes;
        ck_assert_msg(unshare(CLONE_NEWNET) == 0, "unshare: %s", strerror(errno));
        nodes.fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        ck_assert_int_ge(nodes.fd, 0);
        ck_assert_msg(netlink_open(&nodes.nl, &err) == 0, "%s", err.message);
        return &nodes;
}

/* The message that makes a link; what its kind wants goes into the nest. */
static struct nl_msg *link_message(int ifindex, const char *name, const uint8_t *mac,
                                   uint32_t mtu_bytes, const char *kind, struct nlattr **ret_info,
                                   struct nlattr **ret_data)
{
        struct ifinfomsg info = { .ifi_index = ifindex };
        struct nl_msg *msg =
                request_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));

        nla_put_string(msg, IFLA_IFNAME, name);
        nla_put(msg, IFLA_ADDRESS, MAC_LEN, mac);
        nla_put_u32(msg, IFLA_MTU, mtu_bytes);
        *ret_info = nla_nest_start(msg, IFLA_LINKINFO);
        nla_put_string(msg, IFLA_INFO_KIND, kind);
        *ret_data = nla_nest_start(msg, IFLA_INFO_DATA);
        return msg;
}

static void link_send(struct netlink *nl, struct nl_msg *msg, const char *name)
{
        struct error err = ERROR_INIT;
        int r = netlink_request(nl, msg, &err, "create '%s'", name);

        nlmsg_free(msg);
        ck_assert_msg(r == 0, "%s", err.message);
}

static void node_link_up(struct nodes *nodes, int ifindex)
{
        struct error err = ERROR_INIT;

        ck_assert_msg(link_set_up(nodes->nl, ifindex, "a node's", true, &err) == 0, "%s",
                      err.message);
}

static void veth_new(struct netlink *nl, int ifindex, const char *name, const uint8_t *mac,
                     uint32_t mtu_bytes, struct nodes *nodes)
{
        struct ifinfomsg peer = { .ifi_index = nodes->next_ifindex++ };
        struct nlattr *info, *data, *peer_info;
        struct nl_msg *msg = link_message(ifindex, name, mac, mtu_bytes, "veth", &info, &data);

        peer_info = nla_nest_start(msg, VETH_INFO_PEER);
        nlmsg_append(msg, &peer, sizeof(peer), NLMSG_ALIGNTO);
        nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)nodes->fd);
        nla_nest_end(msg, peer_info);
        nla_nest_end(msg, data);
        nla_nest_end(msg, info);
        link_send(nl, msg, name);
        node_link_up(nodes, peer.ifi_index);
}

/*
 * On a link of the node's that nobody else is on: the macvlan of the namespace before this one,
 * which the kernel takes apart when it finds the time, has the same MAC.
 */
static void macvlan_new(struct nodes *nodes, int ifindex, const char *name, const uint8_t *mac,
                        uint32_t mtu_bytes)
{
        static const uint8_t node_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };
        int parent = nodes->next_ifindex++;
        int pod_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        struct nlattr *info, *data;
        struct nl_msg *msg;

        ck_assert_int_ge(pod_fd, 0);
        veth_new(nodes->nl, parent, "parent%d", node_mac, 1500, nodes);
        node_link_up(nodes, parent);
        msg = link_message(ifindex, name, mac, mtu_bytes, "macvlan", &info, &data);
        nla_put_u32(msg, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
        nla_nest_end(msg, data);
        nla_nest_end(msg, info);
        nla_put_u32(msg, IFLA_LINK, (uint32_t)parent);
        nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)pod_fd);
        link_send(nodes->nl, msg, name);
        close(pod_fd);
}

/* So that a link made later never has the index of a pod's link that was deleted. */
static void skip_ifindex(struct netlink *nl)
{
        struct ns_link link = {
                .name = "skipped", .mac = { 2 }, .mac_len = MAC_LEN, .mtu_bytes = 1500
        };
        struct error err = ERROR_INIT;

        ck_assert_msg(link_add_bridge(nl, &link, &err) == 0, "%s", err.message);
        ck_assert_msg(link_delete(nl, FIRST_MADE - 1, link.name, &err) == 0, "%s", err.message);
}

void twins_start(struct twins *t, const struct twins_setup *setup)
{
        static const char *const names[POD_LINKS] = { "eth0", "net1", "net2" };
        struct error err = ERROR_INIT;
        struct nodes *nodes = nodes_namespace();

        ck_assert_msg(unshare(CLONE_NEWNET) == 0, "unshare: %s", strerror(errno));
        write_setting("/proc/sys/net/ipv6/conf/all/accept_dad", setup->has_dad ? "1" : "0");
        write_setting("/proc/sys/net/ipv6/conf/default/accept_dad", setup->has_dad ? "1" : "0");
        write_setting("/proc/sys/net/ipv4/conf/all/promote_secondaries",
                      setup->promotes ? "1" : "0");
        ck_assert_msg(netlink_open(&t->nl, &err) == 0, "%s", err.message);
        ck_assert_msg(link_set_up(t->nl, MODEL_LO, "lo", true, &err) == 0, "%s", err.message);
        model_init(&t->model);
        t->model.has_dad = setup->has_dad;
        t->model.promotes = setup->promotes;
        for (unsigned i = 0; i < POD_LINKS; i++) {
                const uint8_t mac[MAC_LEN] = { 0x0a, 0x58, 10, 1, 0, (uint8_t)(i + 1) };
                int ifindex = POD_IFINDEX + (int)i;
                uint32_t mtu_bytes = i == 0 ? 1450 : 1500;

                if (i == 0 && setup->is_macvlan)
                        macvlan_new(nodes, ifindex, names[i], mac, mtu_bytes);
                else
                        veth_new(t->nl, ifindex, names[i], mac, mtu_bytes, nodes);
                model_add_link(&t->model, ifindex, names[i],
                               i == 0 && setup->is_macvlan ? "macvlan" : "veth", mac, mtu_bytes);
        }
        skip_ifindex(t->nl);
        t->model.next_ifindex = FIRST_MADE;
}

/* --- comparing --- */

static char *kernel_text(const struct twins *t, unsigned leave_out)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;
        struct error err = ERROR_INIT;

        ck_assert_msg(observe(t->nl, &state, &err) == 0, "%s", err.message);
        return state_text(state, leave_out);
}

static char *model_text(const struct twins *t, unsigned leave_out)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = model_observe(&t->model);

        return state_text(state, leave_out);
}

/* The kernel does some of it a moment later: what follows carrier, and duplicate detection. */
bool twins_are_equal(struct twins *t, unsigned leave_out)
{
        for (int msec = 0;; msec += LOOK_EVERY_MSEC) {
                _cleanup_free_ char *kernel = kernel_text(t, leave_out),
                                    *model = model_text(t, leave_out);

                if (strcmp(kernel, model) == 0)
                        return true;
                if (msec >= GIVE_UP_MSEC / 2)
                        model_settle(&t->model);
                if (msec >= GIVE_UP_MSEC) {
                        if (!t->is_quiet) {
                                printf("the model (-) differs from the kernel (+):\n");
                                state_text_print_difference(model, kernel);
                        }
                        return false;
                }
                poll(NULL, 0, LOOK_EVERY_MSEC);
        }
}

bool twins_execute(struct twins *t, const struct plan_op *op)
{
        struct plan_op with_raw = *op;
        struct error kernel = ERROR_INIT, model = ERROR_INIT;
        int rk, rm;

        raw_message_fill(&with_raw);
        rk = kernel_execute(t->nl, &with_raw, &kernel);
        rm = model_execute(&t->model, op, &model);
        if (with_raw.route.raw.data != op->route.raw.data)
                free(with_raw.route.raw.data);
        if (with_raw.nexthop.raw.data != op->nexthop.raw.data)
                free(with_raw.nexthop.raw.data);
        if (with_raw.neigh.raw.data != op->neigh.raw.data)
                free(with_raw.neigh.raw.data);
        t->n_operations++;
        if (t->is_told)
                state_text_print_op(op);
        if (t->is_told && rk < 0)
                printf("      %s\n", kernel.message);
        if (rk != rm) {
                if (!t->is_quiet)
                        printf("%s: the kernel says %d (%s), the model %d\n", op->text, rk,
                               kernel.message, rm);
                return false;
        }
        return t->model.is_vague || twins_are_equal(t, STATE_ROUGH_TIMERS);
}

void twins_end(struct twins *t)
{
        t->nl = netlink_close(t->nl);
}
