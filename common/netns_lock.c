/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "podgraft/netns_lock.h"

#include <netinet/in.h> /* before the kernel's own */

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_BACKLOG    128
#define UNKNOWN_MESSAGE 0xff /* none of nfnetlink_log's */

static const struct {
        uint16_t group; /* far from those that people log to */
        const char *name;
} locks[] = {
        [NETNS_LOCK_WRITER] = { 0x7067, "podgraft" },
        [NETNS_LOCK_RUN] = { 0x7068, "podgraft-run" },
};

/* --- the group, which decides --- */

struct group_message {
        struct nlmsghdr header;
        struct nfgenmsg nfgen;
        struct nlattr attribute;
        struct nfulnl_msg_config_cmd command;
        uint8_t padding[NLA_ALIGN(sizeof(struct nfulnl_msg_config_cmd)) -
                        sizeof(struct nfulnl_msg_config_cmd)];
};

/* Return: the kernel's acknowledgement: 0 or negative errno */
static int read_acknowledgement(int fd)
{
        struct {
                struct nlmsghdr header;
                struct nlmsgerr error;
                struct group_message request;
        } answer;
        struct sockaddr_nl from;
        ssize_t n;

        /* It was queued before send() returned. A rule that logs to the group would add others. */
        do {
                socklen_t len = sizeof(from);

                n = recvfrom(fd, &answer, sizeof(answer), MSG_DONTWAIT, (struct sockaddr *)&from,
                             &len);
                if (n < 0)
                        return -errno;
        } while (from.nl_pid != 0 || n < (ssize_t)offsetof(typeof(answer), error.msg) ||
                 answer.header.nlmsg_type != NLMSG_ERROR);
        return answer.error.error;
}

static int group_request(int fd, uint8_t message, uint16_t group, uint8_t command)
{
        const struct group_message request = {
                .header = { .nlmsg_len = sizeof(request),
                            .nlmsg_type = (uint16_t)(NFNL_SUBSYS_ULOG << 8 | message),
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
                .nfgen = { .version = NFNETLINK_V0, .res_id = htons(group) },
                .attribute = { .nla_len = NLA_HDRLEN + sizeof(request.command),
                               .nla_type = NFULA_CFG_CMD },
                .command = { .command = command },
        };

        return send(fd, &request, sizeof(request), 0) < 0 ? -errno : read_acknowledgement(fd);
}

/*
 * The kernel says EPERM of a group that another socket has, and to a process without CAP_NET_ADMIN.
 * Only a process with it hears that a message does not exist.
 */
static bool has_net_admin(int fd)
{
        return group_request(fd, UNKNOWN_MESSAGE, 0, 0) != -EPERM;
}

/* Return: an AF_NETLINK socket; -EOPNOTSUPP: the kernel does not have nfnetlink */
static int group_socket(void)
{
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

        if (fd < 0 && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT))
                return -EOPNOTSUPP;
        return fd < 0 ? -errno : fd;
}

/* Return: 0; -EBUSY; -EPERM; -EOPNOTSUPP: the kernel does not have nfnetlink_log; another errno */
static int group_take(enum netns_lock_which which, int *ret_fd)
{
        _cleanup_close_ int fd = group_socket();
        int r;

        if (fd < 0)
                return fd;
        r = group_request(fd, NFULNL_MSG_CONFIG, locks[which].group, NFULNL_CFG_CMD_BIND);
        if (r == -EINVAL) /* it loads the module by itself where there is one */
                return -EOPNOTSUPP;
        if (r == -EEXIST || (r == -EPERM && has_net_admin(fd)))
                return -EBUSY;
        if (r == 0)
                *ret_fd = take_fd(&fd);
        return r;
}

/* Return: 1 held, 0 free; -EPERM, -EOPNOTSUPP as group_take() */
static int group_is_held(enum netns_lock_which which)
{
        _cleanup_close_ int fd = group_socket();
        int r;

        if (fd < 0)
                return fd;
        /* Nothing to unbind for this socket: refused either way, with the reason. */
        r = group_request(fd, NFULNL_MSG_CONFIG, locks[which].group, NFULNL_CFG_CMD_UNBIND);
        if (r == -EINVAL)
                return -EOPNOTSUPP;
        if (r == -EPERM)
                return has_net_admin(fd) ? 1 : -EPERM;
        return r == -ENODEV ? 0 : r;
}

/* --- the name, which tells --- */

static socklen_t name_address(enum netns_lock_which which, struct sockaddr_un *ret)
{
        const char *name = locks[which].name;

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        memcpy(ret->sun_path + 1, name, strlen(name));
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static int name_listen(enum netns_lock_which which, int fd)
{
        struct sockaddr_un address;
        socklen_t len = name_address(which, &address);

        return bind(fd, (struct sockaddr *)&address, len) < 0 || listen(fd, NAME_BACKLOG) < 0
                       ? -errno
                       : 0;
}

/* Where the kernel has no groups. A full queue is somebody's, too. */
static bool name_is_held(enum netns_lock_which which)
{
        pid_t holder;
        _cleanup_close_ int fd = netns_lock_connect(which, &holder);

        return fd >= 0 || fd == -EAGAIN;
}

int netns_lock_connect(enum netns_lock_which which, pid_t *ret_holder)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address;
        socklen_t len = name_address(which, &address), peer_len = sizeof(struct ucred);
        struct ucred peer = { 0 };

        *ret_holder = 0;
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, len) < 0)
                return -errno;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) == 0 &&
            (peer.uid == 0 || peer.uid == geteuid()))
                *ret_holder = peer.pid;
        return take_fd(&fd);
}

/* --- both --- */

int netns_lock_try(enum netns_lock_which which, struct netns_lock *ret)
{
        /* Made first, as a process that ends closes it first: who is woken finds the group free. */
        _cleanup_close_ int name_fd =
                socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        _cleanup_close_ int group_fd = -1;
        int r = name_fd < 0 ? -errno : group_take(which, &group_fd);
        bool has_group = r == 0;

        if (r < 0 && r != -EOPNOTSUPP)
                return r;
        r = name_listen(which, name_fd);
        if (r < 0 && has_group) /* it would only have told others who we are */
                close(take_fd(&name_fd));
        else if (r < 0)
                return r == -EADDRINUSE ? -EBUSY : r;
        ret->name_fd = take_fd(&name_fd);
        ret->group_fd = take_fd(&group_fd);
        return 0;
}

void netns_lock_release(struct netns_lock *lock)
{
        if (lock->name_fd >= 0)
                close(lock->name_fd);
        if (lock->group_fd >= 0)
                close(lock->group_fd);
        *lock = NETNS_LOCK_NONE;
}

bool netns_lock_is_held(enum netns_lock_which which)
{
        int r = group_is_held(which);

        return r == -EOPNOTSUPP || r == -EPERM ? name_is_held(which) : r != 0;
}

int netns_lock_error(int r, const char *what, struct error *err)
{
        if (r == -EPERM)
                return error_set_class(err, ERROR_CANNOT, r,
                                       "%s: %s; this needs CAP_NET_ADMIN in the network namespace "
                                       "(add NET_ADMIN to the container's "
                                       "securityContext.capabilities)",
                                       what, strerror(-r));
        return error_errno(err, r, "%s", what);
}
