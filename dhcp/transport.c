/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * transport.c - the packet socket on the tap
 *
 * Bound to ETH_P_ALL: on a bridge port a socket bound to ETH_P_IP sees nothing, because the
 * bridge's receive handler takes the frame first (net/core/dev.c, __netif_receive_skb_core).
 */
#include "dhcp/transport.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

#include "dhcp/ndisc_protocol.h"
#include "podgraft/dhcp.h"

/*
 * Doubled by the kernel, and used in a flood only: some thousand frames, so that one which counts
 * is not lost whenever something else had the CPU for a few milliseconds.
 */
#define QUEUE_BYTES (512 * 1024)

#define ETHERTYPE_EXPERIMENTAL 0x88b5 /* IEEE 802, local experimental 1 */

/*
 * Only what may concern us wakes the responder: an IPv4 UDP packet to port 67 that is no later
 * fragment, from whatever MAC, since what counts is its chaddr; from the guest's MAC ARP,
 * neighbour discovery and UDP over IPv6 to port 547. The responder proves all of it again.
 */
static int attach_filter(int fd, const uint8_t mac[MAC_LEN])
{
        uint32_t mac_high =
                (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3];
        uint32_t mac_low = (uint32_t)mac[4] << 8 | mac[5];
        struct sock_filter code[] = {
                /* 0 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
                /* 1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 17, 0), /* to 19 */
                /* 2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 8, 0), /* to 11 */
                /* 3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 20),  /* to 24 */
                /* 4 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),                /* protocol */
                /* 5 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 18),
                /* 6 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20), /* fragment offset */
                /* 7 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 16, 0),
                /* 8 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),          /* header length */
                /* 9 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),           /* port */
                /* 10 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 67, 12, 13), /* to 23, 24 */
                /* 11 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),          /* next header */
                /* 12 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 3, 0), /* to 16 */
                /* 13 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 10),
                /* 14 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 56),         /* port */
                /* 15 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 547, 3, 8), /* to 19 */
                /* 16 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),         /* type */
                /* 17 */ BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ND_ROUTER_SOLICITATION, 0, 6),
                /* 18 */ BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ND_NEIGHBOUR_ADVERTISEMENT, 5, 0),
                /* 19 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 6), /* source */
                /* 20 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mac_high, 0, 3),
                /* 21 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 10),
                /* 22 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mac_low, 0, 1),
                /* 23 */ BPF_STMT(BPF_RET | BPF_K, 0x40000),
                /* 24 */ BPF_STMT(BPF_RET | BPF_K, 0),
        };
        struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/*
 * Of what comes in by the pod's interface: nothing, or neighbour solicitations and advertisements.
 * The bytes begin with the IPv6 header.
 */
static int attach_watch_filter(int fd, bool hears_neighbours)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_PROTOCOL),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 6),
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6), /* next header */
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 4),
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 40), /* type */
                BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ND_NEIGHBOUR_SOLICITATION, 0, 2),
                BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ND_NEIGHBOUR_ADVERTISEMENT, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, 0x40000),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };
        size_t begin = hears_neighbours ? 0 : ARRAY_SIZE(code) - 1;
        struct sock_fprog program = { .len = (unsigned short)(ARRAY_SIZE(code) - begin),
                                      .filter = &code[begin] };

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Protocol 0: nothing arrives before the filter is in place and the socket is bound. */
static int packet_socket(int type, int *ret_fd, struct error *err)
{
        int fd = socket(AF_PACKET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 && errno == EPERM)
                return error_set_class(err, ERROR_CANNOT, -EPERM,
                                       "open a packet socket: Operation not permitted; this needs "
                                       "CAP_NET_RAW (add NET_RAW to the container's "
                                       "securityContext.capabilities)");
        if (fd < 0)
                return error_errno(err, -errno, "open a packet socket");
        *ret_fd = fd;
        return 0;
}

