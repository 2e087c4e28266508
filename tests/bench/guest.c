/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bench/guest.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "dhcp/dhcp4_message.h"
#include "dhcp/frame.h"

uint64_t now_nsec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The link is up when the kernel's link watch has seen that the tap has another end. */
static bool is_running(const char *name)
{
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct ifreq request = { 0 };

        snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
        return fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
               (request.ifr_flags & IFF_RUNNING);
}

int guest_open(struct guest *ret, const char *name, const uint8_t mac[6], struct error *err)
{
        struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

        snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
        *ret = (struct guest){ .tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK) };
        if (ret->tap < 0 || ioctl(ret->tap, TUNSETIFF, &request) < 0)
                return error_errno(err, -errno, "open the tap '%s'", name);
        memcpy(ret->mac, mac, sizeof(ret->mac));
        for (int i = 0; !is_running(name); i++) {
                if (i == 500)
                        return error_set(err, -ENETDOWN, "the tap '%s' does not come up", name);
                poll(NULL, 0, 10);
        }
        return 0;
}

static void begin(struct writer *w, const struct guest *g, uint32_t xid, uint8_t type)
{
        uint8_t client_id[7] = { 1 };

        write_u8(w, BOOTP_REQUEST);
        write_u8(w, BOOTP_HTYPE_ETHERNET);
        write_u8(w, MAC_LEN);
        write_u8(w, 0);
        write_u32(w, xid);
        write_zeros(w, 20); /* secs, flags, and the four addresses */
        write_bytes(w, g->mac, MAC_LEN);
        write_zeros(w, 10 + 64 + 128);
        write_u32(w, DHCP4_COOKIE);
        write_option_u8(w, DHCP4_OPT_MESSAGE_TYPE, type);
        memcpy(client_id + 1, g->mac, MAC_LEN);
        write_option(w, DHCP4_OPT_CLIENT_ID, client_id, sizeof(client_id));
}

static int end_and_send(struct guest *g, struct writer *w)
{
        static const uint8_t everybody[MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        static const uint8_t parameters[] = { 1, 28, 3, 15, 6, 119, 12, 26, 121 };
        struct in_addr any = { INADDR_ANY }, all = { INADDR_BROADCAST };
        uint8_t frame[700];
        int len;

        write_option_u16(w, DHCP4_OPT_MAX_MESSAGE, 1472);
        write_option(w, DHCP4_OPT_PARAMETER_LIST, parameters, sizeof(parameters));
        write_u8(w, DHCP4_OPT_END);
        if (w->len < BOOTP_MIN_LEN)
                write_zeros(w, BOOTP_MIN_LEN - w->len);
        len = frame_write_udp(frame, sizeof(frame), g->mac, everybody, any, all, DHCP4_CLIENT_PORT,
                              DHCP4_SERVER_PORT, w->buf, w->len);
        if (len < 0)
                return len;
        return write(g->tap, frame, (size_t)len) == len ? 0 : -errno;
}

int guest_discover(struct guest *g, uint32_t xid)
{
        uint8_t message[600];
        struct writer w = writer_init(message, sizeof(message));

        begin(&w, g, xid, DHCP4_DISCOVER);
        return end_and_send(g, &w);
}

int guest_request(struct guest *g, uint32_t xid)
{
        uint8_t message[600];
        struct writer w = writer_init(message, sizeof(message));

        begin(&w, g, xid, DHCP4_REQUEST);
        write_option_addr(&w, DHCP4_OPT_SERVER_ID, g->server_id);
        write_option_addr(&w, DHCP4_OPT_REQUESTED_ADDRESS, g->address);
        return end_and_send(g, &w);
}

/* Fast rather than thorough: the servers are measured here, not judged. */
static bool read_reply(const uint8_t *data, size_t len, struct reply *ret)
{
        struct reader r = reader_init(data, len);

        ret->len = len;
        if (reader_u8(&r) != BOOTP_REPLY)
                return false;
        reader_take(&r, 3);
        ret->xid = reader_u32(&r);
        reader_take(&r, 8); /* secs, flags, ciaddr */
        reader_copy(&r, &ret->yiaddr, 4);
        reader_take(&r, 8 + 16 + 64 + 128 + 4);
        while (!r.failed && !(ret->type && ret->server_id.s_addr)) {
                uint8_t code = reader_u8(&r), n;

                if (code == DHCP4_OPT_PAD)
                        continue;
                if (code == DHCP4_OPT_END)
                        break;
                n = reader_u8(&r);
                if (code == DHCP4_OPT_MESSAGE_TYPE && n == 1)
                        ret->type = reader_u8(&r);
                else if (code == DHCP4_OPT_SERVER_ID && n == 4)
                        reader_copy(&r, &ret->server_id, 4);
                else
                        reader_take(&r, n);
        }
        return !r.failed && ret->type;
}

bool guest_receive(struct guest *g, struct reply *ret)
{
        uint8_t buf[2048];
        ssize_t n;

        while ((n = read(g->tap, buf, sizeof(buf))) > 0) {
                struct frame f = frame_parse(buf, (size_t)n, true);

                *ret = (struct reply){ 0 };
                if (f.kind != FRAME_UDP || f.dst_port != DHCP4_CLIENT_PORT ||
                    !read_reply(f.payload, f.payload_len, ret))
                        continue; /* what a server's host says besides: IPv6, ARP */
                if (ret->type == DHCP4_OFFER) {
                        g->server_id = ret->server_id;
                        g->address = ret->yiaddr;
                }
                return true;
        }
        return false;
}

void guest_wait(struct guest *g, int msec)
{
        struct pollfd p = { .fd = g->tap, .events = POLLIN };

        poll(&p, 1, msec);
}

void guest_drain(struct guest *g, unsigned usec)
{
        uint64_t silent_since = now_nsec();
        struct reply reply;

        while (now_nsec() - silent_since < (uint64_t)usec * 1000)
                if (guest_receive(g, &reply))
                        silent_since = now_nsec();
}
