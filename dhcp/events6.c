/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dhcp/events6.h"

#include <string.h>

#define COUNT(name) EVENTS_COUNT(shared, name)

static void count_request(struct dhcp_shared *shared, uint8_t type)
{
        switch (type) {
        case DHCP6_SOLICIT:
                COUNT(solicit);
                break;
        case DHCP6_REQUEST:
                COUNT(request6);
                break;
        case DHCP6_CONFIRM:
                COUNT(confirm6);
                break;
        case DHCP6_RENEW:
                COUNT(renew6);
                break;
        case DHCP6_REBIND:
                COUNT(rebind6);
                break;
        case DHCP6_RELEASE:
                COUNT(release6);
                break;
        case DHCP6_DECLINE:
                COUNT(decline6);
                break;
        case DHCP6_INFORMATION_REQUEST:
                COUNT(information_request);
                break;
        }
}

/* The first label of the name that the guest gives itself. */
static void note_guest(struct dhcp_shared *shared, const struct dhcp6_request *req)
{
        char name[sizeof(shared->guest_hostname)] = { 0 };
        struct reader r = reader_init(req->fqdn, req->fqdn_len);
        uint8_t len = reader_u8(&r);

        if (!req->has_fqdn || len == 0 || len >= sizeof(name))
                return;
        reader_copy(&r, name, len);
        memcpy(shared->guest_hostname, name, sizeof(name));
}

static bool note_state(struct dhcp_shared *shared, enum dhcp_lease_state state)
{
        return atomic_exchange(&shared->lease6_state, state) != state;
}

static bool note_offer(struct dhcp_shared *shared, uint64_t now)
{
        atomic_store(&shared->offered6_realtime_usec, now);
        /* A bound guest that starts over has its lease until it says otherwise. */
        if (atomic_load(&shared->lease6_state) == DHCP_LEASE_BOUND)
                return false;
        return note_state(shared, DHCP_LEASE_OFFERED);
}

static bool note_ack(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                     const struct dhcp6_request *req, uint64_t now)
{
        uint64_t never = 0, halves[2];

        if (req->type == DHCP6_RENEW || req->type == DHCP6_REBIND)
                atomic_store(&shared->renewed6_realtime_usec, now);
        atomic_compare_exchange_strong(&shared->first_acked6_realtime_usec, &never, now);
        atomic_store(&shared->acked6_realtime_usec, now);
        memcpy(halves, &conf->addresses6[0].ip, sizeof(halves));
        atomic_store(&shared->acked_address6[0], halves[0]);
        atomic_store(&shared->acked_address6[1], halves[1]);
        return note_state(shared, DHCP_LEASE_BOUND);
}

void events6_note_flaw(struct dhcp_shared *shared, enum dhcp6_flaw flaw)
{
        switch (flaw) {
        case DHCP6_FLAW_NONE:
                break;
        case DHCP6_FLAW_LENGTH:
                COUNT(drop_length);
                break;
        case DHCP6_FLAW_OPTIONS:
                COUNT(drop_options);
                break;
        }
}

/* Return: true: it was not answered, and why is counted */
static bool count_silence(struct dhcp_shared *shared, enum dhcp6_event event)
{
        switch (event) {
        case DHCP6_EVENT_SILENT_RELAYED:
                COUNT(drop_relayed);
                return true;
        case DHCP6_EVENT_SILENT_UNKNOWN:
                COUNT(drop_type);
                return true;
        case DHCP6_EVENT_SILENT_NO_CLIENT_ID:
                COUNT(drop_client_id);
                return true;
        case DHCP6_EVENT_SILENT_SERVER_ID:
                COUNT(drop_server_id);
                return true;
        case DHCP6_EVENT_SILENT_OTHER_SERVER:
                COUNT(drop_other_server);
                return true;
        case DHCP6_EVENT_SILENT_IA:
                COUNT(drop_ia);
                return true;
        case DHCP6_EVENT_SILENT_NO_ADDRESS:
                COUNT(drop_no_address);
                return true;
        case DHCP6_EVENT_SILENT_UNICAST:
                COUNT(drop_unicast);
                return true;
        case DHCP6_EVENT_SILENT_UNBUILT:
                COUNT(build_failed);
                return true;
        default:
                return false;
        }
}

bool events6_note_dhcp(struct dhcp_shared *shared, const struct dhcp_conf *conf,
                       const struct dhcp6_request *req, enum dhcp6_event event)
{
        uint64_t now = events_realtime_usec();

        count_request(shared, req->type);
        note_guest(shared, req);
        if (count_silence(shared, event))
                return false;
        if (req->type == DHCP6_SOLICIT && event != DHCP6_EVENT_ACKED)
                COUNT(advertise);
        else
                COUNT(reply6);
        switch (event) {
        case DHCP6_EVENT_OFFERED:
                return note_offer(shared, now);
        case DHCP6_EVENT_ACKED:
        case DHCP6_EVENT_CONFIRMED:
                return note_ack(shared, conf, req, now);
        case DHCP6_EVENT_REFUSED:
                COUNT(no_address6);
                return false;
        case DHCP6_EVENT_NOT_ON_LINK:
                COUNT(not_on_link6);
                return false;
        case DHCP6_EVENT_NO_BINDING:
                COUNT(no_binding6);
                return false;
        case DHCP6_EVENT_USE_MULTICAST:
                COUNT(use_multicast6);
                return false;
        case DHCP6_EVENT_DECLINED:
                atomic_store(&shared->declined6_realtime_usec, now);
                return note_state(shared, DHCP_LEASE_DECLINED);
        case DHCP6_EVENT_RELEASED:
                atomic_store(&shared->released6_realtime_usec, now);
                return note_state(shared, DHCP_LEASE_RELEASED);
        default: /* INFORMED: it changes nothing */
                return false;
        }
}
