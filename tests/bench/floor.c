/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * floor.c - what the kernel takes for wiring a pod: the requests of 'podgraft up', nothing else
 *
 *     floor 10.244.1.7/24 [keeper] [replay FILE]
 *
 * One request a message, each acknowledged before the next; no library, no look at what there is,
 * no record. With "keeper", eth0 comes back as a link that is down, with the address. "replay"
 * sends the netlink messages that FILE has to nf_tables, as they are: nft's transaction.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
        struct nlmsghdr header;
        char rest[1024];
} message;
static int rtnl;

static struct rtattr *put(int type, const void *data, size_t len)
{
        struct rtattr *a =
                (struct rtattr *)((char *)&message + NLMSG_ALIGN(message.header.nlmsg_len));

        a->rta_type = (unsigned short)type;
        a->rta_len = (unsigned short)RTA_LENGTH(len);
        if (len > 0)
                memcpy(RTA_DATA(a), data, len);
        message.header.nlmsg_len = NLMSG_ALIGN(message.header.nlmsg_len) + RTA_ALIGN(a->rta_len);
        return a;
}

static void end_nest(struct rtattr *a)
{
        a->rta_len = (unsigned short)((char *)&message + message.header.nlmsg_len - (char *)a);
}

static void put_u32(int type, uint32_t value)
{
        put(type, &value, sizeof(value));
}

static void begin(int type, int flags, const void *header, size_t len)
{
        message.header = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH((unsigned)len),
                                            .nlmsg_type = (unsigned short)type,
                                            .nlmsg_flags = (unsigned short)(NLM_F_REQUEST |
                                                                            NLM_F_ACK | flags) };
        memcpy(NLMSG_DATA(&message.header), header, len);
}

static void begin_link(int flags, unsigned index, unsigned change, unsigned value)
{
        struct ifinfomsg info = { .ifi_index = (int)index,
                                  .ifi_change = change,
                                  .ifi_flags = value };

        begin(RTM_NEWLINK, flags, &info, sizeof(info));
}

static void finish(const char *what)
{
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                char rest[1024];
        } answer;

        if (send(rtnl, &message, message.header.nlmsg_len, 0) < 0 ||
            recv(rtnl, &answer, sizeof(answer), 0) < 0)
                err(1, "%s", what);
        if (answer.error.error != 0) {
                errno = -answer.error.error;
                err(1, "%s", what);
        }
}

/* Neither link-local addresses nor, with @arp_ignore, answers to ARP. */
static void silence(unsigned index, uint32_t arp_ignore)
{
        struct rtattr *spec, *family, *conf;
        uint8_t none = 1;

        begin_link(0, index, 0, 0);
        message.header.nlmsg_type = RTM_SETLINK;
        spec = put(IFLA_AF_SPEC, NULL, 0);
        if (arp_ignore) {
                family = put(AF_INET, NULL, 0);
                conf = put(IFLA_INET_CONF, NULL, 0);
                put_u32(IPV4_DEVCONF_ARP_IGNORE, arp_ignore);
                end_nest(conf);
                end_nest(family);
        }
        family = put(AF_INET6, NULL, 0);
        put(IFLA_INET6_ADDR_GEN_MODE, &none, 1);
        end_nest(family);
        end_nest(spec);
        finish("silence");
}

static void set(unsigned index, int type, const void *data, size_t len, const char *what)
{
        begin_link(0, index, 0, 0);
        put(type, data, len);
        finish(what);
}

static void mark(unsigned index)
{
        char text[96];

        memset(text, 'm', sizeof(text));
        set(index, IFLA_IFALIAS, text, sizeof(text), "mark");
}

static void raise_link(unsigned index)
{
        begin_link(0, index, IFF_UP, IFF_UP);
        finish("up");
}

static unsigned make_tap(const char *name)
{
        struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
        int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

        strncpy(request.ifr_name, name, IFNAMSIZ - 1);
        if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETPERSIST, 1) < 0)
                err(1, "tap");
        close(fd);
        return if_nametoindex(name);
}

