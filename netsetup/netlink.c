/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * netlink.c - one netlink socket: requests with acknowledgement, dumps, the kernel's own words
 *
 * libnl builds the messages and owns the socket. The replies are read here, because libnl 3.7
 * throws the text of an extended acknowledgement away.
 */
#include "netsetup/netlink.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "netsetup/request.h"
#include "podgraft/loop.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct netlink {
        struct nl_sock *sk;
        int fd;
        struct netlink *netfilter; /* opened when it is first asked for */
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
        case NLE_PROTO_MISMATCH:
                return -EPROTONOSUPPORT;
        case NLE_BAD_SOCK:
                return -EBADF;
        default:
                return -EIO;
        }
}

static int open_protocol(int protocol, struct netlink **ret, struct error *err)
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
        r = nl_connect(nl->sk, protocol);
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

int netlink_open(struct netlink **ret, struct error *err)
{
        return open_protocol(NETLINK_ROUTE, ret, err);
}

int netlink_netfilter(struct netlink *nl, struct netlink **ret, struct error *err)
{
        int r = nl->netfilter ? 0 : open_protocol(NETLINK_NETFILTER, &nl->netfilter, err);

        *ret = nl->netfilter;
        return r;
}

struct netlink *netlink_close(struct netlink *nl)
{
        if (nl) {
                netlink_close(nl->netfilter);
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

/* Every socket answers this one, so that none has to be opened for it. */
int netlink_find_link(struct netlink *nl, const char *name)
{
        struct ifreq request = { 0 };

        memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
        return ioctl(nl->fd, SIOCGIFINDEX, &request) < 0 ? -errno : request.ifr_ifindex;
}

void netlink_describe_namespace(char ret[64])
{
        ssize_t n = readlink("/proc/thread-self/ns/net", ret, 63);

        strcpy(ret + (n > 0 ? n : 0), n > 0 ? "" : "(unknown)");
}

struct nl_msg *request_new_for(int type, int flags, const void *header, size_t len, size_t more)
{
        /* libnl clears all of it, and what is larger than needed costs more than what it is for. */
        struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + NLMSG_ALIGN(len) + more);

        if (!msg)
                return NULL;
        if (!nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, NLM_F_REQUEST | flags) ||
            nlmsg_append(msg, (void *)header, len, NLMSG_ALIGNTO) < 0) {
                nlmsg_free(msg);
                return NULL;
        }
        return msg;
}

