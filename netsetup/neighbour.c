/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/neighbour.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "netsetup/graft.h"

#define DISCARD_PORT    9 /* RFC 863 */
#define LOOK_EVERY_MSEC 10
#define LOOKS           20

/*
 * The kernel finds a neighbour out when there is something to send to it. An empty datagram is the
 * least there is; from an address of the pod's, because the link-local one may still be tentative.
 */
static void make_kernel_ask(const struct podnet *net, int ifindex, const struct ip_addr *gateway)
{
        const struct ip_prefix *own = podnet_first_address(net, AF_INET6);
        struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
        struct sockaddr_in6 to = { .sin6_family = AF_INET6,
                                   .sin6_port = htons(DISCARD_PORT),
                                   .sin6_addr = gateway->v6,
                                   .sin6_scope_id = (uint32_t)ifindex };
        _cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (own)
                from.sin6_addr = own->addr.v6;
        if (fd >= 0 &&
            setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, net->interface,
                       (socklen_t)strlen(net->interface)) == 0 &&
            bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0)
                sendto(fd, "", 0, 0, (struct sockaddr *)&to, sizeof(to));
}

static int learn(struct netlink *nl, int ifindex, struct podnet *net,
                 const struct ip_addr **ret_missing)
{
        _cleanup_(cleanup_netstate_free) struct netstate *state = NULL;

        /* What could not be read is not there, for now. */
        return observe(nl, &state, NULL) < 0
                       ? 0
                       : graft_learn_gateways(state, ifindex, net, ret_missing);
}

int neighbour_find_gateways(struct netlink *nl, int ifindex, struct podnet *net)
{
        const struct ip_addr *missing = NULL, *asked = NULL;
        int r = learn(nl, ifindex, net, &missing);

        for (int i = 0; i < LOOKS && r == 0 && missing; i++) {
                if (missing != asked)
                        make_kernel_ask(net, ifindex, missing);
                asked = missing;
                poll(NULL, 0, LOOK_EVERY_MSEC);
                r = learn(nl, ifindex, net, &missing);
        }
        return r;
}
