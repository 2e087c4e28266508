/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6replies - every kind of DHCPv6 reply there is, as a capture file on standard output: each
 * message with the pod's addresses, foreign ones and none, in IAs of each kind, with little and
 * with much to tell
 *
 * As dhcpreplies for DHCPv4: what real clients do not ask for in a test, tshark can judge from
 * here. The last line on standard error is how many there are.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dhcp/dhcp6_decide.h"
#include "dhcp/frame.h"

static const uint8_t guest_mac[MAC_LEN] = { 0xaa, 0xbb, 0xcc, 0, 0, 7 };

static const char *const wishes[] = { "6:ntp-servers=fd00::1,ntp.example,ff02::101",
                                      "6:sntp-servers=fd00::1",
                                      "6:sip-server-names=a.example,b.example",
                                      "6:sip-servers=fd00::2",
                                      "6:nis-servers=fd00::3",
                                      "6:nis-domain=a.example",
                                      "6:tz-posix=EST5EDT4,M3.2.0/02:00,M11.1.0/02:00",
                                      "6:tz-name=Europe/Berlin",
                                      "6:bootfile-url=tftp://[fd00::5]/undionly.kpxe",
                                      "6:ipxe:bootfile-url=http://[fd00::5]/boot.ipxe",
                                      "6:bootfile-param=quiet,root=/dev/vda",
                                      "6:aftr-name=aftr.example",
                                      "6:sol-max-rt=3600",
                                      "6:inf-max-rt=3600",
                                      "6:captive-portal=https://portal.example/",
                                      "6:vendor-specific=0000000a00010002abcd" };

static struct in6_addr ip6(const char *text)
{
        struct in6_addr ret;

        if (inet_pton(AF_INET6, text, &ret) != 1)
                abort();
        return ret;
}

static struct dhcp_conf make_conf(bool much)
{
        struct podnet *net = podnet_new();
        struct dhcp_conf conf;

        memcpy(net->mac, guest_mac, MAC_LEN);
        memcpy(net->server_mac, "\2\0\0\0\0\1", MAC_LEN);
        net->mtu_bytes = 1450;
        for (int i = 0; i < (much ? 3 : 1); i++) {
                struct ip_prefix address = { { .family = AF_INET6, .v6 = ip6("fd00:1::") }, 64 };
                struct ip_addr dns = { .family = AF_INET6, .v6 = ip6("fd00:96::") };
                char domain[32];

                address.addr.v6.s6_addr[15] = (uint8_t)(7 + i);
                dns.v6.s6_addr[15] = (uint8_t)(1 + i);
                snprintf(domain, sizeof(domain), "ns%d.svc.example", i);
                podnet_add_address(net, &address);
                podnet_add_nameserver(net, &dns);
                podnet_add_search(net, domain);
        }
        if (dhcp_conf_from_podnet(net, wishes, much ? ARRAY_SIZE(wishes) : 0, &conf, NULL, NULL) <
            0)
                abort();
        podnet_free(net);
        conf.lease_sec = much ? 3600 : DHCP_LEASE_INFINITE;
        return conf;
}

static void add_ia(struct dhcp6_request *req, uint16_t code, const char *address)
{
        struct dhcp6_ia *ia = &req->ias[req->n_ias++];

        ia->code = code;
        memcpy(ia->iaid, "ia", 2);
        ia->iaid[3] = req->n_ias;
        if (address && code != DHCP6_OPT_IA_PD)
                ia->listed[ia->n_listed++] = ip6(address);
}

/* @variant: bits for the kinds of IA, then which addresses, rapid commit, unicast, iPXE and name */
static struct dhcp6_request make_request(const struct dhcp_conf *conf, uint8_t type,
                                         unsigned variant)
{
        static const char *const listed[] = { NULL, "fd00:1::7", "fd00:2::1", "fd00:1::7" };
        struct dhcp6_request req = { .type = type, .transaction = { 1, 2, 3 } };
        const char *address = listed[variant >> 3 & 3];

        req.has_client_id = true;
        memcpy(req.client_id, "\0\3\0\1\xaa\xbb\xcc\0\0\7", req.client_id_len = 10);
        if (type == DHCP6_REQUEST || type == DHCP6_RENEW || type == DHCP6_RELEASE ||
            type == DHCP6_DECLINE) {
                req.has_server_id = true;
                req.server_id_len = DHCP6_DUID_LL_LEN;
                dhcp6_server_id(conf, req.server_id);
        }
        if (type != DHCP6_INFORMATION_REQUEST) {
                if (variant & 1)
                        add_ia(&req, DHCP6_OPT_IA_NA, address);
                if (variant & 2)
                        add_ia(&req, DHCP6_OPT_IA_NA, variant >> 3 == 3 ? "fd00:1::8" : NULL);
                if (variant & 4) {
                        add_ia(&req, DHCP6_OPT_IA_TA, address);
                        add_ia(&req, DHCP6_OPT_IA_PD, NULL);
                }
        }
        req.has_rapid_commit = req.is_ipxe = variant >> 5 & 1;
        req.is_unicast = variant >> 6 & 1;
        if (variant & 2) {
                req.has_fqdn = true;
                req.fqdn_flags = DHCP6_FQDN_S;
                memcpy(req.fqdn, "\2vm\7example\0", req.fqdn_len = 12);
        }
        return req;
}

static void put_u32(uint32_t value)
{
        fwrite(&value, sizeof(value), 1, stdout);
}

/* https://www.tcpdump.org/manpages/pcap-savefile.5.html */
static void put_header(void)
{
        put_u32(0xa1b2c3d4);
        put_u32(2 | 4 << 16); /* version */
        put_u32(0);
        put_u32(0);
        put_u32(65535);
        put_u32(1); /* Ethernet */
}

/* Return: 1; 0: silence */
static int put_reply(const struct dhcp_conf *conf, const struct dhcp6_request *req)
{
        struct in6_addr guest = ip6("fe80::a8bb:ccff:fe00:7");
        uint8_t frame[DHCP6_REPLY_MAX + 64];
        struct dhcp6_reply reply;
        int len;

        dhcp6_decide(conf, req, &reply);
        if (reply.len == 0)
                return 0;
        len = frame_write_udp6(frame, sizeof(frame), conf->server_mac, guest_mac, &conf->server_ip6,
                               &guest, DHCP6_SERVER_PORT, DHCP6_CLIENT_PORT, reply.data, reply.len);
        put_u32(0);
        put_u32(0);
        put_u32((uint32_t)len);
        put_u32((uint32_t)len);
        fwrite(frame, (size_t)len, 1, stdout);
        return 1;
}

int main(void)
{
        int n = 0;

        put_header();
        for (int much = 0; much < 2; much++) {
                struct dhcp_conf conf = make_conf(much);

                for (uint8_t type = DHCP6_SOLICIT; type <= DHCP6_INFORMATION_REQUEST; type++)
                        for (unsigned variant = 0; variant < 128; variant++) {
                                struct dhcp6_request req = make_request(&conf, type, variant);

                                n += put_reply(&conf, &req);
                        }
        }
        fprintf(stderr, "%d\n", n);
        return n > 1000 ? 0 : 1;
}
