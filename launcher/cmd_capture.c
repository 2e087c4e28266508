/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd_capture.c - what the guest and the responder say to each other, live or as a file
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "launcher/commands.h"
#include "launcher/pcapng.h"
#include "launcher/wiring.h"
#include "podgraft/log.h"
#include "podgraft/text.h"

#define FRAME_MAX 65536

static volatile sig_atomic_t stopped;

static void on_stop(int signo _unused_)
{
        stopped = 1;
}

/*
 * ARP, UDP and ICMPv6; what it is exactly is looked at here. Tags are not in the data but beside
 * it, so that the types are where they are without one.
 */
static int attach_filter(int fd)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 6, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 2, 0),
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 9), /* IPv4: protocol */
                BPF_STMT(BPF_JMP | BPF_JA, 1),
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETH_HLEN + 6), /* IPv6: next header */
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 1, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, FRAME_MAX),
                BPF_STMT(BPF_RET | BPF_K, 0),
        };
        struct sock_fprog program = { ARRAY_SIZE(code), code };

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
                                                                                           : 0;
}

static int open_tap(const char *tap, int *ret, struct error *err)
{
        _cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                       .sll_protocol = htons(ETH_P_ALL),
                                       .sll_ifindex = (int)if_nametoindex(tap) };
        int on = 1;

        if (fd < 0 && errno == EPERM)
                return error_set_class(err, ERROR_CANNOT, -EPERM,
                                       "open a packet socket: capturing needs CAP_NET_RAW");
        if (fd < 0)
                return error_errno(err, -errno, "open a packet socket");
        if (address.sll_ifindex == 0)
                return error_set_class(err, ERROR_NOT_SET_UP, -ENODEV,
                                       "there is no tap '%s'; 'podgraft up' mends that", tap);
        if (attach_filter(fd) < 0 ||
            setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0 ||
            bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return error_errno(err, -errno, "listen on '%s'", tap);
        *ret = take_fd(&fd);
        return 0;
}

/* Where it listens; a name that is to be seen only where there are several. */
struct listening {
        struct pollfd polls[POD_INTERFACES_MAX];
        const char *taps[POD_INTERFACES_MAX];
        size_t n;
        FILE *file; /* NULL: lines on stdout */
};

struct received {
        uint8_t data[FRAME_MAX + 4];
        size_t len;
        bool outgoing; /* to the guest */
};

/* The kernel keeps a tag beside the frame: put it back where it was on the wire. */
static void restore_tag(struct msghdr *msg, struct received *frame)
{
        for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
                struct tpacket_auxdata aux;
                uint16_t tag[2];

                if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
                        continue;
                memcpy(&aux, CMSG_DATA(c), sizeof(aux));
                if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
                        continue;
                tag[0] = htons(ETHERTYPE_VLAN);
                tag[1] = htons(aux.tp_vlan_tci);
                memmove(frame->data + 16, frame->data + 12, frame->len - 12);
                memcpy(frame->data + 12, tag, sizeof(tag));
                frame->len += sizeof(tag);
                return;
        }
}

/* Return: 1 a frame; 0 nothing now; negative: the tap is gone */
static int receive(int fd, struct received *ret)
{
        char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
        struct sockaddr_ll from;
        struct iovec iov = { ret->data, FRAME_MAX };
        struct msghdr msg = { .msg_name = &from,
                              .msg_namelen = sizeof(from),
                              .msg_iov = &iov,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof(control) };
        ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n < ETH_HLEN)
                return 0;
        ret->len = (size_t)n;
        ret->outgoing = from.sll_pkttype == PACKET_OUTGOING;
        restore_tag(&msg, ret);
        return 1;
}

static void print_line(const struct timespec *now, const char *tap, const struct received *frame,
                       const char *text)
{
        struct tm tm;
        char at[16];

        localtime_r(&now->tv_sec, &tm);
        strftime(at, sizeof(at), "%H:%M:%S", &tm);
        printf("%s.%06ld  %s%s%s  ", at, now->tv_nsec / 1000, tap, *tap ? "  " : "",
               frame->outgoing ? "to guest  " : "from guest");
        text_print(stdout, text);
        printf("\n");
        fflush(stdout);
}

