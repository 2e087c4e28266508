/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dhcp6_protocol.h - the constants of DHCPv6, with where they come from
 *
 * Sections without a number of their own are RFC 8415's; RFC 9915, which replaces it, keeps them
 * and takes IA_TA, Server Unicast and UseMulticast out.
 */
#pragma once

enum {
        DHCP6_CLIENT_PORT = 546, /* section 7.2 */
        DHCP6_SERVER_PORT = 547,
        DHCP6_HEADER_LEN = 4,        /* bytes: type, transaction id; section 8 */
        DHCP6_OPTION_HEADER_LEN = 4, /* bytes: code, length; section 21.1 */
        DHCP6_DUID_MAX = 130,        /* bytes: its type and at most 128; section 11.1 */
        DHCP6_DUID_LL = 3,           /* section 11.4 */
        DHCP6_HTYPE_ETHERNET = 1,    /* IANA, ARP hardware types */
        DHCP6_DUID_LL_LEN = 10,      /* bytes, of an Ethernet address */
        DHCP6_IP_UDP_LEN = 48,       /* bytes of an IPv6 and a UDP header */
        DHCP6_MIN_MTU = 1280,        /* bytes; RFC 8200 section 5 */
        DHCP6_IRT_DEFAULT = 86400,   /* seconds; section 7.6 */
        DHCP6_IRT_MINIMUM = 600,
        DHCP6_PREFERENCE_MAX = 255, /* section 18.2.1: the client looks no further */
};

enum dhcp6_message_type { /* section 7.3 */
        DHCP6_SOLICIT = 1,
        DHCP6_ADVERTISE = 2,
        DHCP6_REQUEST = 3,
        DHCP6_CONFIRM = 4,
        DHCP6_RENEW = 5,
        DHCP6_REBIND = 6,
        DHCP6_REPLY = 7,
        DHCP6_RELEASE = 8,
        DHCP6_DECLINE = 9,
        DHCP6_RECONFIGURE = 10,
        DHCP6_INFORMATION_REQUEST = 11,
        DHCP6_RELAY_FORWARD = 12,
        DHCP6_RELAY_REPLY = 13,
};

enum dhcp6_status { /* section 21.13 */
        DHCP6_SUCCESS = 0,
        DHCP6_NO_ADDRS_AVAIL = 2,
        DHCP6_NO_BINDING = 3,
        DHCP6_NOT_ON_LINK = 4,
        DHCP6_USE_MULTICAST = 5,
        DHCP6_NO_PREFIX_AVAIL = 6,
};

enum dhcp6_option {
        DHCP6_OPT_CLIENT_ID = 1,            /* 21.2 */
        DHCP6_OPT_SERVER_ID = 2,            /* 21.3 */
        DHCP6_OPT_IA_NA = 3,                /* 21.4 */
        DHCP6_OPT_IA_TA = 4,                /* 21.5 */
        DHCP6_OPT_IA_ADDRESS = 5,           /* 21.6 */
        DHCP6_OPT_OPTION_REQUEST = 6,       /* 21.7 */
        DHCP6_OPT_PREFERENCE = 7,           /* 21.8 */
        DHCP6_OPT_STATUS_CODE = 13,         /* 21.13 */
        DHCP6_OPT_RAPID_COMMIT = 14,        /* 21.14 */
        DHCP6_OPT_USER_CLASS = 15,          /* 21.15 */
        DHCP6_OPT_DNS = 23,                 /* RFC 3646 section 3 */
        DHCP6_OPT_DOMAINS = 24,             /* RFC 3646 section 4 */
        DHCP6_OPT_IA_PD = 25,               /* 21.21 */
        DHCP6_OPT_INFORMATION_REFRESH = 32, /* 21.23 */
        DHCP6_OPT_FQDN = 39,                /* RFC 4704 section 4 */
        DHCP6_OPT_NTP = 56,                 /* RFC 5908 section 4 */
        DHCP6_OPT_BOOTFILE_URL = 59,        /* RFC 5970 section 3.1 */
};

enum {                    /* flags of option 39; RFC 4704 section 4.1 */
        DHCP6_FQDN_S = 1, /* the server updates the AAAA record */
        DHCP6_FQDN_O = 2, /* the server does otherwise than the client wished */
        DHCP6_FQDN_N = 4, /* the server updates nothing */
};

enum { /* of option 56; RFC 5908 section 4 */
        DHCP6_NTP_ADDRESS = 1,
        DHCP6_NTP_MULTICAST = 2,
        DHCP6_NTP_NAME = 3,
};
