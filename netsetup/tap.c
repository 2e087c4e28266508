/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netsetup/tap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>

static int tun_open(struct error *err)
{
        _cleanup_close_ int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC);
        unsigned features;

        /* Whatever else may lie there by mistake does not know the question. */
        if (fd >= 0 && ioctl(fd, TUNGETFEATURES, &features) == 0)
                return take_fd(&fd);
        /* Anything else is bad luck, which may be better the next time. */
        if (errno != ENOENT && errno != ENODEV && errno != ENXIO && errno != EACCES &&
            errno != EPERM && errno != ENOTTY && errno != EINVAL)
                return error_errno(err, -errno, "open '" TUN_DEVICE "'");
        return error_set_class(
                err, ERROR_CANNOT, -errno,
                "open '" TUN_DEVICE "': %s; a tap needs it: load the module 'tun' on the node and "
                "give the container the device (a device plugin's resource such as "
                "'devices.kubevirt.io/tun', or a hostPath volume of type CharDevice)",
                strerror(errno));
}

int tap_check(struct error *err)
{
        _cleanup_close_ int fd = tun_open(err);

        return fd < 0 ? fd : 0;
}

static int tap_failed(int code, const char *what, const char *name, struct error *err)
{
        return error_set_class(err, code == -EPERM ? ERROR_CANNOT : ERROR_FAILED, code,
                               "%s '%s': %s%s", what, name, strerror(-code),
                               code == -EPERM ? "; this needs CAP_NET_ADMIN in the network "
                                                "namespace"
                                              : "");
}

static int name_taken(const char *name, struct error *err)
{
        return error_set(
                err, -EEXIST,
                "create tap '%s': there is a link of that name that podgraft did not make; "
                "'ip link del %s' removes it if nobody needs it",
                name, name);
}

int tap_add(const struct ns_link *link, struct error *err)
{
        _cleanup_close_ int fd = tun_open(err);
        /* EXCL: not one that somebody else made, which would be opened instead. */
        struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL };

        if (fd < 0)
                return fd;
        /*
         * Whoever opens the tap must use the same bit, or gets EINVAL: QEMU sets it for more than
         * one queue only. IFF_VNET_HDR is set anew at each open.
         */
        if (link->tun.multi_queue)
                request.ifr_flags |= IFF_MULTI_QUEUE;
        memcpy(request.ifr_name, link->name, IFNAMSIZ);
        if (ioctl(fd, TUNSETIFF, &request) < 0)
                return errno == EBUSY ? name_taken(link->name, err)
                                      : tap_failed(-errno, "create tap", link->name, err);
        if (link->tun.has_owner && ioctl(fd, TUNSETOWNER, (unsigned long)link->tun.owner) < 0)
                return tap_failed(-errno, "set the owner of tap", link->name, err);
        if (link->tun.has_group && ioctl(fd, TUNSETGROUP, (unsigned long)link->tun.group) < 0)
                return tap_failed(-errno, "set the group of tap", link->name, err);
        /* Last: until here a failure leaves nothing behind, the tap goes with the descriptor. */
        if (ioctl(fd, TUNSETPERSIST, 1UL) < 0)
                return tap_failed(-errno, "make persistent tap", link->name, err);
        return 0;
}