/* Return: whether the frame was one to show */
static bool show(const struct listening *l, size_t i, const struct received *frame)
{
        struct timespec now;
        char text[256];

        if (!dhcp_frame_describe(frame->data, frame->len, text, sizeof(text)))
                return false;
        clock_gettime(CLOCK_REALTIME, &now);
        if (l->file) {
                pcapng_frame(l->file, i,
                             (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000,
                             frame->data, frame->len);
                fflush(l->file);
        } else {
                print_line(&now, l->n > 1 ? l->taps[i] : "", frame, text);
        }
        return true;
}

static int watch(const struct options *options, struct listening *l, struct error *err)
{
        static struct received frame;
        uint32_t shown = 0;
        sigset_t none;

        sigemptyset(&none);
        while (!stopped && (options->count == 0 || shown < options->count)) {
                /* Signals come in here only: none is missed between the look and the wait. */
                if (ppoll(l->polls, l->n, NULL, &none) < 0 && errno != EINTR)
                        return error_errno(err, -errno, "wait for frames");
                for (size_t i = 0; i < l->n; i++) {
                        int r = receive(l->polls[i].fd, &frame);

                        if (r < 0)
                                return error_errno(err, r, "listen on '%s'", l->taps[i]);
                        if (r == 1 && (options->count == 0 || shown < options->count) &&
                            show(l, i, &frame))
                                shown++;
                }
        }
        return 0;
}

static void catch_signals(void)
{
        struct sigaction action = { .sa_handler = on_stop };
        sigset_t mask;

        sigemptyset(&mask);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGTERM);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
}

static int listen_to(const struct wiring *w, struct listening *l, struct error *err)
{
        for (size_t i = 0; i < w->n; i++) {
                int r;

                if (!netsetup_is_recorded(w->ns[i]))
                        return error_set_class(err, ERROR_NOT_SET_UP, -ENOENT,
                                               "nothing is set up here");
                l->taps[i] = netsetup_identity(w->ns[i])->tap;
                r = open_tap(l->taps[i], &l->polls[i].fd, err);
                if (r < 0)
                        return r;
                l->polls[i].events = POLLIN;
                l->n++;
        }
        return 0;
}

static int begin_file(const char *path, struct listening *l, struct error *err)
{
        l->file = fopen(path, "we");
        if (!l->file)
                return error_set_class(err, ERROR_USAGE, -errno, "--write '%s': %s", path,
                                       strerror(errno));
        pcapng_begin(l->file);
        for (size_t i = 0; i < l->n; i++)
                pcapng_interface(l->file, l->taps[i]);
        fflush(l->file);
        return 0;
}

static void say_where(const struct options *options, const struct listening *l)
{
        for (size_t i = 0; i < l->n; i++)
                log_info("capturing", "listening on '%s'%s", l->taps[i],
                         options->count ? "" : ", until SIGINT");
}

static int capture(const struct options *options, struct listening *l, struct error *err)
{
        int r;

        catch_signals();
        r = options->write ? begin_file(options->write, l, err) : 0;
        if (r < 0)
                return r;
        say_where(options, l);
        r = watch(options, l, err);
        if (r == 0 && l->file && ferror(l->file))
                return error_set(err, -EIO, "write '%s'", options->write);
        return r;
}

int cmd_capture(const struct options *options, struct error *err)
{
        _cleanup_(wiring_close) struct wiring w = { 0 };
        struct listening l = { 0 };
        int r = wiring_open(options, NETSETUP_READ, WIRING_STANDING, &w, err);

        if (r == 0)
                r = listen_to(&w, &l, err);
        if (r == 0)
                r = capture(options, &l, err);
        for (size_t i = 0; i < l.n; i++)
                close(l.polls[i].fd);
        if (l.file && fclose(l.file) != 0 && r == 0)
                r = error_errno(err, -errno, "write '%s'", options->write);
        return r;
}
