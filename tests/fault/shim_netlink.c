/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fault/shim.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

/* Acknowledgements that the kernel did not write, until they are read. */
static struct acknowledgement {
        int fd;
        bool waits;
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
        } message;
} acknowledgements[8];

static struct acknowledgement *acknowledgement_of(int fd)
{
        for (size_t i = 0; i < sizeof(acknowledgements) / sizeof(*acknowledgements); i++)
                if (acknowledgements[i].waits && acknowledgements[i].fd == fd)
                        return &acknowledgements[i];
        return NULL;
}

static void acknowledge(int fd, const struct nlmsghdr *request, int code)
{
        struct sockaddr_nl address = { 0 };
        socklen_t len = sizeof(address);

        getsockname(fd, (struct sockaddr *)&address, &len);
        for (size_t i = 0; i < sizeof(acknowledgements) / sizeof(*acknowledgements); i++) {
                struct acknowledgement *a = &acknowledgements[i];

                if (a->waits && a->fd != fd)
                        continue;
                a->fd = fd;
                a->waits = true;
                a->message.header = (struct nlmsghdr){ .nlmsg_len = sizeof(a->message),
                                                       .nlmsg_type = NLMSG_ERROR,
                                                       .nlmsg_flags = NLM_F_CAPPED,
                                                       .nlmsg_seq = request->nlmsg_seq,
                                                       .nlmsg_pid = address.nl_pid };
                a->message.error.error = -code;
                a->message.error.msg = *request;
                return;
        }
        abort();
}

static int socket_option(int fd, int option)
{
        int value = -1;
        socklen_t len = sizeof(value);

        getsockopt(fd, SOL_SOCKET, option, &value, &len);
        return value;
}

static void append(char *text, size_t size, const char *more)
{
        strncat(text, more, size - strlen(text) - 1);
}

/* RTM_NEWLINK 3 IFLA_MASTER … */
static void describe_link(const struct nlmsghdr *nlh, char *text, size_t size)
{
        static const struct {
                int type;
                const char *name;
        } names[] = { { IFLA_IFNAME, "IFNAME" },     { IFLA_ADDRESS, "ADDRESS" },
                      { IFLA_MTU, "MTU" },           { IFLA_MASTER, "MASTER" },
                      { IFLA_LINKINFO, "LINKINFO" }, { IFLA_IFALIAS, "IFALIAS" },
                      { IFLA_AF_SPEC, "AF_SPEC" },   { IFLA_PROTINFO, "PROTINFO" } };
        const struct ifinfomsg *info = NLMSG_DATA(nlh);
        int len = (int)IFLA_PAYLOAD(nlh);
        char ifname[IF_NAMESIZE] = "";

        append(text, size, " ");
        append(text, size,
               info->ifi_index ? if_indextoname((unsigned)info->ifi_index, ifname) ?: "?" : "new");
        if (info->ifi_change & IFF_UP)
                append(text, size, info->ifi_flags & IFF_UP ? " up" : " down");
        for (struct rtattr *a = IFLA_RTA(info); RTA_OK(a, len); a = RTA_NEXT(a, len))
                for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
                        if ((a->rta_type & NLA_TYPE_MASK) == names[i].type) {
                                append(text, size, " ");
                                append(text, size, names[i].name);
                        }
}

/* Return: what a routing message changes, or NULL: it only asks. */
static const char *describe_route_message(const struct nlmsghdr *nlh)
{
        static const char *const objects[] = {
                [RTM_NEWLINK] = "LINK",   [RTM_NEWADDR] = "ADDR", [RTM_NEWROUTE] = "ROUTE",
                [RTM_NEWNEIGH] = "NEIGH", [RTM_NEWRULE] = "RULE", [RTM_NEWNEXTHOP] = "NEXTHOP",
        };
        static const char *const verbs[] = { "NEW", "DEL", NULL, "SET" };
        static char text[256];
        unsigned object = nlh->nlmsg_type & ~3u;

        if (nlh->nlmsg_type < RTM_BASE || !verbs[nlh->nlmsg_type & 3])
                return NULL;
        snprintf(text, sizeof(text), "RTM_%s%s", verbs[nlh->nlmsg_type & 3],
                 object < sizeof(objects) / sizeof(*objects) && objects[object] ? objects[object]
                                                                                : "another");
        if (object == RTM_NEWLINK)
                describe_link(nlh, text, sizeof(text));
        return text;
}

