/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netlink.c - one rtnetlink socket: requests with acknowledgement, dumps, the kernel's own words
 *
 * libnl builds the messages and owns the socket. The replies are read here, because libnl 3.7
 * throws the text of an extended acknowledgement away.
 */
#include "netsetup/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "netsetup/request.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct netlink {
        struct nl_sock *sk;
        int fd;
};

/* libnl's codes as errno: the only place that knows them. */
static int nl_errno(int code)
{
        switch (-code) {
        case NLE_NOMEM:
                return -ENOMEM;
        case NLE_PERM:
        case NLE_NOACCESS:
                return -EPERM;
        case NLE_AGAIN:
                return -EAGAIN;
        case NLE_INTR:
                return -EINTR;
        case NLE_MSGSIZE:
        case NLE_MSG_TOOSHORT:
                return -EMSGSIZE;
        case NLE_AF_NOSUPPORT:
                return -EAFNOSUPPORT;
        case NLE_BAD_SOCK:
                return -EBADF;
        default:
                return -EIO;
        }
}

int netlink_open(struct netlink **ret, struct error *err)
{
        struct netlink *nl = calloc(1, sizeof(*nl));
        int on = 1, r;

        if (!nl)
                return error_set(err, -ENOMEM, "out of memory");
        nl->sk = nl_socket_alloc();
        if (!nl->sk) {
                free(nl);
                return error_set(err, -ENOMEM, "out of memory");
        }
        r = nl_connect(nl->sk, NETLINK_ROUTE);
        if (r < 0) {
                netlink_close(nl);
                return error_errno(err, nl_errno(r), "open a netlink socket");
        }
        nl->fd = nl_socket_get_fd(nl->sk);
        nl_socket_set_buffer_size(nl->sk, 1 << 20, 0);
        nl_socket_set_msg_buf_size(nl->sk, 1 << 16);
        /* Both are refinements: without them there is less text, and dumps are filtered here. */
        setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
        setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
        *ret = nl;
        return 0;
}

struct netlink *netlink_close(struct netlink *nl)
{
        if (nl) {
                nl_socket_free(nl->sk);
                free(nl);
        }
        return NULL;
}

int netlink_namespace_cookie(struct netlink *nl, uint64_t *ret, struct error *err)
{
        uint64_t cookie;
        socklen_t len = sizeof(cookie);

        if (getsockopt(nl->fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
                return error_errno(err, -errno, "ask for the network namespace's cookie");
        *ret = cookie;
        return 0;
}

struct nl_msg *request_new(int type, int flags, const void *header, size_t len)
{
        struct nl_msg *msg = nlmsg_alloc_size(1 << 16);

        if (!msg)
                return NULL;
        if (!nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, NLM_F_REQUEST | flags) ||
            nlmsg_append(msg, (void *)header, len, NLMSG_ALIGNTO) < 0) {
                nlmsg_free(msg);
                return NULL;
        }
        return msg;
}

/* The text that the kernel put into an acknowledgement, or NULL. */
static const char *ext_ack_text(struct nlmsghdr *nlh)
{
        struct nlmsgerr *e = nlmsg_data(nlh);
        size_t offset = sizeof(*e);
        struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];

        if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
                return NULL;
        if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
                offset += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(struct nlmsghdr);
        if (offset >= (size_t)nlmsg_datalen(nlh))
                return NULL;
        if (nla_parse(attrs, NLMSGERR_ATTR_MAX, (struct nlattr *)((char *)e + offset),
                      nlmsg_datalen(nlh) - (int)offset, NULL) < 0 ||
            !attrs[NLMSGERR_ATTR_MSG])
                return NULL;
        return nla_get_string(attrs[NLMSGERR_ATTR_MSG]);
}

/* Receive one datagram. Return: its length; to be freed. */
static int receive(struct netlink *nl, unsigned char **ret, struct error *err)
{
        struct sockaddr_nl from;
        int n;

        do
                n = nl_recv(nl->sk, &from, ret, NULL);
        while (n == -NLE_INTR || n == -NLE_AGAIN);
        if (n < 0)
                return error_errno(err, nl_errno(n), "receive from the kernel");
        if (n == 0)
                return error_set(err, -EIO, "the kernel closed the netlink socket");
        return n;
}