struct nl_msg *request_new(int type, int flags, const void *header, size_t len)
{
        return request_new_for(type, flags, header, len, REQUEST_ROOM);
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

/* What on_answer() and on_dumped() return until they have seen what they wait for. */
#define MORE 1

/*
 * Receive from the kernel and hand each message to @each, until that returns something else than
 * MORE, which is returned; or a negative errno.
 */
static int receive(struct netlink *nl, int (*each)(struct nlmsghdr *nlh, void *user), void *user)
{
        for (;;) {
                _cleanup_free_ unsigned char *buf = NULL;
                struct sockaddr_nl from;
                struct nlmsghdr *nlh;
                int n = nl_recv(nl->sk, &from, &buf, NULL);

                if (n == -NLE_INTR || n == -NLE_AGAIN)
                        continue;
                if (n < 0)
                        return nl_errno(n);
                if (n == 0)
                        return -EIO; /* the kernel never closes it */
                for (nlh = (struct nlmsghdr *)buf; nlmsg_ok(nlh, n); nlh = nlmsg_next(nlh, &n)) {
                        int r = each(nlh, user);

                        if (r != MORE)
                                return r;
                }
        }
}

/* --- requests --- */

struct answer {
        uint32_t first, last; /* the numbers of the requests that it is for */
        char text[NETLINK_TEXT_MOST];
};

/* The first refusal, or the acknowledgement of the last. */
static int on_answer(struct nlmsghdr *nlh, void *user)
{
        struct answer *answer = user;
        const char *text;
        int code;

        if (nlh->nlmsg_type != NLMSG_ERROR ||
            nlh->nlmsg_seq - answer->first > answer->last - answer->first)
                return MORE;
        code = ((struct nlmsgerr *)nlmsg_data(nlh))->error;
        if (code == 0 && nlh->nlmsg_seq != answer->last)
                return MORE;
        text = code ? ext_ack_text(nlh) : NULL;
        if (text)
                snprintf(answer->text, sizeof(answer->text), "%s", text);
        return code;
}

static int send_and_wait(struct netlink *nl, const void *data, size_t len, struct answer *answer)
{
        int n = nl_sendto(nl->sk, (void *)data, len);

        answer->text[0] = '\0';
        return n < 0 ? nl_errno(n) : receive(nl, on_answer, answer);
}

static int request_failed(int code, const char *kernel, struct error *err, const char *what)
{
        char tail[NETLINK_TEXT_MOST + 4] = "";

        if (*kernel)
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
        struct nlmsghdr *nlh = nlmsg_hdr(msg);
        struct answer answer;
        char text[256];
        va_list ap;
        int r;

        nl_complete_msg(nl->sk, msg);
        nlh->nlmsg_flags |= NLM_F_ACK;
        answer.first = answer.last = nlh->nlmsg_seq;
        r = send_and_wait(nl, nlh, nlh->nlmsg_len, &answer);
        if (r == 0)
                return 0;
        va_start(ap, what);
        vsnprintf(text, sizeof(text), what, ap);
        va_end(ap);
        return request_failed(r, answer.text, err, text);
}

int netlink_batch(struct netlink *nl, const void *data, size_t len, uint32_t last,
                  char ret_text[NETLINK_TEXT_MOST], struct error *err)
{
        struct answer answer = { .first = ((const struct nlmsghdr *)data)->nlmsg_seq,
                                 .last = last };
        int size = (int)len + (1 << 12), r; /* the kernel wants room for headers of its own */

        /* libnl asked for 32 KiB. The second is for kernels where only root of the machine forces. */
        if (len > 1 << 14 &&
            setsockopt(nl_socket_get_fd(nl->sk), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
                setsockopt(nl_socket_get_fd(nl->sk), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        r = send_and_wait(nl, data, len, &answer);
        strcpy(ret_text, answer.text);
        return r == 0 ? 0 : error_errno(err, r, "transaction");
}

/* --- dumps --- */

struct dump {
        uint32_t seq;
        int (*each)(struct nlmsghdr *nlh, void *user);
        void *user;
        bool is_interrupted;
        int result;
};

/* What the kernel says at the end of a dump: a negative errno where it is not the whole. */
static int done_code(struct nlmsghdr *nlh)
{
        int code;

        if (nlmsg_datalen(nlh) < (int)sizeof(code))
                return 0;
        memcpy(&code, nlmsg_data(nlh), sizeof(code));
        return code < 0 ? code : 0;
}

static int on_dumped(struct nlmsghdr *nlh, void *user)
{
        struct dump *dump = user;

        if (nlh->nlmsg_seq != dump->seq)
                return MORE;
        if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
                dump->is_interrupted = true;
        if (nlh->nlmsg_type == NLMSG_DONE)
                return dump->result ? dump->result : done_code(nlh);
        if (nlh->nlmsg_type == NLMSG_ERROR)
                return ((struct nlmsgerr *)nlmsg_data(nlh))->error;
        if (dump->result == 0)
                dump->result = dump->each(nlh, dump->user);
        return MORE;
}

#define DUMP_MSEC 5000

/* From the first try that was in vain. @deadline_msec: 0 until then */
static bool is_too_late(uint64_t *deadline_msec)
{
        uint64_t now_msec = loop_now_msec();

        if (*deadline_msec == 0)
                *deadline_msec = now_msec + DUMP_MSEC;
        return now_msec >= *deadline_msec;
}

int netlink_dump(struct netlink *nl, int type, const void *header, size_t len,
                 int (*each)(struct nlmsghdr *nlh, void *user), void (*restart)(void *user),
                 void *user, struct error *err)
{
        uint64_t deadline_msec = 0;

        for (;;) {
                _cleanup_msg_ struct nl_msg *msg = request_new(type, NLM_F_DUMP, header, len);
                struct dump dump = { .each = each, .user = user };
                int r;

                if (!msg)
                        return error_set(err, -ENOMEM, "out of memory");
                r = nl_send_auto(nl->sk, msg);
                if (r < 0)
                        return error_errno(err, nl_errno(r), "ask the kernel for a dump");
                dump.seq = nlmsg_hdr(msg)->nlmsg_seq;
                r = receive(nl, on_dumped, &dump);
                if (r < 0)
                        return error_errno(err, r, "dump");
                if (!dump.is_interrupted)
                        return 0;
                restart(user);
                if (is_too_late(&deadline_msec))
                        return error_set(err, -EAGAIN,
                                         "the network changes faster than it can be read");
                (void)poll(NULL, 0, 1);
        }
}
