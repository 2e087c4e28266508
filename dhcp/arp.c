/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/arp.h"

#include <errno.h>

#include "dhcp/frame.h"

int arp_parse(const uint8_t *data, size_t len, struct arp_packet *ret)
{
        struct reader r = reader_init(data, len);
        uint16_t htype = reader_u16(&r), ptype = reader_u16(&r);
        uint8_t hlen = reader_u8(&r), plen = reader_u8(&r);
        struct arp_packet arp = { .op = reader_u16(&r) };

        reader_copy(&r, arp.sender_mac, MAC_LEN);
        reader_copy(&r, &arp.sender_ip, 4);
        reader_copy(&r, arp.target_mac, MAC_LEN);
        reader_copy(&r, &arp.target_ip, 4);
        if (r.failed || htype != ARP_HTYPE_ETHERNET || ptype != FRAME_TYPE_IPV4 ||
            hlen != MAC_LEN || plen != 4)
                return -EBADMSG;
        *ret = arp;
        return 0;
}

void arp_write_reply(struct writer *w, const uint8_t mac[MAC_LEN],
                     const struct arp_packet *request)
{
        write_u16(w, ARP_HTYPE_ETHERNET);
        write_u16(w, FRAME_TYPE_IPV4);
        write_u8(w, MAC_LEN);
        write_u8(w, 4);
        write_u16(w, ARP_OP_REPLY);
        write_bytes(w, mac, MAC_LEN);
        write_bytes(w, &request->target_ip, 4);
        write_bytes(w, request->sender_mac, MAC_LEN);
        write_bytes(w, &request->sender_ip, 4);
}