static int request_failed(int code, const char *kernel, struct error *err, const char *what)
{
        char tail[512] = "";

        if (kernel)
                snprintf(tail, sizeof(tail), " (%s)", kernel);
        if (code == -EPERM)
                return error_set_class(err, ERROR_CANNOT, code,
                                       "%s: %s%s; this needs CAP_NET_ADMIN in the network "
                                       "namespace (add NET_ADMIN to the container's "
                                       "securityContext.capabilities)",
                                       what, strerror(-code), tail);
        return error_set(err, code, "%s: %s%s", what, strerror(-code), tail);
}

int netlink_request(struct netlink *nl, struct nl_msg *msg, struct error *err, const char *what,
                    ...)
{
        char text[256];
        va_list ap;
        int n;

        va_start(ap, what);
        vsnprintf(text, sizeof(text), what, ap);
        va_end(ap);
        nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_ACK;
        n = nl_send_auto(nl->sk, msg);
        if (n < 0)
                return request_failed(nl_errno(n), NULL, err, text);
        for (;;) {
                _cleanup_free_ unsigned char *buf = NULL;
                struct nlmsghdr *nlh;

                n = receive(nl, &buf, err);
                if (n < 0)
                        return n;
                for (nlh = (struct nlmsghdr *)buf; nlmsg_ok(nlh, n); nlh = nlmsg_next(nlh, &n)) {
                        int code;

                        if (nlh->nlmsg_type != NLMSG_ERROR ||
                            nlh->nlmsg_seq != nlmsg_hdr(msg)->nlmsg_seq)
                                continue;
                        code = ((struct nlmsgerr *)nlmsg_data(nlh))->error;
                        return code == 0 ? 0 : request_failed(code, ext_ack_text(nlh), err, text);
                }
        }
}

/* Return: 1 when interrupted, 0 when complete, else negative. */
static int dump_once(struct netlink *nl, struct nl_msg *msg,
                     int (*each)(struct nlmsghdr *nlh, void *user), void *user, struct error *err)
{
        bool interrupted = false;
        int n, r = 0;

        n = nl_send_auto(nl->sk, msg);
        if (n < 0)
                return error_errno(err, nl_errno(n), "ask the kernel for a dump");
        for (;;) {
                _cleanup_free_ unsigned char *buf = NULL;
                struct nlmsghdr *nlh;

                n = receive(nl, &buf, err);
                if (n < 0)
                        return n;
                for (nlh = (struct nlmsghdr *)buf; nlmsg_ok(nlh, n); nlh = nlmsg_next(nlh, &n)) {
                        if (nlh->nlmsg_seq != nlmsg_hdr(msg)->nlmsg_seq)
                                continue;
                        if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
                                interrupted = true;
                        if (nlh->nlmsg_type == NLMSG_DONE)
                                return r < 0 ? r : interrupted;
                        if (nlh->nlmsg_type == NLMSG_ERROR)
                                return error_errno(err, ((struct nlmsgerr *)nlmsg_data(nlh))->error,
                                                   "dump");
                        if (r >= 0)
                                r = each(nlh, user);
                }
        }
}

#define DUMP_TRIES 10

int netlink_dump(struct netlink *nl, int type, const void *header, size_t len,
                 int (*each)(struct nlmsghdr *nlh, void *user), void (*restart)(void *user),
                 void *user, struct error *err)
{
        for (int i = 0; i < DUMP_TRIES; i++) {
                _cleanup_msg_ struct nl_msg *msg = request_new(type, NLM_F_DUMP, header, len);
                int r;

                if (!msg)
                        return error_set(err, -ENOMEM, "out of memory");
                r = dump_once(nl, msg, each, user, err);
                if (r <= 0)
                        return r == -ENOMEM ? error_set(err, r, "out of memory") : r;
                restart(user);
        }
        return error_set(err, -EAGAIN, "the network changes faster than it can be read");
}