static int packet_bind(int fd, unsigned ifindex, uint16_t protocol)
{
        struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                       .sll_protocol = htons(protocol),
                                       .sll_ifindex = (int)ifindex };

        return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

int dhcp_transport_open(unsigned ifindex, const uint8_t guest_mac[MAC_LEN], int *ret_fd,
                        struct error *err)
{
        _cleanup_close_ int fd = -1;
        int on = 1, room = QUEUE_BYTES, r = packet_socket(SOCK_RAW, &fd, err);

        if (r < 0)
                return r;
        if (attach_filter(fd, guest_mac) < 0)
                return error_errno(err, -errno, "filter the packet socket");
        if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
            setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0)
                return error_errno(err, -errno, "set up the packet socket");
        /* Without CAP_NET_ADMIN it is what net.core.rmem_max lets it be. */
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
                setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
        if (packet_bind(fd, ifindex, ETH_P_ALL) < 0)
                return error_errno(err, -errno, "bind the packet socket to the tap");
        *ret_fd = take_fd(&fd);
        return 0;
}

int dhcp_watch_open(unsigned ifindex, bool hears_neighbours, int *ret_fd, struct error *err)
{
        _cleanup_close_ int fd = -1;
        int on = 1, r;

        /*
         * Not raw: such a socket cannot send without a destination, and to give one the
         * responder's sandbox does not allow. It must not speak on the segment.
         */
        r = packet_socket(SOCK_DGRAM, &fd, err);
        if (r < 0)
                return r;
        /*
         * Without a protocol the kernel would not tell of the link's end; of all protocols one
         * that nobody speaks costs the pod's traffic nothing. IPv6 alone would not be heard: the
         * bridge takes it first.
         */
        if (attach_watch_filter(fd, hears_neighbours) < 0 ||
            setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) < 0 ||
            setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
            packet_bind(fd, ifindex, hears_neighbours ? ETH_P_ALL : ETHERTYPE_EXPERIMENTAL) < 0)
                return error_errno(err, -errno, "watch the pod's interface");
        *ret_fd = take_fd(&fd);
        return 0;
}

static void read_auxdata(struct msghdr *msg, struct transport_info *ret)
{
        for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
                struct tpacket_auxdata aux;

                if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA ||
                    c->cmsg_len < CMSG_LEN(sizeof(aux)))
                        continue;
                memcpy(&aux, CMSG_DATA(c), sizeof(aux));
                ret->partial_checksum = aux.tp_status & TP_STATUS_CSUMNOTREADY;
                /* IEEE 802.1Q: id 0 carries a priority only. */
                ret->tagged = (aux.tp_status & TP_STATUS_VLAN_VALID) && (aux.tp_vlan_tci & 0xfff);
        }
}

static ssize_t socket_receive(struct transport *t, void *buf, size_t size,
                              struct transport_info *ret_info)
{
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
        } control;
        struct iovec iov = { .iov_base = buf, .iov_len = size };
        struct msghdr msg = { .msg_iov = &iov,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
        ssize_t n = recvmsg(t->fd, &msg, MSG_DONTWAIT);

        *ret_info = (struct transport_info){ 0 };
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        read_auxdata(&msg, ret_info);
        return n;
}

static int socket_send(struct transport *t, const void *frame, size_t len)
{
        return send(t->fd, frame, len, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/*
 * When its interface is unregistered, a packet socket says ENETDOWN once, as if it only went down,
 * and nothing ever after; but the kernel forgets what it is bound to (packet_notifier()).
 */
static bool socket_is_gone(struct transport *t)
{
        struct sockaddr_ll address;
        socklen_t len = sizeof(address);

        return getsockname(t->fd, (struct sockaddr *)&address, &len) == 0 &&
               address.sll_ifindex <= 0;
}

void transport_from_socket(int fd, struct transport *ret)
{
        *ret = (struct transport){
                .receive = socket_receive, .send = socket_send, .is_gone = socket_is_gone, .fd = fd
        };
}
