/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcpreplies - every kind of reply there is, as a capture file on standard output: each client
 * state, with little and with much to tell, and little and much room to tell it in
 *
 * What real clients do not ask for in a test, such as BOOTP or a reply that overflows, tshark can
 * judge from here. The last line on standard error is how many there are.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp/dhcp4_decide.h"
#include "dhcp/frame.h"

static const uint8_t guest_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };

/* --- what there is to tell --- */

static struct ip_addr addr(const char *text)
{
        struct ip_addr ret;

        if (ip_addr_parse(text, &ret) < 0)
                abort();
        return ret;
}

static struct podnet *make_net(int routes, int searches)
{
        struct podnet *net = podnet_new();
        struct podnet_route gateway = { .gateway = addr("10.244.1.1") };
        struct ip_prefix address = { addr("10.244.1.7"), 24 };
        struct ip_addr dns = addr("10.96.0.10");

        memcpy(net->mac, guest_mac, MAC_LEN);
        memcpy(net->server_mac, "\2\0\0\0\0\1", MAC_LEN);
        strcpy(net->hostname, "vm");
        net->server_ip = addr("169.254.75.10").v4;
        net->mtu_bytes = 1450;
        podnet_add_address(net, &address);
        podnet_add_nameserver(net, &dns);
        for (int i = 0; i < routes; i++) {
                struct podnet_route route = gateway;

                route.dst = (struct ip_prefix){ addr("10.0.0.0"), 16 };
                route.dst.addr.v4.s_addr |= htonl((uint32_t)i << 16);
                podnet_add_route(net, &route);
        }
        gateway.dst = (struct ip_prefix){ addr("0.0.0.0"), 0 };
        podnet_add_route(net, &gateway);
        for (int i = 0; i < searches; i++) {
                char domain[64];

                snprintf(domain, sizeof(domain), "a-rather-long-name-%d.ns%d.example", i, i % 3);
                podnet_add_search(net, domain);
        }
        return net;
}

static const char *const boot[] = { "ntp-servers=10.0.0.1,10.0.0.2",
                                    "tftp-server-name=10.0.0.5",
                                    "tftp-server-address=10.0.0.5",
                                    "bootfile-name=undionly.kpxe",
                                    "ipxe:bootfile-name=http://10.0.0.6/boot.ipxe",
                                    "time-offset=-3600",
                                    "captive-portal=https://portal.example/",
                                    "ipv6-only-preferred=1800",
                                    "vendor-class=HTTPClient",
                                    "230=text:mine" };

static const struct {
        int routes, searches;
        size_t n_options;
} tales[] = { { 0, 0, 0 },
              { 1, 2, 0 },
              { 3, 3, ARRAY_SIZE(boot) },
              { 30, 20, ARRAY_SIZE(boot) },
              { 60, 60, 0 } };

/* --- who asks --- */

static const uint8_t lists[][32] = { "", "\x01\x03\x06\x0f\x1a\x2a\x42\x43\x72\x77\x79\x6c",
                                     "\xf9\x01\x03\x06\x77", "\x79\xf9\x0c" };

static struct dhcp4_request make_request(uint8_t type, bool good, size_t list)
{
        struct dhcp4_request req = { .xid = 0x12345678, .type = type, .message_bytes = 300 };

        memcpy(req.chaddr, guest_mac, MAC_LEN);
        memcpy(req.link_mac, guest_mac, MAC_LEN);
        req.parameters.len = (uint8_t)strlen((const char *)lists[list]);
        memcpy(req.parameters.data, lists[list], req.parameters.len);
        if (type == DHCP4_REQUEST || type == DHCP4_INFORM)
                req.ciaddr = addr(good ? "10.244.1.7" : "192.168.1.1").v4;
        memcpy(req.client_id.data, "\1\xaa\xbb\xcc\0\0\7", 7);
        req.client_id.len = 7;
        req.has_rapid_commit = !good;
        req.is_ipxe = list == 1;
        if (list == 3) {
                memcpy(req.relay_agent.data, "\1\4eth0", 6);
                req.relay_agent.len = 6;
                memset(req.client_uuid.data + 1, 7, 16);
                req.client_uuid.len = 17;
                req.flags = DHCP4_FLAG_BROADCAST;
        }
        return req;
}

/* --- the file: a header, then records; https://www.tcpdump.org/manpages/pcap-savefile.5.html ---
 */

static void put_u32(uint32_t value)
{
        fwrite(&value, sizeof(value), 1, stdout);
}

static void put_header(void)
{
        put_u32(0xa1b2c3d4);
        put_u32(2 | 4 << 16); /* version */
        put_u32(0);
        put_u32(0);
        put_u32(65535);
        put_u32(1); /* Ethernet */
}

static int put_reply(const struct dhcp_conf *conf, const struct dhcp4_request *req)
{
        static int n;
        uint8_t frame[DHCP4_REPLY_MAX + 64];
        struct dhcp4_reply reply;
        int len;

        dhcp4_decide(conf, req, &reply);
        if (reply.len == 0)
                abort();
        len = frame_write_udp(frame, sizeof(frame), conf->server_mac, reply.dst_mac,
                              conf->server_ip, reply.dst_ip, DHCP4_SERVER_PORT, DHCP4_CLIENT_PORT,
                              reply.data, reply.len);
        put_u32((uint32_t)n++);
        put_u32(0);
        put_u32((uint32_t)len);
        put_u32((uint32_t)len);
        fwrite(frame, (size_t)len, 1, stdout);
        return n;
}

int main(void)
{
        static const uint8_t types[] = { 0, DHCP4_DISCOVER, DHCP4_REQUEST, DHCP4_INFORM };
        static const uint16_t rooms[] = { 0, 1000, 1500 };
        int n = 0;

        put_header();
        for (size_t tale = 0; tale < ARRAY_SIZE(tales); tale++) {
                struct podnet *net = make_net(tales[tale].routes, tales[tale].searches);
                struct dhcp_conf conf;

                if (dhcp_conf_from_podnet(net, boot, tales[tale].n_options, &conf, NULL, NULL) < 0)
                        abort();
                podnet_free(net);
                conf.lease_sec = tale % 2 ? 3600 : DHCP_LEASE_INFINITE;
                for (size_t i = 0; i < ARRAY_SIZE(types) * 2 * ARRAY_SIZE(lists); i++)
                        for (size_t room = 0; room < ARRAY_SIZE(rooms); room++) {
                                struct dhcp4_request req =
                                        make_request(types[i % 4], i / 4 % 2, i / 8);

                                req.max_message_bytes = rooms[room];
                                n = put_reply(&conf, &req);
                        }
        }
        fprintf(stderr, "%d\n", n);
        return 0;
}