static unsigned make_bridge(void)
{
        static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
        struct rtattr *info, *data;
        uint8_t off = 0;

        begin_link(NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
        put(IFLA_IFNAME, "k6t-eth0", 9);
        put(IFLA_ADDRESS, mac, 6);
        put_u32(IFLA_MTU, 1450);
        info = put(IFLA_LINKINFO, NULL, 0);
        put(IFLA_INFO_KIND, "bridge", 7);
        data = put(IFLA_INFO_DATA, NULL, 0);
        put_u32(IFLA_BR_FORWARD_DELAY, 0);
        put_u32(IFLA_BR_STP_STATE, 0);
        put(IFLA_BR_MCAST_SNOOPING, &off, 1);
        end_nest(data);
        end_nest(info);
        finish("bridge");
        return if_nametoindex("k6t-eth0");
}

static void learning_off(unsigned index)
{
        struct ifinfomsg header = { .ifi_family = AF_BRIDGE, .ifi_index = (int)index };
        struct rtattr *port;
        uint8_t off = 0;

        begin(RTM_SETLINK, 0, &header, sizeof(header));
        port = put(IFLA_PROTINFO | NLA_F_NESTED, NULL, 0);
        put(IFLA_BRPORT_LEARNING, &off, 1);
        end_nest(port);
        finish("learning");
}

static void address(int type, unsigned index, const char *text)
{
        struct ifaddrmsg header = { .ifa_family = AF_INET, .ifa_index = index };
        char ip[32];
        struct in_addr addr;

        snprintf(ip, sizeof(ip), "%s", text);
        header.ifa_prefixlen = (unsigned char)atoi(strchr(ip, '/') + 1);
        *strchr(ip, '/') = '\0';
        inet_pton(AF_INET, ip, &addr);
        begin(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0, &header, sizeof(header));
        put(IFA_LOCAL, &addr, sizeof(addr));
        if (type == RTM_NEWADDR)
                put_u32(IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
        finish("address");
}

static void make_keeper(const char *addr)
{
        static const uint8_t mac[6] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };
        unsigned index = make_tap("eth0"); /* as where there is no dummy */

        set(index, IFLA_ADDRESS, mac, 6, "MAC");
        set(index, IFLA_MTU, &(uint32_t){ 1450 }, 4, "MTU");
        mark(index);
        address(RTM_NEWADDR, index, addr);
}

static void replay(const char *path)
{
        static char buf[1 << 16];
        int fd = open(path, O_RDONLY | O_CLOEXEC),
            nft = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
        int size = 1 << 20;
        ssize_t n = read(fd, buf, sizeof(buf));

        setsockopt(nft, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
        if (fd < 0 || n <= 0 || send(nft, buf, (size_t)n, 0) < 0)
                err(1, "replay");
        close(nft);
}

int main(int argc, char **argv)
{
        static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 2 };
        unsigned eth0, bridge, tap;

        if (argc < 2)
                errx(2, "usage: floor ADDRESS [keeper] [replay FILE]");
        for (int i = 2; i + 1 < argc; i++)
                if (strcmp(argv[i], "replay") == 0)
                        replay(argv[i + 1]);
        rtnl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
        eth0 = if_nametoindex("eth0");
        bridge = make_bridge();
        silence(bridge, 8);
        mark(bridge);
        raise_link(bridge);
        tap = make_tap("tap0");
        set(tap, IFLA_MTU, &(uint32_t){ 1450 }, 4, "MTU");
        silence(tap, 0);
        mark(tap);
        set(tap, IFLA_MASTER, &bridge, 4, "master");
        raise_link(tap);
        address(RTM_DELADDR, eth0, argv[1]);
        silence(eth0, 0);
        set(eth0, IFLA_IFNAME, "eth0-nic", 9, "rename");
        mark(eth0);
        set(eth0, IFLA_ADDRESS, mac, 6, "MAC");
        set(eth0, IFLA_MASTER, &bridge, 4, "master");
        learning_off(eth0);
        if (argc > 2 && strcmp(argv[2], "keeper") == 0)
                make_keeper(argv[1]);
        return 0;
}
