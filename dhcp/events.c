/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/events.h"

#include <string.h>
#include <time.h>

#define COUNT(name) EVENTS_COUNT(shared, name)

uint64_t events_realtime_usec(void)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void events_note_start(struct dhcp_shared *shared)
{
        bool was_handed_over = atomic_exchange(&shared->is_handed_over, 0);

        if (atomic_exchange(&shared->started_realtime_usec, events_realtime_usec()) != 0 &&
            !was_handed_over)
                atomic_fetch_add(&shared->restarts, 1);
}

static void count_request(struct dhcp_shared *shared, uint8_t type)
{
        switch (type) {
        case DHCP4_DISCOVER:
                COUNT(discover);
                break;
        case DHCP4_REQUEST:
                COUNT(request);
                break;
        case DHCP4_INFORM:
                COUNT(inform);
                break;
        case DHCP4_DECLINE:
                COUNT(decline);
                break;
        case DHCP4_RELEASE:
                COUNT(release);
                break;
        }
}

static void note_guest(struct dhcp_shared *shared, const struct dhcp4_request *req)
{
        _Static_assert(sizeof(shared->guest_hostname) == sizeof(req->host_name), "same room");
        _Static_assert(sizeof(shared->guest_vendor_class) == sizeof(req->vendor_class),
                       "same room");
        if (req->host_name[0])
                memcpy(shared->guest_hostname, req->host_name, sizeof(req->host_name));
        if (req->vendor_class[0])
                memcpy(shared->guest_vendor_class, req->vendor_class, sizeof(req->vendor_class));
}

static void note_ack(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                     const struct dhcp4_request *req, uint64_t now)
{
        uint64_t never = 0;

        COUNT(ack);
        /* RFC 2131 section 4.3.2: in RENEWING and REBINDING "ciaddr MUST be filled in". */
        if (req->type == DHCP4_REQUEST && req->ciaddr.s_addr != 0) {
                COUNT(renew);
                atomic_store(&shared->renewed_realtime_usec, now);
        }
        atomic_compare_exchange_strong(&shared->first_acked_realtime_usec, &never, now);
        atomic_store(&shared->acked_realtime_usec, now);
        atomic_store(&shared->acked_address, conf->address.s_addr);
}

static bool note_state(struct dhcp_shared *shared, enum dhcp_lease_state state)
{
        return atomic_exchange(&shared->lease_state, state) != state;
}

static bool note_offer(struct dhcp_shared *shared, uint64_t now)
{
        COUNT(offer);
        atomic_store(&shared->offered_realtime_usec, now);
        /* A bound guest that starts over has its lease until it says otherwise. */
        if (atomic_load(&shared->lease_state) == DHCP_LEASE_BOUND)
                return false;
        return note_state(shared, DHCP_LEASE_OFFERED);
}

void events_note_flaw(struct dhcp_shared *shared, enum dhcp4_flaw flaw)
{
        switch (flaw) {
        case DHCP4_FLAW_NONE:
                break;
        case DHCP4_FLAW_LENGTH:
                COUNT(drop_length);
                break;
        case DHCP4_FLAW_OP:
                COUNT(drop_op);
                break;
        case DHCP4_FLAW_HTYPE:
                COUNT(drop_htype);
                break;
        case DHCP4_FLAW_HLEN:
                COUNT(drop_hlen);
                break;
        case DHCP4_FLAW_COOKIE:
                COUNT(drop_cookie);
                break;
        case DHCP4_FLAW_OPTIONS:
                COUNT(drop_options);
                break;
        }
}

bool events_note_dhcp(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                      const struct dhcp4_request *req, enum dhcp4_event event)
{
        uint64_t now = events_realtime_usec();

        if (event == DHCP4_EVENT_SILENT_OTHER_CLIENT) {
                COUNT(drop_other_client);
                return false;
        }
        count_request(shared, req->type);
        note_guest(shared, req);
        switch (event) {
        case DHCP4_EVENT_SILENT_OTHER_CLIENT:
                break;
        case DHCP4_EVENT_SILENT_OTHER_SERVER:
                COUNT(drop_other_server);
                break;
        case DHCP4_EVENT_SILENT_RELAYED:
                COUNT(drop_relayed);
                break;
        case DHCP4_EVENT_SILENT_OTHER_ADDRESS:
                COUNT(drop_other_address);
                break;
        case DHCP4_EVENT_SILENT_UNKNOWN:
                COUNT(drop_type);
                break;
        case DHCP4_EVENT_SILENT_UNBUILT:
                COUNT(build_failed);
                break;
        case DHCP4_EVENT_OFFERED:
                return note_offer(shared, now);
        case DHCP4_EVENT_ACKED:
                note_ack(shared, conf, req, now);
                return note_state(shared, DHCP_LEASE_BOUND);
        case DHCP4_EVENT_NAKED:
                COUNT(nak);
                atomic_store(&shared->naked_realtime_usec, now);
                break;
        case DHCP4_EVENT_INFORMED:
                COUNT(ack);
                break;
        case DHCP4_EVENT_DECLINED:
                atomic_store(&shared->declined_address, req->requested.s_addr);
                atomic_store(&shared->declined_realtime_usec, now);
                return note_state(shared, DHCP_LEASE_DECLINED);
        case DHCP4_EVENT_RELEASED:
                atomic_store(&shared->released_realtime_usec, now);
                return note_state(shared, DHCP_LEASE_RELEASED);
        }
        return false;
}

void events_note_arp(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                     const struct frame *f)
{
        /* RFC 5227 section 1.1: a probe has no sender address, it asks whether one may be used. */
        if (f->src_ip.s_addr == 0 || memcmp(f->arp_sender_mac, conf->guest_mac, MAC_LEN) != 0)
                return;
        if (f->src_ip.s_addr == conf->address.s_addr) {
                atomic_store(&shared->own_seen_realtime_usec, events_realtime_usec());
                return;
        }
        atomic_store(&shared->other_address, f->src_ip.s_addr);
        atomic_store(&shared->other_seen_realtime_usec, events_realtime_usec());
}

void events_note_nd(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                    const struct in6_addr *src)
{
        if (IN6_IS_ADDR_LINKLOCAL(src))
                return;
        for (uint32_t i = 0; i < conf->n_addresses6 && i < DHCP_MAX_ADDRESSES6; i++)
                if (IN6_ARE_ADDR_EQUAL(src, &conf->addresses6[i].ip)) {
                        atomic_store(&shared->own6_seen_realtime_usec, events_realtime_usec());
                        return;
                }
        shared->other6 = *src;
        atomic_store(&shared->other6_seen_realtime_usec, events_realtime_usec());
}