/* Is the message a change? @ret_blamed: the one that the kernel would refuse. */
static const char *describe_change(int fd, const void *data, size_t len,
                                   const struct nlmsghdr **ret_blamed)
{
        const struct nlmsghdr *nlh = data, *next;
        int left = (int)len;

        if (socket_option(fd, SO_DOMAIN) != AF_NETLINK || !NLMSG_OK(nlh, len))
                return NULL;
        *ret_blamed = nlh;
        if (socket_option(fd, SO_PROTOCOL) == NETLINK_ROUTE)
                return describe_route_message(nlh);
        if (socket_option(fd, SO_PROTOCOL) != NETLINK_NETFILTER ||
            nlh->nlmsg_type != NFNL_MSG_BATCH_BEGIN)
                return NULL;
        next = NLMSG_NEXT(nlh, left);
        if (NLMSG_OK(next, (size_t)left))
                *ret_blamed = next;
        return "nftables batch";
}

static size_t gather(const struct msghdr *msg, void *buf, size_t size)
{
        size_t len = 0;

        for (size_t i = 0; i < msg->msg_iovlen; i++) {
                size_t n = msg->msg_iov[i].iov_len;

                if (n > size - len)
                        n = size - len;
                memcpy((char *)buf + len, msg->msg_iov[i].iov_base, n);
                len += n;
        }
        return len;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
        static char copy[1 << 16];
        const struct nlmsghdr *blamed;
        const char *what;
        bool is_word; /* that makes a new responder go on */
        size_t len;
        ssize_t r;
        unsigned k;
        int code;

        REAL(sendmsg);
        if (!shim_is_active())
                return real(fd, msg, flags);
        len = gather(msg, copy, sizeof(copy));
        what = describe_change(fd, copy, len, &blamed);
        is_word = !what && socket_option(fd, SO_TYPE) == SOCK_SEQPACKET;
        if (!what && !is_word)
                return real(fd, msg, flags);
        code = is_word ? shim_before(&k, "send", "to the responder")
                       : shim_before(&k, "netlink", what);
        if (code && is_word) {
                errno = code;
                return -1;
        }
        if (code) {
                acknowledge(fd, blamed, code);
                return (ssize_t)len;
        }
        r = real(fd, msg, flags);
        shim_after(k);
        return r;
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
               socklen_t to_len)
{
        struct iovec iov = { (void *)data, len };
        struct msghdr msg = {
                .msg_name = (void *)to, .msg_namelen = to_len, .msg_iov = &iov, .msg_iovlen = 1
        };

        return sendmsg(fd, &msg, flags);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
        return sendto(fd, data, len, flags, NULL, 0);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
        struct acknowledgement *a = shim_is_active() ? acknowledgement_of(fd) : NULL;
        struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
        size_t len = sizeof(a->message), left = len;

        REAL(recvmsg);
        if (!a)
                return real(fd, msg, flags);
        for (size_t i = 0; i < msg->msg_iovlen && left > 0; i++) {
                size_t n = msg->msg_iov[i].iov_len < left ? msg->msg_iov[i].iov_len : left;

                memcpy(msg->msg_iov[i].iov_base, (char *)&a->message + len - left, n);
                left -= n;
        }
        if (msg->msg_name)
                memcpy(msg->msg_name, &kernel,
                       msg->msg_namelen < sizeof(kernel) ? msg->msg_namelen : sizeof(kernel));
        msg->msg_namelen = msg->msg_name ? sizeof(kernel) : 0;
        msg->msg_controllen = 0;
        msg->msg_flags = left > 0 ? MSG_TRUNC : 0;
        if (!(flags & MSG_PEEK))
                a->waits = false;
        return (ssize_t)(left > 0 && !(flags & MSG_TRUNC) ? len - left : len);
}

ssize_t recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
                 socklen_t *from_len)
{
        struct iovec iov = { buf, len };
        struct msghdr msg = { .msg_name = from,
                              .msg_namelen = from_len ? *from_len : 0,
                              .msg_iov = &iov,
                              .msg_iovlen = 1 };
        ssize_t n = recvmsg(fd, &msg, flags);

        if (n >= 0 && from_len)
                *from_len = msg.msg_namelen;
        return n;
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
        return recvfrom(fd, buf, len, flags, NULL, NULL);
}

/* Whoever asks first whether there is something to read is told so. */
int poll(struct pollfd *fds, nfds_t n, int timeout_msec)
{
        int ready = 0;

        REAL(poll);
        for (nfds_t i = 0; shim_is_active() && i < n; i++)
                if ((fds[i].events & POLLIN) && acknowledgement_of(fds[i].fd)) {
                        fds[i].revents = POLLIN;
                        ready++;
                }
        return ready > 0 ? ready : real(fds, n, timeout_msec);
}

int select(int n, fd_set *restrict read_fds, fd_set *restrict write_fds,
           fd_set *restrict except_fds, struct timeval *restrict timeout)
{
        REAL(select);
        for (int fd = 0; shim_is_active() && read_fds && fd < n; fd++)
                if (FD_ISSET(fd, read_fds) && acknowledgement_of(fd)) {
                        FD_ZERO(read_fds);
                        FD_SET(fd, read_fds);
                        return 1;
                }
        return real(n, read_fds, write_fds, except_fds, timeout);
}
