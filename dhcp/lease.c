/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lease.c - an identity as a lease, and the mapping that tells what became of it
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "podgraft/dhcp.h"

static struct in_addr network_of(const struct ip_prefix *prefix)
{
        uint32_t mask = prefix->len == 0 ? 0 : 0xffffffffu << (32 - prefix->len);
        struct in_addr network = { htonl(ntohl(prefix->addr.v4.s_addr) & mask) };

        return network;
}

static void conf_add_routes(const struct podnet *net, struct dhcp_conf *conf, struct notes *notes)
{
        /* The default route last, so it is the one that must not be crowded out. */
        for (int defaults = 0; defaults < 2; defaults++) {
                uint32_t limit = defaults ? DHCP_MAX_ROUTES : DHCP_MAX_ROUTES - 1;

                for (size_t i = 0; i < net->n_routes; i++) {
                        const struct podnet_route *route = &net->routes[i];
                        struct dhcp4_route *to = &conf->routes[conf->n_routes];

                        if (route->dst.addr.family != AF_INET ||
                            (route->dst.len == 0) != (defaults == 1))
                                continue;
                        if (conf->n_routes == limit) {
                                notes_add(notes, "the guest gets only the first %u routes", limit);
                                break;
                        }
                        to->dst = network_of(&route->dst);
                        to->prefix_len = route->dst.len;
                        to->gateway.s_addr =
                                route->gateway.family == AF_INET ? route->gateway.v4.s_addr : 0;
                        conf->n_routes++;
                }
        }
}

static void conf_add_dns(const struct podnet *net, struct dhcp_conf *conf, struct notes *notes)
{
        for (size_t i = 0; i < net->n_nameservers; i++) {
                if (net->nameservers[i].family != AF_INET)
                        continue;
                if (conf->n_dns == DHCP_MAX_DNS) {
                        notes_add(notes, "the guest gets only the first %u name servers",
                                  DHCP_MAX_DNS);
                        break;
                }
                conf->dns[conf->n_dns++] = net->nameservers[i].v4;
        }
        for (size_t i = 0; i < net->n_searches && i < DHCP_MAX_SEARCHES; i++)
                strcpy(conf->searches[conf->n_searches++], net->searches[i]);
        if (net->n_searches > DHCP_MAX_SEARCHES)
                notes_add(notes, "the guest gets only the first %u search domains",
                          DHCP_MAX_SEARCHES);
}

int dhcp_conf_from_podnet(const struct podnet *net, struct dhcp_conf *ret, struct notes *notes,
                          struct error *err _unused_)
{
        const struct ip_prefix *address = podnet_first_address(net, AF_INET);
        struct dhcp_conf conf = { .magic = DHCP_CONF_MAGIC, .size = sizeof(conf) };

        strcpy(conf.tap, net->tap);
        memcpy(conf.guest_mac, net->mac, MAC_LEN);
        memcpy(conf.server_mac, net->server_mac, MAC_LEN);
        conf.server_ip = net->server_ip;
        conf.mtu_bytes = net->mtu_bytes > UINT16_MAX ? UINT16_MAX : (uint16_t)net->mtu_bytes;
        conf.lease_sec = DHCP_LEASE_INFINITE;
        if (address) {
                conf.address = address->addr.v4;
                conf.prefix_len = address->len;
        }
        conf_add_routes(net, &conf, notes);
        conf_add_dns(net, &conf, notes);
        strcpy(conf.hostname, net->hostname);
        *ret = conf;
        return 0;
}

/* --- the shared mapping --- */

static bool is_shared(const struct dhcp_shared *s)
{
        return s->magic == DHCP_SHARED_MAGIC && s->size == sizeof(*s);
}

int dhcp_shared_create(const char *path, int *ret_fd, struct error *err)
{
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        struct dhcp_shared shared;

        if (fd < 0)
                return error_errno(err, -errno, "create '%s'", path);
        /* A restart keeps what was counted; what is no mapping of ours is begun anew. */
        if (pread(fd, &shared, sizeof(shared), 0) != sizeof(shared) || !is_shared(&shared)) {
                memset(&shared, 0, sizeof(shared));
                shared.magic = DHCP_SHARED_MAGIC;
                shared.size = sizeof(shared);
                if (ftruncate(fd, 0) < 0 ||
                    pwrite(fd, &shared, sizeof(shared), 0) != sizeof(shared))
                        return error_errno(err, -errno, "write '%s'", path);
        }
        *ret_fd = take_fd(&fd);
        return 0;
}

int dhcp_shared_open(const char *path, const struct dhcp_shared **ret, int *ret_fd,
                     struct error *err)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat st;
        void *map;

        if (fd < 0)
                return error_errno(err, -errno, "open '%s'", path);
        if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(**ret))
                return error_set(err, -EINVAL, "'%s' is not a responder's mapping", path);
        map = mmap(NULL, sizeof(**ret), PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
                return error_errno(err, -errno, "map '%s'", path);
        if (!is_shared(map)) {
                munmap(map, sizeof(**ret));
                return error_set(err, -EINVAL, "'%s' is not a responder's mapping", path);
        }
        *ret = map;
        *ret_fd = take_fd(&fd);
        return 0;
}

void dhcp_shared_close(const struct dhcp_shared *shared, int fd)
{
        munmap((void *)shared, sizeof(*shared));
        close(fd);
}

int dhcp_shared_lock(int fd, struct error *err)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        if (fcntl(fd, F_SETLK, &lock) == 0)
                return 0;
        if (errno == EAGAIN || errno == EACCES)
                return error_set(err, -EBUSY, "another responder serves this tap");
        return error_errno(err, -errno, "lock the shared file");
}

pid_t dhcp_shared_owner(int fd)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
                return 0;
        return lock.l_pid > 0 ? lock.l_pid : -1;
}

bool dhcp_shared_is_alive(int fd)
{
        return dhcp_shared_owner(fd) != 0;
}

const char *dhcp_lease_state_name(uint32_t state)
{
        static const char *const names[] = { "none", "offered", "bound", "released", "declined" };

        return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}
